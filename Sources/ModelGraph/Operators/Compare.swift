/// Truth value of `a op b`, with NumPy broadcasting. NaN is unequal to everything, itself included.
package struct Compare: Operator {
  package enum Kind: Hashable, Sendable, CaseIterable { case equal, notEqual, less, lessOrEqual }
  package var kind: Kind
  package init(_ kind: Kind) { self.kind = kind }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let a = try required(inputs, 0, "first input")
    let b = try required(inputs, 1, "second input")
    try checkSameClass(a, b)
    return [TensorType(.bool, try broadcast(a.shape, b.shape))]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { true }
}
