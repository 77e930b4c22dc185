import Foundation
import ModelGraph
import ModelImport
import Testing

/// Everything that is wrong with a model in one report.
@Suite struct ONNXMalformedTests {
  @Test func unknownShapesAndUnsupportedOperatorsAreListedTogether() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [1, "rows", "columns"])
    builder.input("z", [1, 4])
    builder.node("Mystery", ["x"], ["a"])
    builder.node("Relu", ["a"], ["b"])
    builder.node("Bogus", ["b", "z"], ["y"])
    builder.output("y")
    let found = try builder.diagnostics()
    #expect(found.map(\.code) == ["unknown-shape", "unsupported-operator", "unsupported-operator"])
    #expect(found.map(\.sourceOperator) == ["input", "Mystery", "Bogus"])
    #expect(found[0].hint.contains("--shape x=1,rows,columns"))
    #expect(found[2].inputs == [nil, TensorType(.float32, [1, 4])])
  }

  @Test func everyFaultOfTheStructureIsListed() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [2])
    builder.input("x", [2])
    builder.floats("w", [2], [1, 2])
    builder.floats("w", [2], [1, 2])
    builder.node("Add", ["x", "loop"], ["a"])
    builder.node("Add", ["a", "w"], ["loop"])
    builder.node("Add", ["loop", "nowhere"], ["b"])
    builder.node("Abs", ["x"], ["b"])
    builder.node("Mystery", ["b"], ["y"])
    builder.output("y", "missing", "y")
    let found = try builder.diagnostics().map { "\($0.code) \($0.node)" }
    #expect(
      found == [
        "unknown-output ", "duplicate-name ", "duplicate-name abs_3", "graph-cycle add_0", "dangling-input add_2", "duplicate-name ",
        "duplicate-name ", "unsupported-operator mystery_4",
      ])
  }

  @Test func everyContradictoryShapeIsListed() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [1, 6])
    builder.integers("four", [2, 2])
    builder.floats("w", [5, 3], ramp(15))
    builder.node("Reshape", ["x", "four"], ["a"])
    builder.node("MatMul", ["x", "w"], ["b"])
    builder.node("Concat", ["x", "w"], ["c"], ["axis": .int(0)])
    builder.node("Transpose", ["x"], ["d"], ["perm": .ints([0, 0])])
    builder.output("a", "b", "c", "d")
    let found = try builder.diagnostics()
    #expect(found.map(\.code) == Array(repeating: "bad-shape", count: 4))
    #expect(Set(found.map(\.node)) == ["reshape_0", "matmul_1", "concat_2", "transpose_3"])
    #expect(found.allSatisfy { !$0.hint.isEmpty && !$0.inputs.isEmpty })
  }

  @Test func absurdCountsAreErrors() throws {
    for dimensions in [[1 << 40, 1 << 40], [-5, 3], [Int(Int64.max)], [1 << 20, 1 << 20, 1 << 20, 0]] {
      var builder = ONNXModelBuilder()
      builder.input("x", [2])
      var tensor = ONNXModelBuilder.tensor("w", [2], floats: [1, 2])
      tensor.dims = dimensions.map { Int64($0) }
      builder.model.graph.initializer = [tensor]
      builder.node("Add", ["x", "w"], ["y"])
      builder.output("y")
      #expect(try builder.diagnostics().map(\.code) == ["bad-tensor"], "\(dimensions)")
    }
    var wide = ONNXModelBuilder()
    wide.input("x", [.fixed(1 << 40), .fixed(1 << 40)])
    wide.node("Relu", ["x"], ["y"])
    wide.output("y")
    #expect(try wide.diagnostics().map(\.code) == ["bad-shape"])
  }

  // MARK: The wire format

  /// A field of bytes: tag, length, content.
  static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    var (length, varint) = (content.count, [UInt8]())
    repeat {
      varint.append(UInt8(length & 0x7F) | (length > 0x7F ? 0x80 : 0))
      length >>= 7
    } while length > 0
    return [number << 3 | 2] + varint + content
  }

  /// The bytes of a model whose graph holds `content`.
  static func model(graph content: [UInt8]) -> [UInt8] { field(8, [0x10, 17]) + field(7, content) }

  private func message(of bytes: [UInt8]) -> String {
    let error = #expect(throws: DiagnosticError.self) { try importONNX(bytes, name: "bomb.onnx", options: ImportOptions()) }
    #expect(error?.diagnostics.map(\.code) == ["bad-file"])
    return error?.description ?? ""
  }

  /// Each of the two bytes would become an object of 200 and more.
  @Test func emptyMessagesAreCountedBeforeTheyAreDecoded() {
    let nodes = [[UInt8]](repeating: [0x0A, 0], count: 1 << 20).flatMap { $0 }
    #expect(message(of: Self.model(graph: nodes)).contains("more than 1048576 nodes"))
    // Spread over attributes of one node they are as many.
    let attributes = [[UInt8]](repeating: [0x2A, 0], count: 1 << 20).flatMap { $0 }
    #expect(message(of: Self.model(graph: Self.field(1, attributes))).contains("more than 1048576 nodes"))
  }

  @Test func deepNestingIsAnError() {
    var graph: [UInt8] = []
    for _ in 0..<200 { graph = Self.field(1, Self.field(5, Self.field(6, graph))) }
    #expect(message(of: Self.model(graph: graph)).contains("deep"))
  }

  @Test func nestedGraphsOfRealModelsAreRead() throws {
    var graph: [UInt8] = []
    for _ in 0..<15 { graph = Self.field(1, Self.field(4, Array("Loop".utf8)) + Self.field(5, Self.field(6, graph))) }
    let error = #expect(throws: DiagnosticError.self) {
      try importONNX(Self.model(graph: graph), name: "deep.onnx", options: ImportOptions())
    }
    #expect(error?.description.contains("deep in") == false && error?.description.contains("no outputs") == true)
  }

  @Test(arguments: [[0x3B], [0x3C], [0x3F], [0x02, 0], [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], [0x3A, 5, 0x0A], [0x39, 1], [0x3D, 1]])
  func wireFormatThatIsNoneIsAnError(bytes: [UInt8]) {
    #expect(message(of: bytes).contains("neither an ONNX nor a TFLite model"))
  }

  @Test func operandsBroadcastAsOldOperatorSetsSay() throws {
    let x: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    let attributes: [String: ONNXModelBuilder.Attribute] = ["broadcast": .int(1), "axis": .int(1)]
    let channels = try runONNX("Add", opset: 6, x: [2, 3, 2], x, floats: [("c", [3], [10, 20, 30])], attributes: attributes)
    #expect(channels.values == [11, 12, 23, 24, 35, 36, 17, 18, 29, 30, 41, 42])
    let last = try runONNX("Mul", opset: 6, x: [2, 2], [1, 2, 3, 4], floats: [("c", [2], [10, 100])], attributes: ["broadcast": .int(1)])
    #expect(last.values == [10, 200, 30, 400])
    let error = #expect(throws: DiagnosticError.self) {
      try runONNX("Add", opset: 6, x: [2, 2], [1, 2, 3, 4], floats: [("c", [2, 2], ramp(4))], attributes: attributes)
    }
    #expect(error?.diagnostics.map(\.code) == ["bad-shape"])
    let cast = try runONNX("Cast", opset: 5, x: [1], [3], attributes: ["to": .string("FLOAT")])
    #expect(cast.values == [3])
  }
}
