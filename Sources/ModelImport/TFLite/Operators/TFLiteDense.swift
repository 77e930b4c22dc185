import ModelGraph

/// FULLY_CONNECTED: weight [N, K]. Without `keep_num_dims` the input is flattened to [-1, K].
func convertFullyConnected(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = node.options(.fullyConnected)
  let format = try options?.integer(1, default: Int8(0)) ?? 0
  guard format == 0 else { throw node.fail("unsupported-attribute", "weights format \(format) is not supported, expected DEFAULT") }
  var x = try node.input(0, "input")
  let weight = try node.input(1, "weight")
  let shape = try node.constant(of: weight, "weight").shape
  guard shape.count == 2, shape[1] >= 1 else { throw node.fail("bad-shape", "weight must have shape [N, K], found \(shape)") }
  let type = node.type(of: x)
  let keepsDimensions = try options?.bool(2) ?? false
  if type.shape.last != shape[1] || (type.rank != 2 && !keepsDimensions) {
    guard !keepsDimensions, type.elementCount.isMultiple(of: shape[1]) else {
      throw node.fail("bad-shape", "the input's elements do not divide into rows of \(shape[1])")
    }
    x = try node.step(Reshape(shape: [type.elementCount / shape[1], shape[1]]), [x], "flatten")
  }
  let bias = try biasVector(node, 2, count: shape[0])
  try node.produce([x, weight, bias], activation: try node.activation(options, 0)) { Dense(clamp: $0) }
}
