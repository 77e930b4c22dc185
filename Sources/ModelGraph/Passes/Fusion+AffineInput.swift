/// y = layer(x * scale) and layer(x + shift) by constants along the channels: the scaling in front of a net, batch norms before a layer.
extension GraphEditor {
  /// A constant multiply before a layer goes into the weights of each input channel; an add into the bias, where no padding is added after it.
  mutating func fuseAffineInput(_ position: Int) -> Bool {
    let layer = node(position)
    guard let op = layer.op as? any WeightedOperator, layer.inputs.count >= 2, let x = layer.inputs[0], let weightID = layer.inputs[1],
      let weight = constant(weightID), weight.quantized == nil, weight.count > 0, let source = soleProducer(x),
      let binary = node(source).op as? Binary, binary.clamp == .none, let (constant, input) = constantOperand(node(source)),
      type(input) == type(x), let channels = type(x).shape.last,
      let values = constant.perChannel(channels, axisCount: type(x).rank), let depth = weight.shape.last
    else { return false }
    let biasID = layer.inputs.count > 2 ? layer.inputs[2] : nil
    guard biasID == nil || self.constant(biasID) != nil else { return false }
    let isSecond = node(source).inputs[0] == input
    var weights = weight.floats
    var bias = self.constant(biasID)?.floats ?? [Float](repeating: 0, count: weight.shape[0])
    let perGroup = max(weight.shape[0] / max(channels / max(depth, 1), 1), 1)
    /// The input channel that a weight meets.
    func channel(_ index: Int) -> Int { index / (weights.count / weight.shape[0]) / perGroup * depth + index % depth }
    func addToBias(_ shifts: [Float]) {
      for index in weights.indices { bias[index / (weights.count / weight.shape[0])] += weights[index] * shifts[channel(index)] }
    }
    let addsNoPadding = op is Dense || (op as? Convolution2D)?.padding == Padding2D()
    switch binary.kind {
    case .multiply, .divide where isSecond:
      for index in weights.indices {
        let factor = values[channel(index)]
        weights[index] = binary.kind == .multiply ? weights[index] * factor : weights[index] / factor
      }
    case .add where addsNoPadding: addToBias(values)
    case .subtract where isSecond && addsNoPadding: addToBias(values.map { -$0 })
    default: return false
    }
    guard weights.allSatisfy(\.isFinite), bias.allSatisfy(\.isFinite) else { return false }
    var inputs: [ValueID?] = [input, addConstant(Tensor(shape: weight.shape, floats: weights), like: weightID, "weight")]
    if biasID != nil || binary.kind == .add || binary.kind == .subtract {
      inputs.append(addConstant(Tensor(shape: [weight.shape[0]], floats: bias), like: biasID, "\(layer.name).bias"))
    }
    remove(source)
    rewrite(position, layer.op, inputs, layer.outputs)
    return true
  }
}
