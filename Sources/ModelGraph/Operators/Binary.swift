/// Element-wise operation on two tensors with NumPy broadcasting.
package struct Binary: Operator {
  package enum Kind: Hashable, Sendable, CaseIterable {
    /// Of integers: results wrap around, a quotient is cut toward zero.
    case add, subtract, multiply, divide, maximum, minimum, power
    /// a - b trunc(a / b), with a's sign; a - b floor(a / b), with b's sign.
    case remainder, modulo
    /// Integers only: the quotient toward minus infinity, shifts (arithmetic to the right).
    case floorDivide, shiftLeft, shiftRight
    /// Of the bits of integers, or of truth values.
    case and, or, xor

    /// Whether an int8 kernel computes it.
    package var hasInt8Form: Bool {
      switch self {
      case .add, .subtract, .multiply, .divide, .maximum, .minimum: true
      default: false
      }
    }
  }
  package var kind: Kind
  /// Fused activation.
  package var clamp: ClampRange
  package init(_ kind: Kind, clamp: ClampRange = .none) { (self.kind, self.clamp) = (kind, clamp) }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let a = try required(inputs, 0, "first input")
    let b = try required(inputs, 1, "second input")
    try checkSameClass(a, b)
    return [TensorType(a.elementType, try broadcast(a.shape, b.shape))]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool {
    switch (kind, elementClass) {
    case (.and, .boolean), (.or, .boolean), (.xor, .boolean): true
    case (_, .boolean), (.and, .float), (.or, .float), (.xor, .float): false
    case (.floorDivide, .float), (.shiftLeft, .float), (.shiftRight, .float): false
    case (_, .integer): clamp == .none
    case (_, .float): true
    }
  }
}
