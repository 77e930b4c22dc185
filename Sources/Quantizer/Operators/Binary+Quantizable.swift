import ModelGraph

extension Binary: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? {
    if !kind.hasInt8Form { return "\(kind) has no int8 form" }
    return graph.readsInfinity(node) ? "its constant holds infinities" : nil
  }

  func inputsSharingQuantization(_ node: Node) -> [ValueID] {
    kind == .maximum || kind == .minimum ? node.inputs.compactMap(\.self) : []
  }

  var outputLimits: ClampRange { clamp }
}
