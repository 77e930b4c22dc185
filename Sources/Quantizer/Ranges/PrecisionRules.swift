import ModelGraph

/// Which nodes run in float, and why.
struct PrecisionRules {
  private(set) var precisions: [NodeID: Precision] = [:]
  /// Nodes without an int8 form: the float islands, in graph order.
  private(set) var islands: [(node: Node, reason: String)] = []

  init(_ graph: Graph, _ histograms: [ValueID: Histogram]) {
    // A padding of infinities that passes its own rule is read by maxima only, and saturates rightly.
    let infinitePaddings = Set(graph.nodes.filter { ($0.op as? Pad)?.value.isInfinite == true }.flatMap(\.outputs))
    var beyondInt8: [ValueID: String] = [:]
    for (value, histogram) in histograms {
      let largest = histogram.largestMagnitude
      if histogram.infinities > 0, !infinitePaddings.contains(value) {
        beyondInt8[value] = "its values reach infinity"
      } else if largest > AffineQuantization.largestMagnitude {
        beyondInt8[value] = "its values reach \(largest), more than int8 scales cover (\(AffineQuantization.largestMagnitude))"
      }
    }
    for node in graph.nodes {
      if !graph.readsFloats(node) {
        precisions[node.id] = .float32
      } else if let reason = Self.reason(node, graph, beyondInt8) {
        precisions[node.id] = .float32
        islands.append((node, reason))
      }
    }
    if !islands.isEmpty { floatBetweenIslands(graph) }
  }

  private static func reason(_ node: Node, _ graph: Graph, _ beyondInt8: [ValueID: String]) -> String? {
    guard let op = node.op as? any Quantizable else { return "\(type(of: node.op).name) has no int8 form" }
    if let reason = op.floatReason(node, in: graph) { return reason }
    return (node.inputs.compactMap(\.self) + node.outputs).lazy.compactMap { beyondInt8[$0] }.first
  }

  /// Nodes that only move elements go float where all around them is: converting to int8 and back would only cost.
  private mutating func floatBetweenIslands(_ graph: Graph) {
    var producers: [ValueID: NodeID] = [:]
    var readers: [ValueID: [NodeID]] = [:]
    for node in graph.nodes {
      for output in node.outputs { producers[output] = node.id }
      for input in node.inputs.compactMap(\.self) { readers[input, default: []].append(node.id) }
    }
    // Indices and masks are no floats between islands.
    producers = producers.filter { graph.isFloatingPoint($0.key) }
    let movers = graph.nodes.filter { precisions[$0.id] == nil && ($0.op as? any Quantizable)?.movesElements == true }
    var floating = Set(precisions.keys).union(movers.map(\.id))
    var changed = true
    while changed {
      changed = false
      for node in movers where floating.contains(node.id) {
        let sources = node.inputs.compactMap(\.self).compactMap { producers[$0] }
        let targets = node.outputs.flatMap { readers[$0] ?? [] }
        if !(sources + targets).allSatisfy(floating.contains) {
          floating.remove(node.id)
          changed = true
        }
      }
    }
    for node in movers where floating.contains(node.id) { precisions[node.id] = .float32 }
  }
}
