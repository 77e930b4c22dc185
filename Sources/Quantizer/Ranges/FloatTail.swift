import ModelGraph

/// The end of a net that stays in float: what is left of the outputs' way from the accumulators of the last weighted layers.
///
/// The levels of an output are its largest single error where the net itself is precise, and nothing reads them but the caller, who wants floats.
/// So the last weighted layers write floats, and what is only moved or mapped element by element behind them (reshapes, concatenations,
/// a sigmoid, a softmax) runs on those, as long as it is a small part of the work and of the memory. See `limit(of:)`.
struct FloatTail {
  /// Nodes that run in float, in no order.
  private(set) var nodes: Set<NodeID> = []
  /// Outputs of weighted layers and matrix products that are written as floats.
  private(set) var sources: Set<ValueID> = []

  /// - Parameters:
  ///   - precisions: nodes whose precision is settled for other reasons.
  ///   - fixed: values whose form is.
  init(of graph: Graph, precisions: [NodeID: Precision], apartFrom fixed: Set<ValueID>) {
    var uses = Uses(graph)
    for value in fixed { uses.producers[value] = nil }
    var candidates: [NodeID: Node] = [:]
    for node in graph.nodes where precisions[node.id] == nil && node.op.mapsElements {
      guard node.outputs.allSatisfy({ graph.isFloatingPoint($0) && !fixed.contains($0) }) else { continue }
      candidates[node.id] = node
    }
    let limit = Self.limit(of: graph)
    var tail = Self.closed(candidates, graph, uses, precisions)
    if Self.elements(of: tail, graph) > limit { tail = Self.closed([:], graph, uses, precisions) }
    guard Self.elements(of: tail, graph) <= limit else { return }
    self = tail
  }

  private init() {}

  /// The candidates that read nothing but the tail, constants and weighted layers, and that only the tail and the caller read.
  private static func closed(
    _ candidates: [NodeID: Node], _ graph: Graph, _ uses: Uses, _ precisions: [NodeID: Precision]
  ) -> FloatTail {
    var kept = candidates
    func isReadByTailOnly(_ value: ValueID) -> Bool {
      uses.readers[value, default: []].allSatisfy { kept[$0] != nil } && (uses.outputs.contains(value) || uses.readers[value] != nil)
    }
    func isSource(_ value: ValueID) -> Bool {
      guard let producer = uses.producers[value], precisions[producer.id] == nil else { return false }
      return (producer.hasWeights || producer.op is MatMul) && isReadByTailOnly(value)
    }
    func reads(_ node: Node) -> Bool {
      let inputs = node.activationInputs.filter { graph[$0].constant == nil }
      return !inputs.isEmpty && inputs.allSatisfy { uses.producers[$0].map { kept[$0.id] != nil } ?? false || isSource($0) }
    }
    var changed = true
    while changed {
      let left = kept.filter { _, node in node.outputs.allSatisfy(isReadByTailOnly) && reads(node) }
      changed = left.count < kept.count
      kept = left
    }
    var tail = FloatTail()
    tail.nodes = Set(kept.keys)
    let read = Set(kept.values.flatMap(\.activationInputs)).union(uses.outputs)
    tail.sources = read.filter { graph.isFloatingPoint($0) && isSource($0) }
    return tail
  }

  private static func elements(of tail: FloatTail, _ graph: Graph) -> Int {
    let computed = graph.nodes.filter { tail.nodes.contains($0.id) && !($0.op is Reshape) }
    let values = computed.flatMap(\.outputs) + tail.sources
    return values.reduce(0) { $0 + graph[$1].type.elementCount }
  }

  /// As many elements as one in 128 multiply-accumulates (a float element costs about what a few dozen of those do), and no more bytes than
  /// twice the largest int8 activation, which the arena holds anyway; 2,048 elements always fit.
  static func limit(of graph: Graph) -> Int {
    var products = 0
    for node in graph.nodes where node.hasWeights {
      guard node.inputs.count > 1, let weight = node.inputs[1], let output = node.outputs.first else { continue }
      let shape = graph[weight].type.shape
      products += graph[output].type.elementCount * shape.dropFirst().reduce(1, *)
    }
    let largest = graph.nodes.flatMap(\.outputs).map { graph[$0].type.elementCount }.max() ?? 0
    return min(max(products / 128, 64), max(largest / 2, 2048))
  }

  private struct Uses {
    var producers: [ValueID: Node] = [:]
    var readers: [ValueID: [NodeID]] = [:]
    let outputs: Set<ValueID>

    init(_ graph: Graph) {
      outputs = Set(graph.outputs.map(\.value))
      for node in graph.nodes {
        for output in node.outputs { producers[output] = node }
        for input in node.inputs.compactMap(\.self) { readers[input, default: []].append(node.id) }
      }
    }
  }
}

extension Operator {
  /// Whether each output element is an input element, or a function of one (of one row, a softmax), so that float costs little.
  fileprivate var mapsElements: Bool {
    self is Reshape || self is Transpose || self is Concat || self is Unary || self is Softmax
  }
}
