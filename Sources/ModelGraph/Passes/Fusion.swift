extension Graph {
  /// Merges what operators can do on their way: batch norms and biases into weights, padding into windows, activations into
  /// their producers. Nothing is merged into a value that another reader or an output sees.
  func fused() -> Graph {
    var editor = GraphEditor(self)
    // Each change removes a node or shortens a chain that leads to one; the bound is only a guard.
    for _ in 0..<(nodes.count + 8) {
      let before = editor.changeCount
      for position in editor.positions where editor.isLive(position) {
        if editor.hoistAboveReshape(position) || editor.hoistAboveMove(position) || editor.sinkPadBelowReshape(position) { continue }
        if editor.fuseAffine(position) || editor.fuseAffineInput(position) { continue }
        if editor.fuseChain(position) { continue }
        if editor.fusePadding(position) { continue }
        if editor.fuseGate(position) { continue }
        if editor.fuseProduct(position) { continue }
        if editor.fuseNormalizedScale(position) { continue }
        _ = editor.fuseClamp(position)
      }
      if editor.changeCount == before { break }
    }
    return editor.finish()
  }
}

extension GraphEditor {
  /// ReLU and clip into the producer that clamps its output anyway.
  mutating func fuseClamp(_ position: Int) -> Bool {
    let node = node(position)
    guard let unary = node.op as? Unary, case .clip(let lower, let upper) = unary.function, lower <= upper,
      let source = soleProducer(node.inputs[0], of: node.outputs[0]), type(node.outputs[0]).elementType == .float32
    else { return false }
    let producer = self.node(source)
    let op: any Operator
    switch producer.op {
    case var clamped as any ClampedOperator:
      clamped.clamp = clamped.clamp.then(lower, upper)
      op = clamped
    case let inner as Unary:
      guard case .clip(let a, let b) = inner.function, a <= b else { return false }
      let range = ClampRange(lower: a, upper: b).then(lower, upper)
      op = Unary(.clip(lower: range.lower, upper: range.upper))
    default: return false
    }
    remove(position)
    rewrite(source, op, producer.inputs, node.outputs)
    return true
  }

  /// x * sigmoid(x), x * hardSigmoid(x) and its spelling as x * clip(x + 3, 0, 6) / 6.
  mutating func fuseGate(_ position: Int) -> Bool {
    let node = node(position)
    guard let binary = node.op as? Binary, node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1] else { return false }
    if let (constant, other) = constantOperand(node), let value = constant.uniformValue, binary.clamp == .none,
      type(other) == type(node.outputs[0])
    {
      let scale: Float
      switch binary.kind {
      case .multiply: scale = value
      case .divide where node.inputs[0] == other: scale = 1 / value
      default: return false
      }
      guard abs(scale - 1 / 6) < 1e-6, let inner = soleProducer(other) else { return false }
      if let x = shiftedRelu6(inner) {
        removeShiftedRelu6(inner)
        rewrite(position, Unary(.hardSigmoid(alpha: 1 / 6, beta: 0.5)), [x], node.outputs)
        return true
      }
      let product = self.node(inner)
      guard let multiply = product.op as? Binary, multiply == Binary(.multiply), let pair = gate(product, where: { shiftedRelu6($0) })
      else { return false }
      removeShiftedRelu6(pair.gate)
      remove(inner)
      rewrite(position, Unary(.hardSwish), [pair.x], node.outputs)
      return true
    }
    guard binary == Binary(.multiply), type(a) == type(b) else { return false }
    for (x, gate) in [(a, b), (b, a)] {
      guard let source = soleProducer(gate), let unary = self.node(source).op as? Unary, self.node(source).inputs[0] == x else { continue }
      switch unary.function {
      case .sigmoid:
        remove(source)
        rewrite(position, Unary(.silu), [x], node.outputs)
        return true
      case .hardSigmoid(let alpha, let beta) where abs(alpha - 1 / 6) < 1e-6 && abs(beta - 0.5) < 1e-6:
        remove(source)
        rewrite(position, Unary(.hardSwish), [x], node.outputs)
        return true
      default: continue
      }
    }
    return false
  }

  private func gate(_ node: Node, where match: (Int) -> ValueID?) -> (x: ValueID, gate: Int)? {
    for (x, gated) in [(0, 1), (1, 0)] {
      if let source = soleProducer(node.inputs[gated]), let inner = match(source), inner == node.inputs[x] { return (inner, source) }
    }
    return nil
  }

  /// x where the node at `position` is clip(x + 3, 0, 6), in one node or two.
  private func shiftedRelu6(_ position: Int) -> ValueID? {
    let node = node(position)
    if let unary = node.op as? Unary {
      guard unary.function == .clip(lower: 0, upper: 6), let inner = soleProducer(node.inputs[0]),
        let sum = self.node(inner).op as? Binary, sum == Binary(.add)
      else { return nil }
      return shifted(self.node(inner))
    }
    guard let sum = node.op as? Binary, sum == Binary(.add, clamp: ClampRange(lower: 0, upper: 6)) else { return nil }
    return shifted(node)
  }

  private func shifted(_ node: Node) -> ValueID? {
    guard let (constant, x) = constantOperand(node), constant.uniformValue == 3, type(x) == type(node.outputs[0]) else { return nil }
    return x
  }

  private mutating func removeShiftedRelu6(_ position: Int) {
    let node = node(position)
    remove(position)
    if node.op is Unary, let inner = producer(node.inputs[0]) { remove(inner) }
  }

  /// The constant of a binary with exactly one, and the other operand. Floats only.
  func constantOperand(_ node: Node) -> (constant: Tensor, other: ValueID)? {
    guard node.op is Binary, node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1],
      type(node.outputs[0]).elementType == .float32
    else { return nil }
    switch (constant(a), constant(b)) {
    case (let tensor?, nil): return (tensor, b)
    case (nil, let tensor?): return (tensor, a)
    default: return nil
    }
  }
}

extension ClampRange {
  /// This clamp followed by another.
  func then(_ low: Float, _ high: Float) -> ClampRange {
    ClampRange(lower: min(max(lower, low), high), upper: min(max(upper, low), high))
  }
}

extension Tensor {
  /// The float that all elements are.
  var uniformValue: Float? {
    guard case .floats(let values) = elements, let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
    return first
  }
}
