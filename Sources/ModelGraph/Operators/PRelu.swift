/// max(x, 0) + slope * min(x, 0).
///
/// Inputs: x, slope (constant, of a shape that broadcasts to x). Output like x.
package struct PRelu: Operator {
  /// Fused activation.
  package var clamp: ClampRange
  package init(clamp: ClampRange = .none) { self.clamp = clamp }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let (x, slope) = (try required(inputs, 0, "input"), try required(inputs, 1, "slope"))
    guard try broadcast(x.shape, slope.shape) == x.shape else { throw ShapeError("slope \(slope) does not broadcast to \(x)") }
    return [x]
  }
}
