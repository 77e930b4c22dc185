/// Leaky activations written with relu and absolute value.
extension GraphEditor {
  /// relu(x) + a * min(x, 0), where the second term is a * (x - |x|), a * -relu(-x) or a * min(x, 0) with any numbers in it.
  mutating func recognizePRelu(_ position: Int) -> Bool {
    let node = node(position)
    guard let output = node.outputs.first else { return false }
    let terms: [(positive: ValueID, negative: ValueID, sign: Float)]
    if let (a, b) = operands(of: output, .add) {
      terms = [(a, b, 1), (b, a, 1)]
    } else if let (a, b) = operands(of: output, .subtract) {
      terms = [(a, b, -1)]
    } else {
      return false
    }
    for (positive, negative, sign) in terms {
      guard let x = operand(of: positive, .clip(lower: 0, upper: .infinity)), type(x) == type(output),
        let slope = negativeSlope(negative, of: x)
      else { continue }
      let factor = slope.factor * sign
      guard let tensor = slope.tensor else {
        rewrite(position, Unary(.leakyRelu(slope: factor)), [x], node.outputs)
        return true
      }
      let scaled = tensor.mapped { $0 * factor }
      guard scaled.floats.allSatisfy(\.isFinite), (try? broadcast(type(x).shape, scaled.shape)) == type(x).shape else { continue }
      rewrite(position, PRelu(), [x, addConstant(scaled, like: slope.id, "slope")], node.outputs)
      return true
    }
    return false
  }

  private struct Slope {
    var factor: Float
    /// What is not one number for all elements.
    var tensor: Tensor?
    var id: ValueID?
  }

  /// The slope s where `id` is s * min(x, 0).
  private func negativeSlope(_ id: ValueID, of x: ValueID) -> Slope? {
    var slope = Slope(factor: 1)
    var value = id
    while true {
      let inner = factored(value)
      (value, slope.factor) = (inner.x, slope.factor * inner.factor)
      if slope.tensor == nil, let (a, b) = operands(of: value, .multiply), constant(a) != nil || constant(b) != nil {
        (slope.id, slope.tensor) = constant(a) != nil ? (a, constant(a)) : (b, constant(b))
        value = constant(a) != nil ? b : a
        guard type(value) == type(x) else { return nil }
        continue
      }
      break
    }
    if operand(of: value, .clip(lower: -.infinity, upper: 0)) == x { return slope }
    // x - |x| is twice min(x, 0); relu(-x) is -min(x, 0).
    if let (a, b) = operands(of: value, .subtract), a == x, operand(of: b, .abs) == x {
      slope.factor *= 2
      return slope
    }
    if let negated = operand(of: value, .clip(lower: 0, upper: .infinity)) {
      let inner = factored(negated)
      if inner.x == x, inner.factor < 0 {
        slope.factor *= inner.factor
        return slope
      }
    }
    if let (a, b) = operands(of: value, .minimum), a == x && uniform(b) == 0 || b == x && uniform(a) == 0 { return slope }
    return nil
  }
}
