extension Graph {
  /// The same net made ready for the compiler: constants folded, NHWC throughout, activations and batch norms inside the
  /// operators before them, nothing dead. Values and nodes that survive keep their identity; a value may be held in another axis order.
  /// - Throws: `non-finite-weight` for every NaN in a constant and every infinity in a weighted operator.
  package func optimized() throws(DiagnosticError) -> Graph {
    var graph = isQuantized ? quantizationSettled().simplified() : simplified()
    try graph.checkConstants()
    // Before the layout pass, which cannot know that a product takes any transpose for nothing.
    graph = graph.decompositionsRecognized().productsFused().masksBounded()
    // Fusion can uncover a constant or an identity, never more work for the layout; each round removes nodes.
    graph = graph.transposesRemoved().simplified()
    for _ in 0..<8 {
      let before = graph.nodes.count
      graph = graph.decompositionsRecognized().fused().transposesFoldedIntoDense().simplified()
      if graph.nodes.count == before { break }
    }
    graph = graph.transposedConvolutionsReplaced().simplified()
    graph.mergeEqualConstants()
    graph.shareConcatPrefixes()
    graph.removeDeadCode()
    try graph.checkConstants()
    return graph
  }

  /// Folding and identity removal to a fixed point: each sweep removes at least one node, or is the last.
  func simplified() -> Graph {
    var graph = self
    graph.removeDeadCode()
    while true {
      let before = graph.nodes.count
      graph = graph.constantsFolded().identitiesRemoved()
      graph.removeDeadCode()
      if graph.nodes.count == before { return graph }
    }
  }

  /// Nodes whose outputs nobody needs, and the data of constants that nobody reads. Values keep their places.
  mutating func removeDeadCode() {
    var needed = [Bool](repeating: false, count: values.count)
    for output in outputs { needed[output.value.index] = true }
    var kept: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: { needed[$0.index] }) {
      for case let input? in node.inputs { needed[input.index] = true }
      kept.append(node)
    }
    nodes = kept.reversed()
    for index in values.indices where !needed[index] { values[index].constant = nil }
  }

  func constantsFolded() -> Graph {
    var editor = GraphEditor(self)
    for position in editor.positions {
      let node = editor.node(position)
      guard node.inputs.allSatisfy({ $0 == nil || editor.constant($0) != nil }), node.inputs.contains(where: { $0 != nil }),
        let results = evaluate(node.op, node.inputs.map { editor.constant($0) }), results.count == node.outputs.count,
        zip(results, node.outputs).allSatisfy({ $0.type == editor.type($1) })
      else { continue }
      for (result, output) in zip(results, node.outputs) { editor.setConstant(output, result) }
      editor.remove(position)
    }
    return editor.finish()
  }

  /// Constants with the same bits become one.
  mutating func mergeEqualConstants() {
    var seen: [ConstantKey: [ValueID]] = [:]
    var replacement: [ValueID: ValueID] = [:]
    for index in values.indices {
      guard let tensor = values[index].constant else { continue }
      let (key, id) = (ConstantKey(tensor), ValueID(index: index))
      let quantization = values[index].quantization
      let equal = seen[key]?.first { other in
        values[other.index].quantization == quantization && values[other.index].constant?.hasSameBits(as: tensor) ?? false
      }
      if let equal {
        replacement[id] = equal
      } else {
        seen[key, default: []].append(id)
      }
    }
    guard !replacement.isEmpty else { return }
    for index in nodes.indices {
      nodes[index].inputs = nodes[index].inputs.map { input in input.map { replacement[$0] ?? $0 } }
    }
    removeDeadCode()
  }
}

/// Enough of a constant to tell most apart without hashing megabytes.
private struct ConstantKey: Hashable {
  let type: TensorType
  let start: [UInt64]

  init(_ tensor: Tensor) {
    type = tensor.type
    switch tensor.elements {
    case .floats(let values): start = values.prefix(16).map { UInt64($0.bitPattern) }
    case .integers(let values): start = values.prefix(16).map { UInt64(bitPattern: $0) }
    }
  }
}

extension Tensor {
  /// Unlike ==, tells 0 from -0.
  func hasSameBits(as other: Tensor) -> Bool {
    guard type == other.type, quantized == other.quantized else { return false }
    switch (elements, other.elements) {
    case (.floats(let a), .floats(let b)): return a.elementsEqual(b) { $0.bitPattern == $1.bitPattern }
    case (.integers(let a), .integers(let b)): return a == b
    default: return false
    }
  }
}
