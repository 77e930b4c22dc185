import ModelGraph

/// What follows indices moves bytes: the output has the quantization of what it is taken from. Embedding tables stay int8.
extension Gather: Quantizable {
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { node.inputs.prefix(1).compactMap(\.self) }
  var movesElements: Bool { true }
}
extension GatherElements: Quantizable {
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { node.inputs.prefix(1).compactMap(\.self) }
  var movesElements: Bool { true }
}
extension GatherND: Quantizable {
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { node.inputs.prefix(1).compactMap(\.self) }
  var movesElements: Bool { true }
}
extension ScatterElements: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? { kind == .set ? nil : "a scatter that computes has no int8 form" }
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { [node.inputs[0], node.inputs[2]].compactMap(\.self) }
  var movesElements: Bool { true }
}
extension ScatterND: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? { kind == .set ? nil : "a scatter that computes has no int8 form" }
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { [node.inputs[0], node.inputs[2]].compactMap(\.self) }
  var movesElements: Bool { true }
}
/// Bytes are in the order of the numbers that they stand for.
extension ArgReduce: Quantizable {}
extension TopK: Quantizable {
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { node.inputs.prefix(1).compactMap(\.self) }
}
