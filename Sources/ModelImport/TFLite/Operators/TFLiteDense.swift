import ModelGraph

/// FULLY_CONNECTED: weight [N, K]. Without `keep_num_dims` the input is flattened to [-1, K].
func convertFullyConnected(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = node.options(.fullyConnected)
  let format = try options?.integer(1, default: Int8(0)) ?? 0
  guard format == 0 else { throw node.fail("unsupported-attribute", "weights format \(format) is not supported, expected DEFAULT") }
  var x = try node.input(0, "input")
  let weight = try node.input(1, "weight")
  let shape = node.shape(of: weight)
  guard shape.count == 2, shape[1] >= 1 else { throw node.fail("bad-shape", "weight must have shape [N, K], found \(shape)") }
  let type = node.type(of: x)
  let keepsDimensions = try options?.bool(2) ?? false
  if type.shape.last != shape[1] || (type.rank != 2 && !keepsDimensions) {
    guard !keepsDimensions, type.elementCount.isMultiple(of: shape[1]) else {
      throw node.fail("bad-shape", "the input's elements do not divide into rows of \(shape[1])")
    }
    x = try node.step(Reshape(shape: [type.elementCount / shape[1], shape[1]]), [x], "flatten")
  }
  guard node.importer.builder.constant(of: weight) != nil else { return try convertProduct(node, x, weight, options) }
  let bias = try biasVector(node, 2, count: shape[0])
  try node.produce([x, weight, bias], activation: try node.activation(options, 0)) { Dense(clamp: $0) }
}

/// FULLY_CONNECTED whose weight [N, K] is computed at run time.
private func convertProduct(_ node: TFLiteNode, _ x: ValueID, _ weight: ValueID, _ options: FlatTable?) throws(DiagnosticError) {
  let activation = try node.activation(options, 0)
  var product = MatMul(aRank: node.shape(of: x).count, bRank: 2, transposesB: true)
  guard let bias = try node.optionalInput(2) else {
    return try node.produce([x, weight], activation: activation) { clamp in
      product.clamp = clamp
      return product
    }
  }
  try node.produce([try node.step(product, [x, weight], "product"), bias], activation: activation) { Binary(.add, clamp: $0) }
}

/// BATCH_MATMUL: batches of products with broadcasting; adj_x and adj_y exchange the last two axes of a factor.
func convertBatchMatMul(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = node.options(.batchMatMul)
  let (a, b) = (try node.input(0, "left factor"), try node.input(1, "right factor"))
  let product = MatMul(
    aRank: node.shape(of: a).count, bRank: node.shape(of: b).count, transposesA: try options?.bool(0) ?? false,
    transposesB: try options?.bool(1) ?? false)
  try node.produce(product, [a, b])
}
