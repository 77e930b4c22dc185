import Foundation
import ModelGraph
import ModelImport
import Testing

/// Operators that give or follow places, and what has further outputs.
@Suite struct ONNXIndexingTests {
  @Test(arguments: [11, 13]) func hardmaxMarksTheFirstOfTheLargest(opset: Int) throws {
    let rows = try runONNX("Hardmax", opset: opset, x: [2, 3], [1, 4, 4, -2, -3, -2])
    #expect(rows.shape == [2, 3] && rows.values == [0, 1, 0, 1, 0, 0])
    let columns = try runONNX("Hardmax", opset: 13, x: [2, 3], [1, 4, 4, -2, -3, -2], attributes: ["axis": .int(0)])
    #expect(columns.values == [1, 1, 1, 0, 0, 0])
    // Before operator set 13 everything from the axis on is one row.
    let flat = try runONNX("Hardmax", opset: 11, x: [2, 1, 2], [1, 4, 4, -2], attributes: ["axis": .int(1)])
    #expect(flat.values == [0, 1, 1, 0])
  }

  /// Values and places of a MaxPool.
  private func pooled(
    _ shape: [Int], _ values: [Float], _ attributes: [String: ONNXModelBuilder.Attribute]
  ) throws -> (values: [Float], places: [Float], shape: [Int]) {
    var builder = ONNXModelBuilder(opset: 12)
    builder.input("x", shape.map { .fixed($0) })
    builder.node("MaxPool", ["x"], ["y", "places"], attributes)
    builder.output("y", "places")
    let graph = try builder.imported()
    let results = try graph.evaluated([values])
    #expect(graph.outputs[1].type.elementType == .int64)
    return (results[0], results[1], graph.outputs[1].type.shape)
  }

  @Test func placesOfMaxima() throws {
    let x: [Float] = [1, 3, 2, 0, 9, 4, 4, 5, 8, 8, 7, 6]
    let row = try pooled([1, 1, 12], x, ["kernel_shape": .ints([3]), "strides": .ints([2])])
    #expect(row.values == [3, 9, 9, 8, 8] && row.places == [1, 4, 4, 8, 8])
    // Two images of two channels; padding moves the windows and is never the place. The second channel repeats its maximum.
    let squares: [Float] = [1, 2, 3, 4, -1, -1, -2, -1, 0, 0, 0, 5, 7, 6, 7, 7]
    let image = try pooled([2, 2, 2, 2], squares, ["kernel_shape": .ints([2, 2]), "pads": .ints([1, 1, 0, 0])])
    #expect(image.shape == [2, 2, 2, 2])
    #expect(image.places == [0, 1, 2, 3, 4, 4, 4, 4, 8, 8, 8, 11, 12, 12, 12, 12])
    #expect(image.values == [1, 2, 3, 4, -1, -1, -1, -1, 0, 0, 0, 5, 7, 7, 7, 7])
    let columns = try pooled([1, 1, 2, 3], [0, 1, 2, 3, 4, 5], ["kernel_shape": .ints([2, 2]), "storage_order": .int(1)])
    #expect(columns.values == [4, 5] && columns.places == [3, 5], "counted column by column")
    let volume = try pooled([1, 1, 2, 2, 2], [0, 9, 1, 2, 3, 4, 5, 6], ["kernel_shape": .ints([2, 1, 2])])
    #expect(volume.places == [1, 7])
  }

  @Test func unpoolingPutsValuesBack() throws {
    func unpooled(_ places: [Int64], output: [Int64]? = nil) throws -> (shape: [Int], values: [Float]) {
      var builder = ONNXModelBuilder(opset: 11)
      builder.input("x", [1, 1, 2, 2])
      builder.integers("places", places, shape: [1, 1, 2, 2])
      if let output { builder.integers("shape", output) }
      builder.node(
        "MaxUnpool", ["x", "places"] + (output == nil ? [] : ["shape"]), ["y"], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
      builder.output("y")
      let graph = try builder.imported()
      return (graph.outputs[0].type.shape, try graph.evaluated([[1, 2, 3, 4]])[0])
    }
    let plain = try unpooled([0, 7, 8, 15])
    #expect(plain.shape == [1, 1, 4, 4] && plain.values == [1, 0, 0, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 4])
    let larger = try unpooled([0, 7, 8, 15], output: [1, 1, 4, 5])
    #expect(larger.values == [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0])
    #expect(throws: DiagnosticError.self) { _ = try unpooled([0, 7, 8, 15], output: [1, 1, 3, 4]) }
  }

  @Test func layerNormGivesItsStatistics() throws {
    var builder = ONNXModelBuilder(opset: 17)
    builder.input("x", [2, 3])
    builder.floats("scale", [3], [1, 2, 3])
    builder.node("LayerNormalization", ["x", "scale"], ["y", "mean", "inverse"], ["epsilon": .float(0.5)])
    builder.output("y", "mean", "inverse")
    let found = try builder.imported().evaluated([[1, 2, 6, -1, 0, 1]])
    let variances: [Double] = [14.0 / 3, 2.0 / 3]
    let inverses = variances.map { Float(1 / ($0 + 0.5).squareRoot()) }
    #expect(isClose(found[1], [3, 0]) && isClose(found[2], inverses))
    let scaled: [Float] = [-2, -2, 9, -1, 0, 3]
    #expect(isClose(found[0], scaled.indices.map { scaled[$0] * inverses[$0 / 3] }))
  }

  @Test func dropoutKeepsEverything() throws {
    var builder = ONNXModelBuilder(opset: 13)
    builder.input("x", [2, 2])
    builder.node("Dropout", ["x"], ["y", "mask"])
    builder.output("y", "mask")
    let graph = try builder.imported()
    #expect(graph.outputs[1].type == TensorType(.bool, [2, 2]))
    #expect(try graph.evaluated([[1, 2, 3, 4]]) == [[1, 2, 3, 4], [1, 1, 1, 1]])
  }

  @Test func windowsOfCosines() throws {
    func window(_ op: String, _ size: Int64, periodic: Bool) throws -> [Float] {
      var builder = ONNXModelBuilder(opset: 17)
      builder.integers("size", [size], shape: [])
      builder.node(op, ["size"], ["y"], ["periodic": .int(periodic ? 1 : 0)])
      builder.output("y")
      return try builder.imported().evaluated([])[0]
    }
    #expect(isClose(try window("HannWindow", 4, periodic: true), [0, 0.5, 1, 0.5]))
    #expect(isClose(try window("HannWindow", 5, periodic: false), [0, 0.5, 1, 0.5, 0]))
    let edge: Float = 4.0 / 46
    #expect(isClose(try window("HammingWindow", 3, periodic: false), [edge, 1, edge]))
    #expect(isClose(try window("BlackmanWindow", 4, periodic: true), [0, 0.34, 1, 0.34]))
    #expect(throws: DiagnosticError.self) { _ = try window("HannWindow", 0, periodic: true) }
  }
}
