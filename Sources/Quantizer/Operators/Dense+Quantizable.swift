import ModelGraph

extension Dense: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? { graph.reasonAgainstWeights(of: node) }
  var outputLimits: ClampRange { clamp }
}
