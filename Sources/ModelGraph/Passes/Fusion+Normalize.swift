extension GraphEditor {
  /// A constant factor or addend behind a normalization becomes its gamma or beta, where the runtime needs no transpose for it.
  mutating func fuseNormalizedScale(_ position: Int) -> Bool {
    let node = node(position)
    guard let binary = node.op as? Binary, let (constant, other) = constantOperand(node), let source = soleProducer(other),
      var normalize = self.node(source).op as? Normalize, normalize.clamp == .none, type(other) == type(node.outputs[0]),
      constant.floats.allSatisfy(\.isFinite)
    else { return false }
    let inputs = self.node(source).inputs
    let (gamma, beta) = (inputs.count > 1 ? inputs[1] : nil, inputs.count > 2 ? inputs[2] : nil)
    let factor: Tensor
    switch binary.kind {
    case .multiply where beta == nil, .add: factor = constant
    case .divide where beta == nil && node.inputs[0] == other: factor = constant.mapped { 1 / $0 }
    case .subtract where node.inputs[0] == other: factor = constant.mapped { -$0 }
    default: return false
    }
    let isFactor = binary.kind == .multiply || binary.kind == .divide
    let old = isFactor ? gamma : beta
    var joined = factor
    if let old {
      guard let known = self.constant(old), let result = evaluate(Binary(isFactor ? .multiply : .add), [known, factor])?.first else {
        return false
      }
      joined = result
    }
    guard joined.floats.allSatisfy(\.isFinite) else { return false }
    let shapes = [joined.shape, (isFactor ? beta : gamma).map { type($0).shape } ?? []]
    guard let varying = try? broadcast(shapes[0], shapes[1]), varying.count <= type(other).rank,
      normalize.block(type(other).shape, gamma: varying) != nil
    else { return false }
    let value = addConstant(joined, like: old, isFactor ? "gamma" : "beta")
    normalize.clamp = binary.clamp
    remove(position)
    rewrite(source, normalize, [inputs[0], isFactor ? value : gamma, isFactor ? beta : value], node.outputs)
    return true
  }
}

extension Tensor {
  func mapped(_ transform: (Float) -> Float) -> Tensor {
    Tensor(shape: shape, floats: floats.map(transform), elementType: type.elementType)
  }
}
