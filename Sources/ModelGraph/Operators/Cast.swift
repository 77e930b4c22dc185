/// Element-wise conversion to another element type.
///
/// To an integer: floats are cut toward zero and clamped to its range, NaN becomes 0; integers wrap around. To bool: whether x is not 0.
/// Between float types nothing happens: all compute in float32.
package struct Cast: Operator {
  package var elementType: ElementType
  package init(to elementType: ElementType) { self.elementType = elementType }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    [TensorType(elementType, try required(inputs, 0, "input").shape)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { true }
}
