/// exp(x) / sum of exp(x) along `axis` (non-negative).
package struct Softmax: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard x.shape.indices.contains(axis) else { throw ShapeError("axis \(axis) is outside rank \(x.rank)") }
    return [x]
  }
}
