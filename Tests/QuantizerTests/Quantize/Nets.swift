import ModelCompiler
import ModelGraph
import Quantizer
import Swiftlet
import _TestSupport

/// Small random nets, built in the form that the passes leave.
struct Nets {
  var builder: GraphBuilder
  var random: SeededRandom

  init(_ name: String, seed: UInt64) {
    builder = GraphBuilder(name: name)
    random = SeededRandom(seed: seed)
  }

  mutating func weights(_ shape: [Int], fanIn: Int, name: String = "weight") -> ValueID {
    let deviation = (2 / Float(max(fanIn, 1))).squareRoot()
    return builder.addConstant(Tensor(shape: shape, floats: random.normals(shape.reduce(1, *), deviation: deviation)), name: name)
  }

  mutating func convolution(
    _ x: ValueID, _ channels: Int, kernel: Int = 3, groups: Int = 1, stride: Int = 1, clamp: ClampRange = .relu, name: String
  ) throws -> ValueID {
    let depth = builder.type(of: x).shape[3] / groups
    let weight = weights([channels, kernel, kernel, depth], fanIn: kernel * kernel * depth)
    let bias = builder.addConstant(Tensor(shape: [channels], floats: random.normals(channels, deviation: 0.1)))
    let pad = kernel / 2
    let op = Convolution2D(
      strides: Size2D(stride, stride), padding: Padding2D(top: pad, left: pad, bottom: pad, right: pad), groups: groups, clamp: clamp)
    return try builder.add(op, [x, weight, bias], name: name, sourceOperator: "Conv")[0]
  }

  mutating func dense(_ x: ValueID, _ outputs: Int, clamp: ClampRange = .none, name: String) throws -> ValueID {
    let depth = builder.type(of: x).shape.last ?? 1
    let weight = weights([outputs, depth], fanIn: depth)
    let bias = builder.addConstant(Tensor(shape: [outputs], floats: random.normals(outputs, deviation: 0.1)))
    return try builder.add(Dense(clamp: clamp), [x, weight, bias], name: name, sourceOperator: "Gemm")[0]
  }

  /// Convolutions, depthwise, pooling, a residual, a concat, mean, dense, softmax.
  static func convolutional(seed: UInt64) throws -> Graph {
    var net = Nets("cnn", seed: seed)
    let input = net.builder.addInput("image", TensorType(.float32, [1, 12, 12, 3]))
    let first = try net.convolution(input, 8, name: "conv1")
    let depthwise = try net.convolution(first, 8, groups: 8, name: "depthwise")
    let pointwise = try net.convolution(depthwise, 8, kernel: 1, clamp: .none, name: "pointwise")
    let sum = try net.builder.add(Binary(.add, clamp: .relu), [first, pointwise], name: "residual")[0]
    let pooled = try net.builder.add(Pool2D(.max, kernel: Size2D(2, 2), strides: Size2D(2, 2)), [sum], name: "maxpool")[0]
    let left = try net.convolution(pooled, 6, name: "left")
    let right = try net.convolution(pooled, 10, kernel: 1, clamp: ClampRange(lower: 0, upper: 6), name: "right")
    let joined = try net.builder.add(Concat(axis: 3), [left, right], name: "concat")[0]
    let mean = try net.builder.add(Reduce(.mean, axes: [1, 2], keepsDimensions: false), [joined], name: "mean")[0]
    let logits = try net.dense(mean, 10, name: "logits")
    net.builder.addOutput("logits", logits)
    net.builder.addOutput("probabilities", try net.builder.add(Softmax(axis: 1), [logits], name: "softmax")[0])
    return net.builder.graph
  }

  static func perceptron(seed: UInt64) throws -> Graph {
    var net = Nets("mlp", seed: seed)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 20]))
    let hidden = try net.dense(input, 32, clamp: .relu, name: "hidden")
    let gated = try net.builder.add(Unary(.silu), [try net.dense(hidden, 32, name: "gate")], name: "silu")[0]
    net.builder.addOutput("y", try net.dense(gated, 5, name: "y"))
    return net.builder.graph
  }

  static func samples(_ graph: Graph, _ count: Int, seed: UInt64) -> CalibrationSet {
    var random = SeededRandom(seed: seed)
    return CalibrationSet(samples: (0..<count).map { _ in graph.inputs.map { random.normals($0.type.elementCount) } })
  }

  /// int8 to the last value: most tests look at scales, those of outputs too.
  static let int8Throughout: QuantizerOptions = {
    var options = QuantizerOptions()
    options.keepsFloatOutputs = false
    return options
  }()

  static func quantized(
    _ graph: Graph, _ set: CalibrationSet, _ options: QuantizerOptions = int8Throughout
  ) throws -> QuantizationResult {
    try quantize(graph, calibration: set, options: options) { _, _ in }
  }

  static func session(_ graph: Graph, _ plan: QuantizationPlan?) throws -> Session {
    try Session(try Model(bytes: try compile(graph, options: CompilerOptions(plan: plan)).bytes))
  }
}
