import ModelGraph

extension Reshape: Quantizable {
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { node.inputs.prefix(1).compactMap(\.self) }
  var movesElements: Bool { true }
}
