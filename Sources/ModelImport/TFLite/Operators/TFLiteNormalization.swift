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
  try node.produce(LocalResponse(axis: 3, before: radius, after: radius, alpha: alpha, beta: beta, bias: bias), [x])
}
