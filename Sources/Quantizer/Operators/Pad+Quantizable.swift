import ModelGraph

extension Pad: Quantizable {
  /// An infinite padding value (before a max pooling) saturates in int8, which only another maximum ignores.
  func floatReason(_ node: Node, in graph: Graph) -> String? {
    guard value.isInfinite, let output = node.outputs.first else { return nil }
    let readers = graph.nodes.filter { $0.inputs.contains(output) }
    let areMaxima = readers.allSatisfy { ($0.op as? Pool2D)?.kind == .max } && !graph.outputs.contains { $0.value == output }
    return areMaxima && value < 0 ? nil : "it pads with \(value)"
  }

  func inputsSharingQuantization(_ node: Node) -> [ValueID] { node.inputs.prefix(1).compactMap(\.self) }
  var movesElements: Bool { true }
}
