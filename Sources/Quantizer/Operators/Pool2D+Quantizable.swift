import ModelGraph

extension Pool2D: Quantizable {
  /// The maximum of bytes is a byte; an average has finer steps than what it averages, and gets a range of its own.
  func inputsSharingQuantization(_ node: Node) -> [ValueID] { kind == .max ? node.inputs.prefix(1).compactMap(\.self) : [] }
  var outputLimits: ClampRange { clamp }
}
