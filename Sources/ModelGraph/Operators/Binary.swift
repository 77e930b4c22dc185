/// Element-wise operation on two tensors with NumPy broadcasting.
package struct Binary: Operator {
  package enum Kind: Hashable, Sendable, CaseIterable {
    case add, subtract, multiply, divide, maximum, minimum, power
    /// a - b trunc(a / b), with a's sign; a - b floor(a / b), with b's sign.
    case remainder, modulo

    /// Whether an int8 kernel computes it.
    package var hasInt8Form: Bool {
      switch self {
      case .add, .subtract, .multiply, .divide, .maximum, .minimum: true
      case .power, .remainder, .modulo: false
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
    return [TensorType(a.elementType, try broadcast(a.shape, b.shape))]
  }
}
