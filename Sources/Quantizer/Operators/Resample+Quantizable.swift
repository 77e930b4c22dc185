import ModelGraph

extension Resample: Quantizable {
  /// Interpolated values lie between those that they are made of, or little beyond: in the input's own steps nothing is lost but a rounding.
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { node.inputs.prefix(1).compactMap(\.self) }
  var movesElements: Bool { isSelection }
}
