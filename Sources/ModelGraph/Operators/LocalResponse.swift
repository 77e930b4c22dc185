/// Local response normalization along `axis`: x / (bias + alpha * sum of x^2 from `before` places before to `after` places behind)^beta; places
/// outside the axis count as 0.
///
/// Source: Krizhevsky et al. 2012, section 3.3. ONNX and PyTorch divide alpha by the window's length, which is done here already.
package struct LocalResponse: Operator {
  package var axis: Int
  package var before: Int
  package var after: Int
  package var alpha: Float
  package var beta: Float
  package var bias: Float

  package init(axis: Int, before: Int, after: Int, alpha: Float, beta: Float, bias: Float) {
    (self.axis, self.before, self.after) = (axis, before, after)
    (self.alpha, self.beta, self.bias) = (alpha, beta, bias)
  }

  package static let maximumLength = 1 << 16

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard x.shape.indices.contains(axis), before >= 0, after >= 0 else {
      throw ShapeError("a window of \(before) and \(after) places around one does not fit axis \(axis) of \(x)")
    }
    guard x.shape[axis] <= Self.maximumLength else { throw ShapeError("axis \(axis) of \(x) is longer than \(Self.maximumLength)") }
    guard alpha.isFinite, beta.isFinite, bias.isFinite else { throw ShapeError("alpha \(alpha), beta \(beta) and bias \(bias) must be finite") }
    return [x]
  }
}
