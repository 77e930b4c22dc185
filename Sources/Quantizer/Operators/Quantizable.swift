import ModelGraph

/// How an operator is quantized: which range its output has, what shares it, what its inputs must be.
protocol Quantizable: Operator {
  /// Why this node has no int8 form, in a few words; nil where it has one.
  func floatReason(_ node: Node, in graph: Graph) -> String?

  /// Inputs that must have the output's scale and zero point, because the int8 kernel moves bytes as they are.
  func inputsSharingQuantization(_ node: Node) -> [ValueID]

  /// The output's quantization, where the function's range fixes it whatever the data.
  var fixedQuantization: AffineQuantization? { get }

  /// Bounds that the output cannot leave, whatever the data: the fused clamp, the function's own range.
  var outputLimits: ClampRange { get }

  /// Whether it computes nothing, so that between float islands it loses nothing by running in float too.
  var movesElements: Bool { get }
}

extension Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? { nil }
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { [] }
  var fixedQuantization: AffineQuantization? { nil }
  var outputLimits: ClampRange { .none }
  var movesElements: Bool { false }
}

extension AffineQuantization {
  /// [0, 1 - 1/256]: sigmoid and softmax.
  static let unitInterval = AffineQuantization(scale: 1.0 / 256, zeroPoint: -128)
  /// [-1, 1 - 1/128]: tanh.
  static let symmetricUnitInterval = AffineQuantization(scale: 1.0 / 128, zeroPoint: 0)
}

extension Graph {
  /// Whether the value holds floats: the others are never quantized.
  func isFloatingPoint(_ value: ValueID) -> Bool { self[value].type.elementType.elementClass == .float }

  /// The floats that a node reads and writes as activations.
  func floatActivations(of node: Node) -> [ValueID] { (node.activationInputs + node.outputs).filter(isFloatingPoint) }

  /// Whether a node computes on floats. Index and shape arithmetic does not, nor what makes floats of integers.
  func readsFloats(_ node: Node) -> Bool { node.inputs.contains { $0.map(isFloatingPoint) ?? false } }

  /// Whether some constant that `node` reads holds an infinity (a mask).
  func readsInfinity(_ node: Node) -> Bool {
    node.inputs.contains { input in
      guard let input, let constant = self[input].constant else { return false }
      return constant.floats.contains { $0.isInfinite }
    }
  }
}

extension Node {
  /// Whether inputs 1 and 2 are a weight and a bias, quantized by channel.
  var hasWeights: Bool { op is Convolution2D || op is Dense }

  /// What the node reads as activations: all inputs but weight and bias, gamma and beta, slope.
  var activationInputs: [ValueID] {
    (hasWeights || op is Normalize || op is PRelu ? Array(inputs.prefix(1)) : inputs).compactMap(\.self)
  }
}
