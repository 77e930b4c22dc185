extension GraphEditor {
  /// A pad of the image's rows and columns becomes the padding of the window that reads it.
  mutating func fusePadding(_ position: Int) -> Bool {
    let node = node(position)
    guard let padded = node.inputs.first.flatMap({ $0 }), let source = producer(padded), let pad = self.node(source).op as? Pad,
      let x = self.node(source).inputs[0], quantization(x) == quantization(padded), pad.before.count == 4,
      [0, 3].allSatisfy({ pad.before[$0] == 0 && pad.after[$0] == 0 })
    else { return false }
    let op: any Operator
    switch node.op {
    case var conv as Convolution2D:
      guard pad.value == 0 else { return false }
      conv.padding = conv.padding.extended(by: pad)
      op = conv
    case var pool as Pool2D where pool.kind == .average:
      // Padded elements are real ones to the pool behind them, so they count; its own padding must do so too.
      guard pad.value == 0, pool.countsPadding || pool.padding == Padding2D() else { return false }
      pool.countsPadding = true
      pool.padding = pool.padding.extended(by: pad)
      op = pool
    case var pool as Pool2D:
      guard pad.value == -.infinity || (pad.value <= lowerBound(of: x) && everyWindowSees(x, pool, pad)) else { return false }
      pool.padding = pool.padding.extended(by: pad)
      op = pool
    default: return false
    }
    let types = [type(x)] + node.inputs.dropFirst().map { $0.map { type($0) } }
    guard let outputs = try? op.outputTypes(of: types), outputs == node.outputs.map({ type($0) }) else { return false }
    rewrite(position, op, [x] + node.inputs.dropFirst(), node.outputs)
    if readers(padded).isEmpty, !isOutput(padded) { remove(source) }
    return true
  }

  /// A bound that no element of the value is under.
  private func lowerBound(of id: ValueID) -> Float {
    guard let source = producer(id) else { return -.infinity }
    switch node(source).op {
    case let op as any ClampedOperator: return op.clamp.lower
    case let op as Unary:
      switch op.function {
      case .clip(let lower, let upper): return min(lower, upper)
      case .sigmoid, .hardSigmoid, .square, .abs, .sqrt, .exp, .softplus: return 0
      default: return -.infinity
      }
    default: return -.infinity
    }
  }

  /// No window lies wholly in the padding, whose value would then be the maximum.
  private func everyWindowSees(_ x: ValueID, _ pool: Pool2D, _ pad: Pad) -> Bool {
    let shape = type(x).shape
    let padding = pool.padding.extended(by: pad)
    return pool.dilations == Size2D(1, 1) && padding.top < pool.kernel.height && padding.left < pool.kernel.width
      && padding.bottom + pool.overhang.height < pool.kernel.height && padding.right + pool.overhang.width < pool.kernel.width
      && shape[1] > 0 && shape[2] > 0
  }
}

extension Padding2D {
  fileprivate func extended(by pad: Pad) -> Padding2D {
    // The shapes were inferred, so these sums are far from overflow.
    Padding2D(top: top + pad.before[1], left: left + pad.before[2], bottom: bottom + pad.after[1], right: right + pad.after[2])
  }
}
