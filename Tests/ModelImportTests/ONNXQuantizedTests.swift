import Foundation
import ModelGraph
import ModelImport
import Testing

/// QDQ and QOperator models, built here.
@Suite struct ONNXQuantizedTests {
  private func add(_ net: inout ONNXModelBuilder, _ name: String, _ shape: [Int], _ levels: [Int], _ type: ONNXTensorProto.DataType) {
    var tensor = ONNXTensorProto()
    tensor.name = name
    tensor.dims = shape.map { Int64($0) }
    tensor.dataType = Int32(type.rawValue)
    if type == .int64 { tensor.int64Data = levels.map { Int64($0) } } else { tensor.int32Data = levels.map { Int32($0) } }
    net.model.graph.initializer.append(tensor)
  }

  private func levels(_ net: inout ONNXModelBuilder, _ name: String, _ scale: Float, _ zeroPoint: Int, _ type: ONNXTensorProto.DataType) {
    net.floats("\(name)_s", [], [scale])
    add(&net, "\(name)_z", [], [zeroPoint], type)
  }

  private func quantize(_ net: inout ONNXModelBuilder, _ x: String, _ y: String, _ levels: String) {
    net.node("QuantizeLinear", [x, "\(levels)_s", "\(levels)_z"], [y])
  }
  private func dequantize(_ net: inout ONNXModelBuilder, _ x: String, _ y: String, _ levels: String) {
    net.node("DequantizeLinear", [x, "\(levels)_s", "\(levels)_z"], [y])
  }

  /// x -> Q -> DQ -> Conv (weights by channel, bias int32) -> Relu -> Q -> DQ -> y
  private func convolution(_ type: ONNXTensorProto.DataType = .uint8) -> ONNXModelBuilder {
    var net = ONNXModelBuilder()
    net.input("x", [1, 2, 3, 3])
    let shift = type == .uint8 ? 128 : 0
    levels(&net, "a", 0.5, -3 + shift, type)
    levels(&net, "b", 0.25, -128 + shift, type)
    add(&net, "w", [2, 2, 1, 1], [-128, 127, 5, 0], .int8)
    net.floats("w_s", [2], [0.25, 2])
    add(&net, "w_z", [2], [0, 0], .int8)
    add(&net, "bias", [2], [7, -300_000_001], .int32)
    net.floats("bias_s", [2], [0.125, 1])
    add(&net, "bias_z", [2], [0, 0], .int32)
    quantize(&net, "x", "x_q", "a")
    dequantize(&net, "x_q", "x_d", "a")
    net.node("DequantizeLinear", ["w", "w_s", "w_z"], ["w_d"], ["axis": .int(0)])
    net.node("DequantizeLinear", ["bias", "bias_s", "bias_z"], ["bias_d"], ["axis": .int(0)])
    net.node("Conv", ["x_d", "w_d", "bias_d"], ["c"])
    net.node("Relu", ["c"], ["r"])
    quantize(&net, "r", "y_q", "b")
    dequantize(&net, "y_q", "y", "b")
    net.output("y")
    return net
  }

  @Test(arguments: [ONNXTensorProto.DataType.uint8, .int8]) func patternBecomesOneLayer(type: ONNXTensorProto.DataType) throws {
    let graph = try convolution(type).imported().optimized()
    #expect(graph.nodes.map { Swift.type(of: $0.op).name } == ["Convolution2D"])
    #expect(graph[graph.inputs[0].value].quantization == AffineQuantization(scale: 0.5, zeroPoint: -3))
    #expect(graph[graph.outputs[0].value].quantization == AffineQuantization(scale: 0.25, zeroPoint: -128))
    #expect(graph.inputs[0].levelType == nil && graph.outputs[0].levelType == nil)
    let node = graph.nodes[0]
    #expect((node.op as? Convolution2D)?.clamp == .relu)
    let weight = node.inputs[1].flatMap { graph[$0].constant?.quantized }
    #expect(weight == QuantizedElements(levels: [-128, 127, 5, 0], scales: [0.25, 2], zeroPoints: [0, 0], axis: 0))
    #expect(node.inputs[2].flatMap { graph[$0].constant?.quantized?.levels } == [7, -300_000_001])
  }

  @Test func integersAtTheInterface() throws {
    var net = ONNXModelBuilder()
    net.input("x", [1, 4], type: .uint8)
    levels(&net, "a", 0.5, 120, .uint8)
    levels(&net, "b", 0.125, 0, .int8)
    dequantize(&net, "x", "x_d", "a")
    net.node("Sigmoid", ["x_d"], ["s"])
    quantize(&net, "s", "y", "b")
    net.output("y")
    let graph = try net.imported().optimized()
    #expect(graph.inputs[0].levelType == .uint8 && graph.outputs[0].levelType == .int8)
    #expect(graph[graph.inputs[0].value].quantization == AffineQuantization(scale: 0.5, zeroPoint: -8))
    #expect(graph.nodes.count == 1)
  }

  /// Max pooling and reshaping of integers keep them; everything else on them is refused.
  @Test func operatorsOnLevels() throws {
    var net = ONNXModelBuilder()
    net.input("x", [1, 2, 4, 4])
    levels(&net, "a", 0.5, 128, .uint8)
    levels(&net, "b", 1, 100, .uint8)
    levels(&net, "w", 0.25, 120, .uint8)
    add(&net, "w", [2, 2, 1, 1], [0, 255, 128, 1], .uint8)
    add(&net, "bias", [2], [3, -4], .int32)
    quantize(&net, "x", "x_q", "a")
    net.node("MaxPool", ["x_q"], ["p"], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
    net.node("QLinearConv", ["p", "a_s", "a_z", "w", "w_s", "w_z", "b_s", "b_z", "bias"], ["c"])
    net.node("Flatten", ["c"], ["f"])
    net.node("QLinearAdd", ["f", "b_s", "b_z", "f", "b_s", "b_z", "a_s", "a_z"], ["s"], domain: "com.microsoft")
    net.output("s")
    let graph = try net.imported().optimized()
    #expect(graph.outputs[0].levelType == .uint8)
    #expect(graph.nodes.allSatisfy { graph[$0.outputs[0]].quantization != nil && ($0.op as? Unary)?.function != .identity })
    let layer = try #require(graph.nodes.first { $0.op is Convolution2D })
    let weight = layer.inputs[1].flatMap { graph[$0].constant?.quantized }
    #expect(weight == QuantizedElements(levels: [-128, 127, 0, -127], scales: [0.25], zeroPoints: [-8]))
    #expect(layer.inputs[2].flatMap { graph[$0].constant?.quantized?.scales } == [0.125])

    net.node("Relu", ["s"], ["bad"])
    net.output("bad")
    #expect(try net.diagnostics().map(\.code) == ["unsupported-operator"])
  }

  @Test func matrixProductsOnLevels() throws {
    var net = ONNXModelBuilder()
    net.input("x", [2, 3], type: .int8)
    levels(&net, "a", 0.5, 1, .int8)
    levels(&net, "b", 1, -7, .int8)
    add(&net, "w", [3, 2], [1, 2, 3, 4, 5, -128], .int8)
    net.floats("w_s", [2], [1, 10])
    add(&net, "w_z", [2], [0, 0], .int8)
    add(&net, "bias", [2], [9, 8], .int32)
    net.node("QGemm", ["x", "a_s", "a_z", "w", "w_s", "w_z", "bias", "b_s", "b_z"], ["g"], domain: "com.microsoft")
    levels(&net, "v", 0.5, 0, .int8)
    add(&net, "v", [2, 1], [3, 4], .int8)
    net.node("QLinearMatMul", ["g", "b_s", "b_z", "v", "v_s", "v_z", "a_s", "a_z"], ["y"])
    net.output("y")
    let graph = try net.imported().optimized()
    let weights = graph.nodes.filter { $0.op is Dense }.map { $0.inputs[1].flatMap { graph[$0].constant?.quantized } }
    #expect(weights.count == 2)
    #expect(weights[0] == QuantizedElements(levels: [1, 3, 5, 2, 4, -128], scales: [1, 10], zeroPoints: [0, 0], axis: 0))
    #expect(weights[1] == QuantizedElements(levels: [3, 4], scales: [0.5], zeroPoints: [0]))
    #expect(graph.nodes[0].inputs[2].flatMap { graph[$0].constant?.quantized?.levels } == [9, 8])
  }

  /// What onnxruntime's quantize_dynamic writes: the weights are levels, the rest is float.
  @Test func dynamicQuantizationRunsInFloat() throws {
    var net = ONNXModelBuilder()
    net.input("x", [1, 2])
    add(&net, "w", [2, 2], [1, 2, 3, -4], .int8)
    add(&net, "w_z", [], [1], .int8)
    net.floats("w_s", [], [0.5])
    net.node("DynamicQuantizeLinear", ["x"], ["x_q", "x_s", "x_z"])
    net.node("MatMulInteger", ["x_q", "w", "x_z", "w_z"], ["i"])
    net.node("Cast", ["i"], ["f"], ["to": .int(1)])
    net.node("Mul", ["x_s", "w_s"], ["s"])
    net.node("Mul", ["f", "s"], ["y"])
    net.output("y")
    let graph = try net.imported()
    #expect(!graph.isQuantized && graph.hasQuantizedWeights)
    // Columns of (w - 1) / 2: 0, 1 and 1/2, -5/2.
    #expect(try graph.evaluated([[2, 3]]) == [[3, -6.5]])
  }

  @Test func roundingOfConstantsFollowsItsAxis() throws {
    var net = ONNXModelBuilder()
    net.input("x", [1, 2])
    net.floats("w", [2, 2], [0.24, 100, 0.75, -3])
    net.floats("w_s", [2], [0.5, 1])
    add(&net, "w_z", [2], [0, 0], .int8)
    net.node("QuantizeLinear", ["w", "w_s", "w_z"], ["q"], ["axis": .int(0)])
    net.node("DequantizeLinear", ["q", "w_s", "w_z"], ["d"], ["axis": .int(0)])
    net.node("Gemm", ["x", "d"], ["y"], ["transB": .int(1)])
    net.output("y")
    let graph = try net.imported()
    // Ties to even: 0.24 / 0.5 is 0, 200 saturates, 0.75 and -3 are rounded by the second scale.
    let expected = QuantizedElements(levels: [0, 127, 1, -3], scales: [0.5, 1], zeroPoints: [0, 0], axis: 0)
    #expect(graph.nodes[0].inputs[1].flatMap { graph[$0].constant?.quantized } == expected)
  }

  @Test func badQuantizationIsRefused() throws {
    let faulty: [(Float, ONNXTensorProto.DataType, String)] = [
      (0, .int8, "bad-constant"), (.nan, .int8, "not-a-number"), (0.5, .int64, "unsupported-type"),
    ]
    for (scale, type, code) in faulty {
      var net = ONNXModelBuilder()
      net.input("x", [1, 2])
      levels(&net, "a", scale, 0, type)
      quantize(&net, "x", "q", "a")
      dequantize(&net, "q", "y", "a")
      net.output("y")
      let found = try net.diagnostics()
      #expect(!found.isEmpty && found.allSatisfy { $0.code == code }, "\(scale) \(type): \(found)")
    }
    var other = convolution()
    levels(&other, "other", 0.75, 0, .uint8)
    dequantize(&other, "x_q", "z", "other")
    other.output("z")
    #expect(try other.diagnostics().map(\.code) == ["unsupported-operator"])

    var axis = ONNXModelBuilder()
    axis.input("x", [1, 2])
    axis.floats("a_s", [3], [1, 1, 1])
    add(&axis, "a_z", [3], [0, 0, 0], .int8)
    add(&axis, "w", [2, 2], [1, 2, 3, 4], .int8)
    axis.node("DequantizeLinear", ["w", "a_s", "a_z"], ["d"], ["axis": .int(0)])
    axis.node("Gemm", ["x", "d"], ["y"])
    axis.output("y")
    #expect(try axis.diagnostics().map(\.code) == ["bad-shape"])
  }

  /// The levels of an input times constant levels: sums of integers.
  private func integerProduct(_ weight: [Int], zeroPoints: [Int], type: ONNXTensorProto.DataType = .uint8) -> ONNXModelBuilder {
    var net = ONNXModelBuilder(opset: 10)
    net.input("a", [4, 3], type: type)
    add(&net, "b", [3, 2], weight, .uint8)
    add(&net, "a_z", [], [12], type)
    add(&net, "b_z", [zeroPoints.count], zeroPoints, .uint8)
    net.node("MatMulInteger", ["a", "b", "a_z", "b_z"], ["y"])
    net.output("y")
    return net
  }

  @Test func integerProductsOfAnInputsLevels() throws {
    let graph = try integerProduct([1, 4, 2, 5, 255, 6], zeroPoints: [1]).imported()
    #expect(graph.inputs.map(\.levelType) == [.uint8])
    #expect(graph[graph.inputs[0].value].quantization == AffineQuantization(scale: 1, zeroPoint: -116))
    #expect(graph.outputs[0].type == TensorType(.int32, [4, 2]))
    let levels = [11, 7, 3, 10, 6, 2, 9, 5, 255, 0, 4, 0]
    let found = try graph.evaluated([levels.map { Float($0 - 12) }])[0]
    var expected: [Float] = []
    for row in 0..<4 {
      for column in 0..<2 {
        let weights = [[1, 2, 255], [4, 5, 6]][column]
        var sum = 0
        for k in 0..<3 { sum += (levels[3 * row + k] - 12) * (weights[k] - 1) }
        expected.append(Float(sum))
      }
    }
    #expect(found == expected)
    #expect(try integerProduct([1, 4, 2, 5, 3, 6], zeroPoints: [1, 2]).diagnostics().map(\.code) == ["unsupported-operator"])
    #expect(try integerProduct([1, 4, 2, 5, 3, 6], zeroPoints: [1], type: .int32).diagnostics().map(\.code) == ["unsupported-operator"])
  }

  @Test func levelsByTheRangeOfARunThatTheCallerReads() throws {
    var net = ONNXModelBuilder(opset: 11)
    net.input("x", [6])
    net.node("DynamicQuantizeLinear", ["x"], ["y", "scale", "zero"])
    net.output("y", "scale", "zero")
    let graph = try net.imported()
    #expect(graph.outputs.map(\.type) == [TensorType(.uint8, [6]), TensorType(.float32, []), TensorType(.uint8, [])])
    // From -3 to 2: a step of 5 / 255, 0 at level 153.
    let found = try graph.evaluated([[0, 2, -3, -2.5, 1.34, 0.5]])
    #expect(found[0] == [153, 255, 0, 26, 221, 179])
    let step: Float = 5.0 / 255
    #expect(isClose(found[1], [step]))
    #expect(found[2] == [153])
    // A range that does not reach 0 is widened to it.
    #expect(try graph.evaluated([[1, 2, 1.3, 2.5, 5.1, 4]])[2] == [0])
  }
}
