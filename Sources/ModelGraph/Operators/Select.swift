/// condition ? a : b for each element, with NumPy broadcasting of all three (inputs 0, 1, 2).
package struct Select: Operator {
  package init() {}

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let condition = try required(inputs, 0, "condition")
    let a = try required(inputs, 1, "first choice")
    let b = try required(inputs, 2, "second choice")
    guard condition.elementType == .bool else { throw ShapeError("the condition must be bool, found \(condition)") }
    try checkSameClass(a, b)
    return [TensorType(a.elementType, try broadcast(condition.shape, try broadcast(a.shape, b.shape)))]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { input > 0 || elementClass == .boolean }
}
