extension Graph {
  /// Moves the rounding of a quantized model to where an int8 operator does it on its way, without changing one number.
  ///
  /// An identity that rounds what an operator has just computed becomes that operator's output. Operators that only move elements pass levels
  /// on, forwards and backwards: rounding and moving commute. Where the two sides of one differ after that, the rounding becomes a node of
  /// its own behind it; so passes that reorder movement meet none that rounds.
  func quantizationSettled() -> Graph {
    var graph = self
    // Each round gives a value levels or removes a node; the bound is only a guard.
    for _ in 0..<(nodes.count + 2) {
      let merged = graph.mergeRounding()
      let passed = graph.passLevels()
      if !merged && !passed { break }
    }
    graph.splitMovement()
    return graph
  }

  /// How many nodes read each value, graph outputs counted.
  private var readerCounts: [Int] {
    var counts = [Int](repeating: 0, count: values.count)
    for node in nodes { for case let input? in node.inputs { counts[input.index] += 1 } }
    for output in outputs { counts[output.value.index] += 1 }
    return counts
  }

  /// x -> identity -> y, where y has levels and only the identity reads x, which has none: whatever writes x writes y.
  private mutating func mergeRounding() -> Bool {
    let counts = readerCounts
    var merged: [ValueID: ValueID] = [:]
    let kept = nodes.filter { node in
      guard (node.op as? Unary)?.function == .identity, let x = node.inputs[0], self[x].quantization == nil, self[x].constant == nil,
        self[node.outputs[0]].quantization != nil, counts[x.index] == 1, !outputs.contains(where: { $0.value == x }),
        self[x].type == self[node.outputs[0]].type,
        // An output must stay the work of a node.
        !inputs.contains(where: { $0.value == x }) || !outputs.contains(where: { $0.value == node.outputs[0] })
      else { return true }
      merged[x] = node.outputs[0]
      return false
    }
    guard !merged.isEmpty else { return false }
    nodes = kept
    for index in nodes.indices { nodes[index].outputs = nodes[index].outputs.map { merged[$0] ?? $0 } }
    for index in inputs.indices { inputs[index].value = merged[inputs[index].value] ?? inputs[index].value }
    return true
  }

  private mutating func passLevels() -> Bool {
    let counts = readerCounts
    var changed = false
    for node in nodes where node.passesLevels {
      let sources = node.inputs.compactMap { $0 }.map { self[$0].quantization }
      guard let levels = sources.first.flatMap({ $0 }), sources.allSatisfy({ $0 == levels }), self[node.outputs[0]].quantization == nil
      else { continue }
      self[node.outputs[0]].quantization = levels
      changed = true
    }
    for node in nodes.reversed() where node.passesLevels && node.inputs.count == 1 {
      guard let x = node.inputs[0], self[x].quantization == nil, self[x].constant == nil, counts[x.index] == 1,
        let levels = self[node.outputs[0]].quantization
      else { continue }
      self[x].quantization = levels
      changed = true
    }
    return changed
  }

  private mutating func splitMovement() {
    var nextID = (nodes.map(\.id.index).max() ?? -1) + 1
    var result: [Node] = []
    for var node in nodes {
      guard node.passesLevels, node.inputs.count == 1, let x = node.inputs[0], let levels = self[x].quantization,
        self[node.outputs[0]].quantization != levels
      else {
        result.append(node)
        continue
      }
      let output = node.outputs[0]
      values.append(Value(name: unusedName("\(self[output].name)/moved"), type: self[output].type, quantization: levels))
      node.outputs = [ValueID(index: values.count - 1)]
      result.append(node)
      result.append(
        Node(
          id: NodeID(index: nextID), name: "\(node.name)/requantize", sourceOperator: node.sourceOperator, op: Unary(.identity),
          inputs: node.outputs.map { $0 }, outputs: [output]))
      nextID += 1
    }
    nodes = result
  }
}

extension Graph {
  /// The name, or with the first number after it that makes it new.
  package func unusedName(_ name: String) -> String {
    let taken = Set(values.map(\.name))
    guard taken.contains(name) else { return name }
    return (2...).lazy.map { "\(name)~\($0)" }.first { !taken.contains($0) } ?? name
  }
}

extension Node {
  /// Whether every output element is an input element, or 0: what holds the one exactly holds the other.
  fileprivate var passesLevels: Bool {
    guard outputs.count == 1 else { return false }
    switch op {
    case is Reshape, is Transpose, is Slice, is Broadcast, is Concat: return true
    case let op as Pad: return op.value == 0
    case let op as Resample: return op.isSelection
    case let op as Pool2D: return op.kind == .max && op.clamp == .none
    default: return false
    }
  }
}
