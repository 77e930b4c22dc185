import ModelGraph

extension PRelu: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? {
    guard node.inputs.count > 1, let slope = node.inputs[1], graph[slope].constant != nil else { return "its slope is not a constant" }
    return nil
  }

  var outputLimits: ClampRange { clamp }
}
