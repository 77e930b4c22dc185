/// x times a gate made of x: GELU in both forms, Mish.
extension GraphEditor {
  /// 0.5 x (1 + erf(x / sqrt 2)) and 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) in any order of their products; x tanh(softplus(x)).
  mutating func recognizeGate(_ position: Int) -> Bool {
    let node = node(position)
    if let output = node.outputs.first, let (a, b) = operands(of: output, .multiply) {
      for (x, gate) in [(a, b), (b, a)] where operand(of: operand(of: gate, .tanh), .softplus) == x {
        rewrite(position, Unary(.mish), [x], node.outputs)
        return true
      }
    }
    guard let unary = node.op as? Unary, let argument = node.inputs[0], let sum = reader(of: node.outputs[0]),
      shifted(self.node(sum).outputs.first, by: 1) == node.outputs[0], let end = gateEnd(self.node(sum).outputs[0])
    else { return false }
    let function: Unary.Function
    let slope = (2 / Float.pi).squareRoot()
    guard let formula = polynomial(argument, in: end.x) else { return false }
    switch unary.function {
    case .erf where formula.isNearly([0, Float(0.5).squareRoot()]): function = .gelu
    case .tanh where formula.isNearly([0, slope, 0, 0.044715 * slope]): function = .geluTanh
    default: return false
    }
    rewrite(end.position, Unary(function), [end.x], self.node(end.position).outputs)
    return true
  }

  /// The one node that reads a value that is no output.
  private func reader(of id: ValueID) -> Int? {
    let all = readers(id)
    return all.count == 1 && !isOutput(id) ? all[0] : nil
  }

  /// Follows a value through products: by one other tensor x, once, and by numbers, until the numbers' product is 0.5.
  private func gateEnd(_ start: ValueID) -> (position: Int, x: ValueID)? {
    var (value, factor) = (start, Float(1))
    var x: ValueID?
    while let position = reader(of: value), let binary = node(position).op as? Binary, binary.clamp == .none,
      let a = node(position).inputs[0], let b = node(position).inputs[1]
    {
      let other = a == value ? b : a
      if binary.kind == .multiply, let number = uniform(other) {
        factor *= number
      } else if binary.kind == .divide, a == value, let number = uniform(other) {
        factor /= number
      } else if binary.kind == .multiply, x == nil, a != b, type(other) == type(value) {
        // The factor 0.5 may have been applied to x instead.
        let inner = factored(other)
        if (factor * inner.factor).isNearly(0.5) { (x, factor) = (inner.x, 0.5) } else { x = other }
      } else {
        return nil
      }
      value = node(position).outputs[0]
      if let x, factor.isNearly(0.5), type(value) == type(x) { return (position, x) }
    }
    return nil
  }

  /// The coefficients of `id` as a polynomial of x of degree 3 at most, from the constant one on.
  private func polynomial(_ id: ValueID, in x: ValueID, depth: Int = 8) -> Polynomial? {
    if id == x { return Polynomial([0, 1]) }
    if let number = uniform(id) { return Polynomial([number]) }
    guard depth > 0 else { return nil }
    func inner(_ id: ValueID) -> Polynomial? { polynomial(id, in: x, depth: depth - 1) }
    if let (a, b) = operands(of: id, .add), let p = inner(a), let q = inner(b) { return p + q }
    if let (a, b) = operands(of: id, .multiply), let p = inner(a), let q = inner(b) { return p * q }
    if let (a, b) = operands(of: id, .divide), let p = inner(a), let number = uniform(b), number != 0 { return p * Polynomial([1 / number]) }
    if let base = square(id), let p = inner(base) { return p * p }
    if let (a, b) = operands(of: id, .power), uniform(b) == 3, let p = inner(a) { return (p * p).flatMap { $0 * p } }
    // x may itself be a multiple of something that the formula reads.
    let (own, other) = (factored(id), factored(x))
    return own.x == other.x && other.factor != 0 ? Polynomial([0, own.factor / other.factor]) : nil
  }
}

/// Coefficients in ascending order.
private struct Polynomial {
  var coefficients: [Float]
  init(_ coefficients: [Float]) { self.coefficients = coefficients }

  static func + (a: Polynomial, b: Polynomial) -> Polynomial {
    let count = max(a.coefficients.count, b.coefficients.count)
    func at(_ p: Polynomial, _ index: Int) -> Float { index < p.coefficients.count ? p.coefficients[index] : 0 }
    return Polynomial((0..<count).map { at(a, $0) + at(b, $0) })
  }

  /// nil beyond degree 3.
  static func * (a: Polynomial, b: Polynomial) -> Polynomial? {
    let count = a.coefficients.count + b.coefficients.count - 1
    guard count <= 4 else { return nil }
    var result = [Float](repeating: 0, count: count)
    for (i, x) in a.coefficients.enumerated() {
      for (j, y) in b.coefficients.enumerated() { result[i + j] += x * y }
    }
    return Polynomial(result)
  }

  /// Whether this formula is meant, its numbers written with fewer digits.
  func isNearly(_ other: [Float]) -> Bool {
    coefficients.count == other.count && zip(coefficients, other).allSatisfy { $1 == 0 ? $0.magnitude < 1e-6 : $0.isNearly($1) }
  }
}
