package import ModelGraph

/// What a layer's picture is drawn from: the values that it writes and the weights that it holds.
package struct LayerPicture: Sendable {
  /// The levels of its first output; nil where that stays float.
  package var quantization: AffineQuantization?
  /// What calibration saw of it; nil where nothing did.
  package var observation: Observation?
  /// Smallest and largest weight of each output channel; empty without weights.
  package var weightRanges: [ClosedRange<Float>]
  /// Scale of each channel's int8 weights; empty of float layers.
  package var weightScales: [Float]
}

extension QuantizationResult {
  /// One a layer of the report, in its order.
  package var pictures: [LayerPicture] { layerPictures(of: graph, plan, observations) }
}

/// One for each node that computes on floats, in graph order.
package func layerPictures(of graph: Graph, _ plan: QuantizationPlan, _ observations: [ValueID: Observation]) -> [LayerPicture] {
  graph.nodes.filter { graph.readsFloats($0) && !$0.outputs.isEmpty }.map { node in
    let isFloat = plan.precisions[node.id] == .float32
    let weight = node.hasWeights && node.inputs.count > 1 ? node.inputs[1].flatMap { graph[$0].constant } : nil
    return LayerPicture(
      quantization: isFloat ? nil : plan.activations[node.outputs[0]], observation: observations[node.outputs[0]],
      weightRanges: weight.map(channelRanges) ?? [], weightScales: plan.weights[node.id]?.scales ?? [])
  }
}

private func channelRanges(_ weight: Tensor) -> [ClosedRange<Float>] {
  let channels = weight.shape.first ?? 0
  let (floats, depth) = (weight.floats, channels > 0 ? weight.count / channels : 0)
  guard depth > 0 else { return [] }
  return (0..<channels).map { channel in
    let values = floats[channel * depth..<(channel + 1) * depth]
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    return low <= high ? low...high : 0...0
  }
}
