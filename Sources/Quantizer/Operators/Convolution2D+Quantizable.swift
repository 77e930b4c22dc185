import ModelGraph

extension Convolution2D: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? { graph.reasonAgainstWeights(of: node) }
  var outputLimits: ClampRange { clamp }
}

extension Graph {
  /// Why the weight and bias of a weighted node (inputs 1 and 2) cannot be quantized ahead, or nil.
  func reasonAgainstWeights(of node: Node) -> String? {
    guard node.inputs.count > 1, let weight = node.inputs[1], self[weight].constant != nil else { return "its weight is not a constant" }
    if node.inputs.count > 2, let bias = node.inputs[2], self[bias].constant == nil { return "its bias is not a constant" }
    return nil
  }
}
