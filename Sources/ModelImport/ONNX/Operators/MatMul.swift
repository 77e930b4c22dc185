import ModelGraph

/// NumPy matrix product: a dense layer where one factor is a constant matrix (leading axes of 1 aside), else a product at run time.
func convertMatMul(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (a, b) = (try c.input(0), try c.input(1))
  let (isConstantA, isConstantB) = (c.builder.constant(of: a) != nil, c.builder.constant(of: b) != nil)
  if isConstantB, !isConstantA || c.shape(b).count <= 2, c.shape(b).dropLast(2).allSatisfy({ $0 == 1 }) {
    return [try multiply(&c, x: a, weightAt: 1)]
  }
  guard isConstantA, !isConstantB, c.shape(a).count == 2, c.shape(b).count >= 2 else { return [try product(&c, a, b)] }
  // A B = (B' A')': swap the last two axes around a dense layer whose weight is A.
  let rank = c.shape(b).count
  let swap = Array(0..<(rank - 2)) + [rank - 1, rank - 2]
  let columns = try c.emit(Transpose(permutation: swap), [b], part: "columns", output: nil)
  let product = try c.emit(Dense(), [columns, a], output: nil)
  return [try c.emit(Transpose(permutation: swap), [product], part: "rows")]
}

/// A product of any two tensors; a vector is a row on the left, a column on the right, and its axis is not one of the result.
private func product(_ c: inout ONNXConversion, _ a: ValueID, _ b: ValueID) throws(DiagnosticError) -> ValueID {
  let (left, right) = (c.shape(a), c.shape(b))
  guard !left.isEmpty, !right.isEmpty else { throw c.failure("bad-shape", "a factor is a scalar", hint: "multiply by scalars with Mul") }
  let x = left.count == 1 ? try c.emit(Reshape(shape: [1] + left), [a], part: "row", output: nil) : a
  let y = right.count == 1 ? try c.emit(Reshape(shape: right + [1]), [b], part: "column", output: nil) : b
  let isMatrix = left.count > 1 && right.count > 1
  let result = try c.emit(MatMul(aRank: c.shape(x).count, bRank: c.shape(y).count), [x, y], output: isMatrix ? 0 : nil)
  if isMatrix { return result }
  var shape = c.shape(result)
  if right.count == 1 { shape.removeLast() }
  if left.count == 1 { shape.remove(at: shape.count - (right.count == 1 ? 1 : 2)) }
  return try c.emit(Reshape(shape: shape), [result], part: "shape")
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
