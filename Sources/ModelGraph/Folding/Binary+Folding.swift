import RealModule

extension Binary: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 2, let a = inputs[0], let b = inputs[1], let output = outputs.first else { return nil }
    let ai = stridedIndices(output.shape, broadcastStrides(a.shape, to: output.shape))
    let bi = stridedIndices(output.shape, broadcastStrides(b.shape, to: output.shape))
    switch (a.elements, b.elements) {
    case (.floats(let x), .floats(let y)) where computes(on: .float, input: 0):
      let values = zip(ai, bi).map { clamp.applied(to: kind.applied(x[$0], y[$1])) }
      return [Tensor(shape: output.shape, floats: values, elementType: output.elementType)]
    case (.integers(let x), .integers(let y)):
      guard clamp == .none else { return nil }
      var values: [Int64] = []
      values.reserveCapacity(ai.count)
      for (i, j) in zip(ai, bi) {
        guard let value = kind.applied(x[i], y[j]) else { return nil }
        values.append(output.elementType.wrapped(value))
      }
      return [Tensor(shape: output.shape, integers: values, elementType: output.elementType)]
    default: return nil
    }
  }
}

extension Binary.Kind {
  func applied(_ a: Float, _ b: Float) -> Float {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
    case .minimum: a.isNaN || b.isNaN ? .nan : min(a, b)
    // RealModule's pow has no value for a negative base and an integral exponent held as a float.
    case .power:
      if let exponent = Int(exactly: b) { Float.pow(a, exponent) } else { Float.pow(a, b) }
    case .remainder: b == 0 ? .nan : a.truncatingRemainder(dividingBy: b)
    case .modulo: floored(b == 0 ? .nan : a.truncatingRemainder(dividingBy: b), b)
    case .floorDivide: (a / b).rounded(.down)
    case .shiftLeft, .shiftRight, .and, .or, .xor: .nan
    }
  }

  private func floored(_ remainder: Float, _ divisor: Float) -> Float {
    remainder != 0 && (remainder < 0) != (divisor < 0) ? remainder + divisor : remainder
  }

  /// nil where the result leaves Int64 or is undefined. Division truncates.
  func applied(_ a: Int64, _ b: Int64) -> Int64? {
    let (value, overflow): (Int64, Bool)
    switch self {
    case .add: (value, overflow) = a.addingReportingOverflow(b)
    case .subtract: (value, overflow) = a.subtractingReportingOverflow(b)
    case .multiply: (value, overflow) = a.multipliedReportingOverflow(by: b)
    case .divide: (value, overflow) = a.dividedReportingOverflow(by: b)
    case .maximum: (value, overflow) = (max(a, b), false)
    case .minimum: (value, overflow) = (min(a, b), false)
    case .power:
      guard b >= 0 else { return nil }
      if a == 0 || a == 1 { return b == 0 ? 1 : a }
      if a == -1 { return b % 2 == 0 ? 1 : -1 }
      guard b < 64 else { return nil }
      var product: Int64 = 1
      for _ in 0..<b {
        let (next, overflow) = product.multipliedReportingOverflow(by: a)
        guard !overflow else { return nil }
        product = next
      }
      (value, overflow) = (product, false)
    case .remainder: (value, overflow) = a.remainderReportingOverflow(dividingBy: b)
    case .modulo:
      let (remainder, isUndefined) = a.remainderReportingOverflow(dividingBy: b)
      (value, overflow) = (remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder, isUndefined)
    case .floorDivide:
      let (quotient, isUndefined) = a.dividedReportingOverflow(by: b)
      (value, overflow) = (!isUndefined && a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient, isUndefined)
    case .shiftLeft: (value, overflow) = ((0..<64).contains(b) ? a << b : 0, false)
    case .shiftRight: (value, overflow) = (a >> ((0..<64).contains(b) ? b : 63), false)
    case .and: (value, overflow) = (a & b, false)
    case .or: (value, overflow) = (a | b, false)
    case .xor: (value, overflow) = (a ^ b, false)
    }
    return overflow ? nil : value
  }
}

extension ClampRange {
  /// NaN passes, as it does through the kernels' comparisons.
  func applied(to value: Float) -> Float { value.isNaN ? value : min(max(value, lower), upper) }
}
