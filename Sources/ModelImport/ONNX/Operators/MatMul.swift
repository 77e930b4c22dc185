import ModelGraph

/// NumPy matrix product with one constant factor of rank 1 or 2 (leading axes of 1 aside): a dense layer over the last axis.
func convertMatMul(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (a, b) = (try c.input(0), try c.input(1))
  if c.builder.constant(of: b) != nil { return [try multiply(&c, x: a, weightAt: 1)] }
  guard c.builder.constant(of: a) != nil else {
    throw c.unsupported(
      "multiplies two tensors computed at run time", hint: "one factor must be a constant; cut the net before it with --outputs")
  }
  // A B = (B' A')': swap the last two axes around a dense layer whose weight is A.
  let weight = try c.weights(0, "weight")
  let rank = c.shape(b).count
  guard weight.shape.count == 2, rank >= 2 else {
    throw c.unsupported("multiplies a constant \(weight.type) by a tensor of rank \(rank)")
  }
  let swap = Array(0..<(rank - 2)) + [rank - 1, rank - 2]
  let columns = try c.emit(Transpose(permutation: swap), [b], part: "columns", output: nil)
  let product = try c.emit(Dense(), [columns, try c.input(0)], output: nil)
  return [try c.emit(Transpose(permutation: swap), [product], part: "rows")]
}

private func multiply(_ c: inout ONNXConversion, x: ValueID, weightAt index: Int) throws(DiagnosticError) -> ValueID {
  let weight = try c.weights(index, "weight")
  let kept = weight.shape.drop { $0 == 1 }
  let leading = max(0, weight.shape.count - 2)
  guard weight.shape.count >= 1, weight.shape.prefix(leading).allSatisfy({ $0 == 1 }), kept.count <= 2 else {
    throw c.unsupported("multiplies by a constant \(weight.type): a batch of matrices is not supported")
  }
  var value = try c.input(index)
  let isVector = weight.shape.count == 1
  let matrix = isVector ? [weight.shape[0], 1] : Array(weight.shape.suffix(2))
  if matrix != weight.shape { value = try c.emit(Reshape(shape: matrix), [value], part: "matrix", output: nil) }
  let nk = try c.emit(Transpose(permutation: [1, 0]), [value], part: "weight", output: nil)

  let shape = c.shape(x)
  guard let depth = shape.last, depth == matrix[0] else {
    throw c.failure("bad-shape", "the last axis must have the weight's \(matrix[0]) elements", hint: "check the shape given with --shape")
  }
  // A constant of higher rank lifts the product to its rank.
  let lifted = Array(repeating: 1, count: max(0, weight.shape.count - max(2, shape.count))) + shape.dropLast()
  let result = isVector ? lifted : lifted + [matrix[1]]
  let product = Array(shape.dropLast()) + [matrix[1]]
  let dense = try c.emit(Dense(), [x, nk], output: result == product ? 0 : nil)
  return result == product ? dense : try c.emit(Reshape(shape: result), [dense], part: "shape")
}
