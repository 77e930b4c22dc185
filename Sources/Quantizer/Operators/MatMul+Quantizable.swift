import ModelGraph

extension MatMul: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? {
    if graph.readsInfinity(node) { return "its constant holds infinities" }
    guard let a = node.inputs.first ?? nil, let axis = aOrder.last else { return nil }
    let depth = graph[a].type.shape[axis]
    return depth > Self.maximumDepth ? "a sum of \(depth) products can leave 32 bits" : nil
  }

  var outputLimits: ClampRange { clamp }
}
