import ModelGraph

/// Y = alpha * A' * B' + beta * C: a dense layer where one factor is constant.
func convertGemm(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (a, b) = (try c.input(0), try c.input(1))
  let alpha = try c.node.float("alpha") ?? 1
  let beta = try c.node.float("beta") ?? 1
  let (transA, transB) = (try c.node.flag("transA"), try c.node.flag("transB"))
  guard c.shape(a).count == 2, c.shape(b).count == 2 else {
    throw c.failure("bad-shape", "both factors must have rank 2", hint: "check the shape given with --shape")
  }
  guard alpha.isFinite, beta.isFinite else { throw c.failure("bad-attribute", "alpha \(alpha) or beta \(beta) is not finite") }
  let addend = c.optionalInput(2)
  let rows = c.shape(a)[transA ? 1 : 0]
  let columns = c.shape(b)[transB ? 0 : 1]

  guard c.builder.constant(of: b) != nil else {
    // (A B)' = B' A': the constant left factor is the weight.
    guard c.builder.constant(of: a) != nil else {
      let isFactor = alpha > 0
      let product = MatMul(aRank: 2, bRank: 2, transposesA: transA, transposesB: transB, scale: isFactor ? alpha : 1)
      var value = try c.emit(product, [a, b], output: addend == nil && isFactor ? 0 : nil)
      if !isFactor {
        value = try c.emit(Binary(.multiply), [value, c.scalar(alpha, "alpha")], part: "scaled-product", output: addend == nil ? 0 : nil)
      }
      return [try addScaled(&c, value, addend, beta)]
    }
    let weight = try denseWeight(&c, 0, transpose: transA, scale: alpha)
    let x = transB ? b : try c.emit(Transpose(permutation: [1, 0]), [b], part: "columns", output: nil)
    let product = try c.emit(Dense(), [x, weight], output: nil)
    return [
      try addScaled(&c, try c.emit(Transpose(permutation: [1, 0]), [product], part: "rows", output: addend == nil ? 0 : nil), addend, beta)
    ]
  }
  let weight = try denseWeight(&c, 1, transpose: !transB, scale: alpha)
  let x = transA ? try c.emit(Transpose(permutation: [1, 0]), [a], part: "transposed", output: nil) : a
  if let addend, c.builder.constant(of: addend) != nil {
    let bias = try c.weights(2, "bias")
    let padded = Array(repeating: 1, count: max(0, 2 - bias.shape.count)) + bias.shape
    guard padded.count == 2, padded[0] == 1 || padded[0] == rows, padded[1] == 1 || padded[1] == columns else {
      throw c.failure("bad-shape", "bias \(bias.type) does not broadcast to [\(rows),\(columns)]")
    }
    if padded[0] == 1 {
      if beta == 1, padded[1] == columns, bias.quantized != nil {
        let biasValue = try c.emit(Reshape(shape: [columns]), [addend], part: "bias", output: nil)
        return [try c.emit(Dense(), [x, weight, biasValue])]
      }
      let values = bias.floats.map { $0 * beta }
      let row = padded[1] == columns ? values : Array(repeating: values[0], count: columns)
      let biasValue = c.emitConstant(Tensor(shape: [columns], floats: row), part: "bias", output: nil)
      return [try c.emit(Dense(), [x, weight, biasValue])]
    }
  }
  return [try addScaled(&c, try c.emit(Dense(), [x, weight], output: addend == nil ? 0 : nil), addend, beta)]
}

private func addScaled(_ c: inout ONNXConversion, _ product: ValueID, _ addend: ValueID?, _ beta: Float) throws(DiagnosticError) -> ValueID
{
  guard var addend else { return product }
  if beta != 1 { addend = try c.emit(Binary(.multiply), [addend, c.scalar(beta, "beta")], part: "scaled", output: nil) }
  return try c.emit(Binary(.add), [product, addend], part: "add")
}

/// The constant factor as [N, K], times `scale`.
private func denseWeight(_ c: inout ONNXConversion, _ index: Int, transpose: Bool, scale: Float) throws(DiagnosticError) -> ValueID {
  var tensor = try c.weights(index, "weight")
  var value = try c.input(index)
  if scale != 1 {
    tensor = Tensor(shape: tensor.shape, floats: tensor.floats.map { $0 * scale })
    value = c.emitConstant(tensor, part: "scaled-weight", output: nil)
  }
  return transpose ? try c.emit(Transpose(permutation: [1, 0]), [value], part: "weight", output: nil) : value
}
