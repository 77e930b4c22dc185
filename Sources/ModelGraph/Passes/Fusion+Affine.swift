/// y = x * scale + shift by constants: batch norms, biases, and the scaling around them.
extension GraphEditor {
  /// A constant multiply or add after a convolution or dense layer goes into its weights and bias.
  mutating func fuseAffine(_ position: Int) -> Bool {
    let node = node(position)
    guard let binary = node.op as? Binary, let (constant, x) = constantOperand(node), let source = soleProducer(x) else { return false }
    let layer = self.node(source)
    guard layer.inputs.count >= 2, let weightID = layer.inputs[1], let weight = self.constant(weightID),
      let channels = weight.shape.first, channels > 0, type(node.outputs[0]) == type(x),
      let values = constant.perChannel(channels, axisCount: type(x).rank)
    else { return false }
    guard var op = layer.op as? any WeightedOperator else { return false }
    let biasID = layer.inputs.count > 2 ? layer.inputs[2] : nil
    guard op.clamp == .none, biasID == nil || self.constant(biasID) != nil else { return false }
    let bias = self.constant(biasID)?.floats ?? [Float](repeating: 0, count: channels)

    let isSecond = node.inputs[0] == x
    let (scales, shifts): ([Float]?, [Float]?)
    switch binary.kind {
    case .multiply: (scales, shifts) = (values, nil)
    case .divide where isSecond: (scales, shifts) = (values.map { 1 / $0 }, nil)
    case .add: (scales, shifts) = (nil, values)
    case .subtract where isSecond: (scales, shifts) = (nil, values.map { -$0 })
    case .subtract: (scales, shifts) = ([Float](repeating: -1, count: channels), values)
    default: return false
    }
    // Weights and biases that came as integers stay those integers.
    guard self.constant(biasID)?.quantized == nil, scales == nil || weight.quantized == nil else { return false }
    var weights = weight.floats
    var newBias = bias
    if let scales {
      let depth = weights.count / channels
      for index in weights.indices { weights[index] *= scales[index / depth] }
      for channel in newBias.indices { newBias[channel] *= scales[channel] }
    }
    if let shifts { for channel in newBias.indices { newBias[channel] += shifts[channel] } }
    guard weights.allSatisfy(\.isFinite), newBias.allSatisfy(\.isFinite) else { return false }

    var inputs = Array(layer.inputs.prefix(2))
    if scales != nil { inputs[1] = addConstant(Tensor(shape: weight.shape, floats: weights), like: weightID, "weight") }
    if biasID != nil || shifts != nil {
      inputs.append(addConstant(Tensor(shape: [channels], floats: newBias), like: biasID, "\(layer.name).bias"))
    }
    op.clamp = binary.clamp
    remove(position)
    rewrite(source, op, inputs, node.outputs)
    return true
  }

  /// Joins two constant multiplies or adds, and moves an add behind a multiply where that lets two multiplies meet.
  mutating func fuseChain(_ position: Int) -> Bool {
    let node = node(position)
    guard let outer = affine(node), let source = soleProducer(outer.x), let inner = affine(self.node(source)),
      inner.clamp == .none, type(node.outputs[0]) == type(outer.x), type(inner.x) == type(outer.x)
    else { return false }
    if outer.kind == inner.kind {
      guard let joined = combined(outer.kind, inner.constant, outer.constant) else { return false }
      let constant = addConstant(joined, like: outer.id, "constant")
      remove(source)
      rewrite(position, Binary(outer.kind, clamp: outer.clamp), [inner.x, constant], node.outputs)
      return true
    }
    guard outer.kind == .multiply, inner.kind == .add, let first = soleProducer(inner.x), let innermost = affine(self.node(first)),
      innermost.kind == .multiply, innermost.clamp == .none, type(innermost.x) == type(inner.x),
      let scale = combined(.multiply, innermost.constant, outer.constant), let shift = combined(.multiply, inner.constant, outer.constant)
    else { return false }
    let scaled = addValue("\(graphName(outer.x))~scaled", type(outer.x))
    let (scaleID, shiftID) = (addConstant(scale, like: outer.id, "scale"), addConstant(shift, like: inner.id, "shift"))
    remove(source)
    rewrite(first, Binary(.multiply), [innermost.x, scaleID], [scaled])
    rewrite(position, Binary(.add, clamp: outer.clamp), [scaled, shiftID], node.outputs)
    return true
  }

  private struct Affine {
    var kind: Binary.Kind
    var x: ValueID
    var constant: Tensor
    var id: ValueID?
    var clamp: ClampRange
  }

  /// The node as x * constant or x + constant.
  private func affine(_ node: Node) -> Affine? {
    guard let binary = node.op as? Binary, let (constant, x) = constantOperand(node), case .floats(let values) = constant.elements,
      values.allSatisfy(\.isFinite)
    else { return nil }
    let id = node.inputs[0] == x ? node.inputs[1] : node.inputs[0]
    let isSecond = node.inputs[0] == x
    let (kind, changed): (Binary.Kind, [Float])
    switch binary.kind {
    case .multiply, .add: (kind, changed) = (binary.kind, values)
    case .divide where isSecond: (kind, changed) = (.multiply, values.map { 1 / $0 })
    case .subtract where isSecond: (kind, changed) = (.add, values.map { -$0 })
    default: return nil
    }
    guard changed.allSatisfy(\.isFinite) else { return nil }
    return Affine(kind: kind, x: x, constant: Tensor(shape: constant.shape, floats: changed), id: id, clamp: binary.clamp)
  }

  /// nil where the result would be larger than both, or not finite.
  private func combined(_ kind: Binary.Kind, _ a: Tensor, _ b: Tensor) -> Tensor? {
    guard let result = evaluate(Binary(kind), [a, b])?.first, result.count == max(a.count, b.count),
      result.floats.allSatisfy(\.isFinite)
    else { return nil }
    return result
  }

  private func graphName(_ id: ValueID) -> String { graph[id].name }
}

extension Tensor {
  /// One float a channel, where the constant is the same along all axes but the last of a tensor of that rank.
  func perChannel(_ channels: Int, axisCount: Int) -> [Float]? {
    guard case .floats(let values) = elements, shape.count <= axisCount else { return nil }
    if values.count == 1 { return [Float](repeating: values[0], count: channels) }
    guard shape.last == channels, values.count == channels else { return nil }
    return values
  }
}
