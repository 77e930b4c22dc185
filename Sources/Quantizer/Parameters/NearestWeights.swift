import ModelCompiler
import ModelGraph

/// What plain rounding makes of a layer's weights and bias under given scales: what parameters are told as differences to.
struct NearestWeights {
  let shape: [Int]
  let values: [Int8]
  let zeroPoint: Int32
  let bias: [Int64]

  /// - Parameters:
  ///   - scales: positive and finite, one an output channel.
  ///   - input: of the layer's input; nil where it reads floats.
  /// - Returns: nil where the node has no constant weight, or another number of channels.
  init?(_ node: Node, in graph: Graph, scales: [Float], input: AffineQuantization?) {
    guard node.hasWeights, node.inputs.count > 1, let weight = node.inputs[1].flatMap({ graph[$0].constant }),
      let channels = weight.shape.first, scales.count == channels
    else { return nil }
    shape = weight.shape
    let given = ImportedWeights(node, in: graph).floatReason == nil ? weight.quantized : nil
    zeroPoint = given?.zeroPoints[0] ?? 0
    let depth = max(weight.count / max(channels, 1), 1)
    values =
      given?.levels.map { Int8(truncatingIfNeeded: $0) }
      ?? weight.floats.enumerated().map { WeightScale.quantized($1, scales[$0 / depth]) }
    let biases = node.inputs.count > 2 ? node.inputs[2].flatMap { graph[$0].constant?.floats } : nil
    guard let biases, let input, biases.count == channels else {
      bias = Array(repeating: 0, count: channels)
      return
    }
    let limit = input.width == .int16 ? Double(QuantizationPlan.int16MaximumBias) : Double(Int32.max)
    bias = zip(biases, scales).map { bias, scale in
      let steps = (Double(bias) / (Double(input.scale) * Double(scale))).rounded(.toNearestOrEven)
      return steps.isNaN ? 0 : Int64(min(max(steps, -limit), limit))
    }
  }
}

extension QuantizationPlan {
  /// The levels in which a node reads its first input.
  func levelsRead(by node: Node) -> AffineQuantization? {
    guard let input = node.inputs.first.flatMap(\.self) else { return nil }
    return (precisions[node.id] ?? .int8) == .int8 ? narrowed[input] ?? activations[input] : activations[input]
  }
}
