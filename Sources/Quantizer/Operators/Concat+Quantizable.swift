import ModelGraph

extension Concat: Quantizable {
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { node.inputs.compactMap(\.self) }
  var movesElements: Bool { true }
}
