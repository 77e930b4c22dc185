import ModelGraph

extension Normalize: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? {
    if node.inputs.dropFirst().contains(where: { $0.map { graph[$0].constant == nil } ?? false }) { return "its gamma is not a constant" }
    guard let x = node.inputs.first ?? nil else { return nil }
    let count = axes.reduce(1) { $0 * graph[x].type.shape[$1] }
    return count > Self.maximumCount ? "statistics over \(count) values can leave 64 bits" : nil
  }

  var outputLimits: ClampRange { clamp }
}
