import ModelGraph
import Testing

/// LayerNormalization and its relatives against plain loops.
@Suite struct ONNXNormalizationTests {
  /// (x - mean) / sqrt(variance + epsilon) over runs of `count` contiguous elements; without a mean the root mean square.
  static func normalized(_ x: [Float], runs count: Int, epsilon: Float, hasMean: Bool = true) -> [Float] {
    stride(from: 0, to: x.count, by: count).flatMap { start in
      let run = x[start..<start + count]
      let mean = hasMean ? run.reduce(0, +) / Float(count) : 0
      let variance = run.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(count)
      return run.map { ($0 - mean) / (variance + epsilon).squareRoot() }
    }
  }

  @Test(arguments: [-1, 1]) func layerNormalization(axis: Int) throws {
    let x = ramp(24), count = axis == 1 ? 12 : 4
    let scale = ramp(count).map { $0 + 2 }, bias = ramp(count).map { $0 * 3 }
    let result = try runONNX(
      "LayerNormalization", x: [2, 3, 4], x,
      floats: [("scale", axis == 1 ? [3, 4] : [4], scale), ("bias", axis == 1 ? [3, 4] : [4], bias)],
      attributes: ["axis": .int(axis), "epsilon": .float(0.01)])
    let expected = Self.normalized(x, runs: count, epsilon: 0.01).enumerated().map { $1 * scale[$0 % count] + bias[$0 % count] }
    #expect(result.shape == [2, 3, 4] && isClose(result.values, expected))
  }

  @Test(arguments: ["RMSNormalization", "SimplifiedLayerNormalization"]) func rootMeanSquare(op: String) throws {
    let x = ramp(8), scale: [Float] = [1, 2, -1, 0.5]
    let result = try runONNX(op, opset: 23, x: [2, 4], x, floats: [("scale", [4], scale)])
    let expected = Self.normalized(x, runs: 4, epsilon: 1e-5, hasMean: false).enumerated().map { $1 * scale[$0 % 4] }
    #expect(isClose(result.values, expected))
  }

  @Test func scaleComputedAtRunTime() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [2, 4])
    builder.input("scale", [4])
    builder.floats("bias", [4], [1, 2, 3, 4])
    builder.node("LayerNormalization", ["x", "scale", "bias"], ["y"])
    builder.output("y")
    let x = ramp(8), scale = ramp(4)
    let expected = Self.normalized(x, runs: 4, epsilon: 1e-5).enumerated().map { $1 * scale[$0 % 4] + Float($0 % 4 + 1) }
    #expect(isClose(try builder.imported().evaluated([x, scale])[0], expected))
  }

  @Test func instanceNormalization() throws {
    let x = ramp(24), scale: [Float] = [2, -1, 0.5], bias: [Float] = [0, 1, -3]
    let result = try runONNX("InstanceNormalization", x: [2, 3, 2, 2], x, floats: [("scale", [3], scale), ("bias", [3], bias)])
    let expected = Self.normalized(x, runs: 4, epsilon: 1e-5).enumerated().map { $1 * scale[$0 / 4 % 3] + bias[$0 / 4 % 3] }
    #expect(isClose(result.values, expected))
  }

  /// One scale a group in opset 18, one a channel since 21.
  @Test(arguments: [18, 21]) func groupNormalization(opset: Int) throws {
    let x = ramp(48), count = opset < 21 ? 2 : 4
    let scale = ramp(count).map { $0 + 2 }, bias = ramp(count)
    let result = try runONNX(
      "GroupNormalization", opset: opset, x: [2, 4, 6], x, floats: [("scale", [count], scale), ("bias", [count], bias)],
      attributes: ["num_groups": .int(2)])
    let expected = Self.normalized(x, runs: 12, epsilon: 1e-5).enumerated().map { index, value in
      let channel = index / 6 % 4, entry = opset < 21 ? channel / 2 : channel
      return value * scale[entry] + bias[entry]
    }
    #expect(isClose(result.values, expected))
  }

  @Test func lpNormalization() throws {
    let result = try runONNX("LpNormalization", x: [2, 2], [3, 4, 0, 0])
    #expect(result.values == [0.6, 0.8, 0, 0])
    let first = try runONNX("LpNormalization", x: [2, 2], [3, -4, 1, 4], attributes: ["axis": .int(0), "p": .int(1)])
    #expect(first.values == [0.75, -0.5, 0.25, 0.5])
  }

  @Test func meanVarianceNormalization() throws {
    let x = ramp(8)
    let result = try runONNX("MeanVarianceNormalization", x: [2, 1, 2, 2], x)
    #expect(isClose(result.values, Self.normalized(x, runs: 8, epsilon: 0)))
  }

  @Test func badAttributesAreNamed() throws {
    func code(_ op: String, _ shape: [ONNXModelBuilder.Dimension], _ parameter: Int, _ attributes: [String: ONNXModelBuilder.Attribute]) throws
      -> [String]
    {
      var builder = ONNXModelBuilder(opset: 21)
      builder.input("x", shape)
      builder.floats("scale", [parameter], ramp(parameter))
      builder.floats("bias", [parameter], ramp(parameter))
      builder.node(op, op == "LpNormalization" ? ["x"] : ["x", "scale", "bias"], ["y"], attributes)
      builder.output("y")
      return try builder.diagnostics().map(\.code)
    }
    #expect(try code("LayerNormalization", [2, 3], 3, ["axis": .int(2)]) == ["bad-attribute"])
    #expect(try code("LayerNormalization", [2, 3], 3, ["epsilon": .float(-1)]) == ["bad-attribute"])
    #expect(try code("LayerNormalization", [2, 3], 4, [:]) == ["bad-shape"])
    #expect(try code("InstanceNormalization", [2, 3], 3, [:]) == ["bad-shape"])
    #expect(try code("InstanceNormalization", [2, 3, 4], 4, [:]) == ["bad-shape"])
    #expect(try code("GroupNormalization", [2, 4, 3], 4, ["num_groups": .int(3)]) == ["bad-attribute"])
    #expect(try code("GroupNormalization", [2, 4, 3], 4, [:]) == ["bad-attribute"])
    #expect(try code("LpNormalization", [2, 4], 1, ["p": .int(3)]) == ["bad-attribute"])
  }
}
