import ModelGraph

/// The graph's own evaluation, and quantization plans made from it.
struct Reference {
  let graph: Graph
  var values: [ValueID: Tensor] = [:]

  struct Failure: Error { var node: String }

  /// Evaluates every node in float.
  init(_ graph: Graph, _ inputs: [Tensor]) throws {
    self.graph = graph
    for (index, value) in graph.values.enumerated() { values[ValueID(index: index)] = value.constant }
    for (input, tensor) in zip(graph.inputs, inputs) { values[input.value] = tensor }
    for node in graph.nodes {
      guard let outputs = evaluate(node.op, node.inputs.map { $0.flatMap { values[$0] } }) else { throw Failure(node: node.name) }
      for (id, tensor) in zip(node.outputs, outputs) { values[id] = tensor }
    }
  }

  var outputs: [[Float]] { graph.outputs.map { values[$0.value]?.floats ?? [] } }

  /// Activations over the ranges met here, weights symmetric by channel.
  var plan: QuantizationPlan {
    var plan = QuantizationPlan()
    for (id, tensor) in values { plan.activations[id] = Self.quantization(of: tensor.floats) }
    for node in graph.nodes where node.op is Convolution2D || node.op is Dense {
      guard let x = node.inputs[0], let weight = node.inputs[1].flatMap({ values[$0] }), let input = plan.activations[x] else { continue }
      let bias = node.inputs.count > 2 ? node.inputs[2].flatMap { values[$0]?.floats } : nil
      plan.weights[node.id] = Self.weights(weight, bias, input)
    }
    return plan
  }

  static func quantization(of floats: [Float]) -> AffineQuantization {
    let finite = floats.filter(\.isFinite)
    let (lower, upper) = (min(finite.min() ?? 0, 0), max(finite.max() ?? 0, 0))
    let scale = max(upper - lower, 1e-3) / 255
    return AffineQuantization(scale: scale, zeroPoint: Int32(min(max((-128 - lower / scale).rounded(), -128), 127)))
  }

  private static func weights(_ weight: Tensor, _ bias: [Float]?, _ input: AffineQuantization) -> QuantizedWeights {
    let (channels, depth) = (weight.shape[0], weight.count / weight.shape[0])
    var result = QuantizedWeights(scales: [], values: [], bias: [])
    for channel in 0..<channels {
      let row = weight.floats[channel * depth..<(channel + 1) * depth]
      let scale = max(row.map(abs).max() ?? 0, 1e-3) / 127
      result.scales.append(scale)
      result.values += row.map { Int8(min(max(($0 / scale).rounded(), -127), 127)) }
      result.bias.append(Int64(((bias?[channel] ?? 0) / (scale * input.scale)).rounded()))
    }
    return result
  }
}

extension AffineQuantization {
  /// The nearest representable value.
  func rounded(_ value: Float) -> Float {
    guard value.isFinite else { return value }
    let level = min(max((value / scale).rounded(.toNearestOrEven) + Float(zeroPoint), -128), 127)
    return (level - Float(zeroPoint)) * scale
  }
}

extension Graph {
  /// The graph that an int8 program computes but for its own roundings: weights and constants replaced by what the plan makes of them.
  func withQuantizedConstants(_ plan: QuantizationPlan) -> Graph {
    var graph = self
    for node in nodes {
      if let weights = plan.weights[node.id], let id = node.inputs[1], let x = node.inputs[0], let input = plan.activations[x] {
        let shape = graph[id].type.shape
        let depth = weights.values.count / weights.scales.count
        let floats = weights.values.enumerated().map { Float($1) * weights.scales[$0 / depth] }
        graph[id].constant = Tensor(shape: shape, floats: floats)
        if node.inputs.count > 2, let bias = node.inputs[2] {
          let floats = zip(weights.bias, weights.scales).map { Float($0) * $1 * input.scale }
          graph[bias].constant = Tensor(shape: graph[bias].type.shape, floats: floats)
        }
      } else if !(node.op is Normalize || node.op is PRelu) {
        for id in node.inputs.compactMap({ $0 }) {
          guard let constant = graph[id].constant, let quantization = plan.activations[id] else { continue }
          graph[id].constant = Tensor(shape: constant.shape, floats: constant.floats.map(quantization.rounded))
        }
      }
    }
    return graph
  }
}
