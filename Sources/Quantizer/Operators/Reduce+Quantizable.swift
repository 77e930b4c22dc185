import ModelGraph

extension Reduce: Quantizable {
  func floatReason(_ node: Node, in graph: Graph) -> String? {
    if kind == .product { return "a product over axes has no int8 form" }
    guard let input = node.inputs.first ?? nil else { return nil }
    let length = axes.reduce(1) { $0 * graph[input].type.shape[$1] }
    return length > Int(Int32.max) / 256 ? "a sum of \(length) elements can leave 32 bits" : nil
  }

  func inputsSharingQuantization(_ node: Node) -> [ValueID] {
    kind == .max || kind == .min ? node.inputs.prefix(1).compactMap(\.self) : []
  }
}
