import ModelGraph

extension Select: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? { graph.readsInfinity(node) ? "its constant holds infinities" : nil }
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { node.inputs.dropFirst().compactMap(\.self) }
  var movesElements: Bool { true }
}
