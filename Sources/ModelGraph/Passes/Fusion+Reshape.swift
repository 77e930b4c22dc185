/// One and three spatial axes run as images between reshapes, which must not keep a layer apart from what follows or precedes it.
extension GraphEditor {
  /// An element-wise operator behind a reshaped layer goes before the reshape, next to the layer that it can be merged into.
  mutating func hoistAboveReshape(_ position: Int) -> Bool {
    let node = node(position)
    guard let x = node.op is Unary ? node.inputs[0] : constantOperand(node)?.other, type(x) == type(node.outputs[0]),
      let middle = soleProducer(x), self.node(middle).op is Reshape, let shaped = self.node(middle).inputs[0],
      let layer = soleProducer(shaped), self.node(layer).op is any ClampedOperator
    else { return false }
    var inputs: [ValueID?] = node.inputs.map { $0 == x ? shaped : $0 }
    if let constant = constantOperand(node)?.constant {
      // Along the channels alone, and these stay the last axis.
      guard let channels = type(x).shape.last, channels == type(shaped).shape.last, self.node(layer).op is any WeightedOperator,
        let values = constant.perChannel(channels, axisCount: type(x).rank)
      else { return false }
      let flat = addConstant(Tensor(shape: [channels], floats: values), like: node.inputs.first { $0 != x } ?? nil, "constant")
      inputs = node.inputs.map { $0 == x ? shaped : flat }
    }
    let result = addValue("\(graph[node.outputs[0]].name)~flat", type(shaped))
    setQuantization(result, quantization(node.outputs[0]))
    let reshape = Reshape(shape: type(x).shape)
    // The nodes change places, so that each keeps its own operator's identity as far as possible.
    rewrite(position, reshape, [], node.outputs)
    rewrite(middle, node.op, inputs, [result])
    rewrite(position, reshape, [result], node.outputs)
    return true
  }

  /// A clip, or arithmetic with one number, behind a weighted layer whose result is only moved (depth to space, a layout) goes before the move.
  mutating func hoistAboveMove(_ position: Int) -> Bool {
    let node = node(position)
    let operand = constantOperand(node)
    guard let x = operand?.other ?? (isClip(node) ? node.inputs[0] : nil), operand.map({ $0.constant.uniformValue != nil }) ?? true,
      type(x) == type(node.outputs[0]), let middle = soleProducer(x), isMove(middle), let moved = self.node(middle).inputs[0]
    else { return false }
    var source = middle
    while isMove(source) {
      guard let next = soleProducer(self.node(source).inputs[0]) else { return false }
      source = next
    }
    guard let layer = self.node(source).op as? any WeightedOperator, isClip(node) || layer.clamp == .none else { return false }
    var inputs: [ValueID?] = node.inputs.map { $0 == x ? moved : $0 }
    if let value = operand?.constant.uniformValue {
      let scalar = addConstant(Tensor(shape: [], floats: [value]), like: node.inputs.first { $0 != x } ?? nil, "constant")
      inputs = node.inputs.map { $0 == x ? moved : scalar }
    }
    let result = addValue("\(graph[node.outputs[0]].name)~moved", type(moved))
    setQuantization(result, quantization(node.outputs[0]))
    let move = self.node(middle).op
    rewrite(position, move, [], node.outputs)
    rewrite(middle, node.op, inputs, [result])
    rewrite(position, move, [result], node.outputs)
    return true
  }

  private func isMove(_ position: Int) -> Bool { node(position).op is Reshape || node(position).op is Transpose }

  private func isClip(_ node: Node) -> Bool { if case .clip = (node.op as? Unary)?.function { true } else { false } }

  /// A pad of [N, L, C] in front of a window over [N, 1, L, C] goes behind the reshape between them, where the window can take it in.
  mutating func sinkPadBelowReshape(_ position: Int) -> Bool {
    guard node(position).op is Convolution2D || node(position).op is Pool2D, let image = node(position).inputs[0],
      let middle = soleProducer(image), node(middle).op is Reshape, let row = node(middle).inputs[0], let source = soleProducer(row),
      let pad = node(source).op as? Pad, let x = node(source).inputs[0], type(x).rank == 3, quantization(x) == nil
    else { return false }
    let (padded, shape) = (type(row).shape, type(x).shape)
    guard type(image).shape == [padded[0], 1, padded[1], padded[2]] else { return false }
    let unpadded = addValue("\(graph[x].name)~image", TensorType(type(x).elementType, [shape[0], 1, shape[1], shape[2]]))
    let sunk = Pad(
      before: [pad.before[0], 0, pad.before[1], pad.before[2]], after: [pad.after[0], 0, pad.after[1], pad.after[2]], value: pad.value)
    rewrite(middle, sunk, [], [image])
    rewrite(source, Reshape(shape: type(unpadded).shape), [x], [unpadded])
    rewrite(middle, sunk, [unpadded], [image])
    return true
  }
}
