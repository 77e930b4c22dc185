/// Rebuilds a graph's list of nodes where one node becomes several.
struct GraphExpansion {
  private(set) var graph: Graph
  private var nodes: [Node] = []
  private var names: Set<String>
  private var nextID: Int

  init(_ graph: Graph) {
    self.graph = graph
    names = Set(graph.values.map(\.name))
    nextID = (graph.nodes.map(\.id.index).max() ?? -1) + 1
  }

  mutating func append(_ node: Node) { nodes.append(node) }

  /// Adds a step of what replaces `node`.
  /// - Precondition: the operator takes these inputs: the caller has the shapes that the node itself was checked with.
  ///
  /// The step has the node's own levels: what comes after it only moves elements.
  mutating func add(_ op: some Operator, _ inputs: [ValueID?], _ node: Node, _ part: String) -> ValueID {
    guard let type = try? op.outputTypes(of: inputs.map { $0.map { graph[$0].type } }).first else {
      preconditionFailure("\(node.name): \(op) does not take its inputs")
    }
    let output = addValue("\(node.name)/\(part)", type, nil)
    graph[output].quantization = graph[node.outputs[0]].quantization
    nodes.append(
      Node(
        id: NodeID(index: nextID), name: "\(node.name)/\(part)", sourceOperator: node.sourceOperator, op: op, inputs: inputs,
        outputs: [output]))
    nextID += 1
    return output
  }

  mutating func addConstant(_ tensor: Tensor, _ node: Node, _ part: String) -> ValueID {
    addValue("\(node.name)/\(part)", tensor.type, tensor)
  }

  func finish() -> Graph {
    var result = graph
    result.nodes = nodes
    return result
  }

  private mutating func addValue(_ name: String, _ type: TensorType, _ constant: Tensor?) -> ValueID {
    var unique = name
    var suffix = 2
    while !names.insert(unique).inserted {
      unique = "\(name)~\(suffix)"
      suffix += 1
    }
    graph.values.append(Value(name: unique, type: type, constant: constant))
    return ValueID(index: graph.values.count - 1)
  }
}
