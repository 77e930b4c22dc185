import ModelGraph

/// Values that must share one quantization, as disjoint sets.
struct EqualScaleGroups {
  private var parent: [Int]

  /// - Parameters:
  ///   - precisions: nodes that run in float bind nothing.
  ///   - binds: nodes that it refuses bind nothing either.
  init(of graph: Graph, precisions: [NodeID: Precision], where binds: (Node) -> Bool = { _ in true }) {
    parent = Array(graph.values.indices)
    for node in graph.nodes where precisions[node.id] != .float32 && binds(node) {
      guard let op = node.op as? any Quantizable, let output = node.outputs.first, graph.isFloatingPoint(output) else { continue }
      for input in op.inputsSharingQuantization(node) { join(input, output) }
    }
  }

  /// The value that stands for the group of `id`.
  func representative(of id: ValueID) -> ValueID {
    var index = id.index
    while parent[index] != index { index = parent[index] }
    return ValueID(index: index)
  }

  private mutating func join(_ a: ValueID, _ b: ValueID) {
    let (first, second) = (representative(of: a).index, representative(of: b).index)
    // The lower index stands for the group: the result does not depend on the order of joins.
    parent[max(first, second)] = min(first, second)
    parent[a.index] = min(first, second)
    parent[b.index] = min(first, second)
  }
}
