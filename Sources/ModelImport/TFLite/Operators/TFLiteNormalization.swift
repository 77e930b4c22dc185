import ModelGraph

/// L2_NORMALIZATION: x / max(|x|, 1e-6) over the last axis.
func convertL2Normalization(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let rank = node.shape(of: x).count
  guard rank > 0 else { throw node.fail("bad-shape", "a scalar has no axis to normalize") }
  try node.produce([x], activation: try node.activation(node.options(.l2Norm), 0)) {
    Normalize(.l2, axes: [rank - 1], epsilon: 1e-6, clamp: $0)
  }
}

/// LOCAL_RESPONSE_NORMALIZATION: x / (bias + alpha * sum of the squares of the channels up to `radius` away) ^ beta.
func convertLocalResponseNormalization(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let options = node.options(.localResponseNormalization)
  let (radius, bias) = (Int(try options?.integer(0, default: Int32(0)) ?? 0), try options?.float(1, default: 0) ?? 0)
  let (alpha, beta) = (try options?.float(2, default: 0) ?? 0, try options?.float(3, default: 0) ?? 0)
  let shape = node.shape(of: x)
  guard shape.count == 4 else { throw node.fail("bad-shape", "the input must have rank 4, found \(node.type(of: x))") }
  guard radius >= 0, radius < 1 << 20, bias.isFinite, alpha.isFinite, beta.isFinite else {
    throw node.fail("bad-attribute", "radius \(radius), bias \(bias), alpha \(alpha) and beta \(beta) must be finite, the radius not negative")
  }
  let square = try node.step(Unary(.square), [x], "square")
  let image = try node.step(Reshape(shape: [1, shape.dropLast().reduce(1, *), shape[3], 1]), [square], "image")
  let pool = Pool2D(
    .average, kernel: Size2D(1, 2 * radius + 1), padding: Padding2D(left: radius, right: radius), countsPadding: true)
  let mean = try node.step(Reshape(shape: shape), [try node.step(pool, [image], "mean")], "mean_image")
  let scaled = try node.step(Binary(.multiply), [mean, node.scalar(alpha * Float(2 * radius + 1), "alpha")], "scaled")
  let sum = try node.step(Binary(.add), [scaled, node.scalar(bias, "bias")], "sum")
  try node.produce(Binary(.divide), [x, try node.step(Binary(.power), [sum, node.scalar(beta, "beta")], "power")])
}
