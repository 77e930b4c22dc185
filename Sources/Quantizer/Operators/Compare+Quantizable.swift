import ModelGraph

/// Compared are real values, so the operands' scales may differ.
extension Compare: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? { graph.readsInfinity(node) ? "it compares with infinity" : nil }
}
