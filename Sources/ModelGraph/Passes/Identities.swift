extension Graph {
  /// Removes nodes that give back their input, and joins reshapes that follow each other.
  func identitiesRemoved() -> Graph {
    var editor = GraphEditor(self)
    // Every change removes a node or brings one nearer to its source, so this ends; the bound is only a guard.
    for _ in 0..<(2 * nodes.count + 8) {
      let before = editor.changeCount
      for position in editor.positions where editor.isLive(position) {
        let node = editor.node(position)
        guard node.outputs.count == 1, let input = editor.identityInput(node) else {
          editor.simplifyMovement(position)
          continue
        }
        // An output must stay the work of a node: nothing else copies an input or a constant to it.
        guard !editor.isOutput(node.outputs[0]) || editor.producer(input) != nil else { continue }
        // What rounds to other levels is no identity; what only says the same numbers in float is one.
        guard let levels = editor.quantization(node.outputs[0]) else {
          editor.remove(position)
          editor.redirect(node.outputs[0], to: input)
          continue
        }
        guard editor.quantization(input) == levels else { continue }
        editor.remove(position)
        editor.redirect(node.outputs[0], to: input)
      }
      if editor.changeCount == before { break }
    }
    return editor.finish()
  }
}

extension GraphEditor {
  /// The input that the node's output always equals.
  func identityInput(_ node: Node) -> ValueID? {
    guard let x = node.inputs.first.flatMap({ $0 }) else { return nil }
    let (from, to) = (type(x), type(node.outputs[0]))
    switch node.op {
    case let op as Unary: return [.identity, .clip(lower: -.infinity, upper: .infinity)].contains(op.function) ? x : nil
    case is Reshape, is Broadcast, is Slice, is Pad:
      guard from == to else { return nil }
      // A slice of full length may still run backwards.
      if let slice = node.op as? Slice, zip(slice.counts, slice.steps).contains(where: { $0 > 1 && $1 != 1 }) { return nil }
      return x
    case let op as Transpose: return op.permutation == Array(op.permutation.indices) ? x : nil
    case let op as Resample: return op.isIdentity(on: from.shape[op.axis]) ? x : nil
    case is Cast: return from == to ? x : nil
    case is Concat: return node.inputs.count == 1 ? x : nil
    case let op as Reduce: return op.kind != .product && from == to && op.axes.allSatisfy({ from.shape[$0] == 1 }) ? x : nil
    case let op as Binary:
      guard op.clamp == .none, node.inputs.count == 2, let y = node.inputs[1] else { return nil }
      let isNeutral = { (id: ValueID, value: Float) in
        guard let constant = self.constant(id), case .floats(let values) = constant.elements else { return false }
        return values.allSatisfy { $0 == value }
      }
      switch op.kind {
      case .add, .multiply:
        let neutral: Float = op.kind == .add ? 0 : 1
        if type(x) == to, isNeutral(y, neutral) { return x }
        if type(y) == to, isNeutral(x, neutral) { return y }
      case .subtract where type(x) == to && isNeutral(y, 0): return x
      case .divide where type(x) == to && isNeutral(y, 1): return x
      default: break
      }
      return nil
    default: return nil
    }
  }

  mutating func simplifyMovement(_ position: Int) {
    let node = node(position)
    guard let x = node.inputs.first.flatMap({ $0 }), let output = node.outputs.first else { return }
    let source = producer(x).map { self.node($0) }
    switch node.op {
    case let op as Transpose:
      if op.permutation.movesOnlyUnitAxes(of: type(x).shape) {
        rewrite(position, Reshape(shape: type(output).shape), [x], [output])
      } else if let inner = source?.op as? Transpose, let origin = source?.inputs.first.flatMap({ $0 }) {
        rewrite(position, Transpose(permutation: op.permutation.map { inner.permutation[$0] }), [origin], [output])
      }
    case is Reshape:
      guard source?.op is Reshape, let origin = source?.inputs.first.flatMap({ $0 }) else { return }
      rewrite(position, Reshape(shape: type(output).shape), [origin], [output])
    default: break
    }
  }
}

extension [Int] {
  /// Of a permutation: a transpose by it leaves the elements in memory where they are.
  func movesOnlyUnitAxes(of shape: [Int]) -> Bool {
    let moved = filter { shape[$0] != 1 }
    return moved == moved.sorted()
  }

  /// Of a permutation.
  var inverse: [Int] {
    var result = [Int](repeating: 0, count: count)
    for (index, axis) in enumerated() { result[axis] = index }
    return result
  }

  var isIdentity: Bool { self == Array(indices) }
}
