import ModelGraph

/// MATRIX_DIAG: each vector [n] on the diagonal of a matrix [n, n] of zeros.
func convertMatrixDiagonal(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "diagonal")
  let shape = node.shape(of: x)
  guard let size = shape.last else { throw node.fail("bad-shape", "a scalar is no diagonal") }
  let rows = try node.step(Reshape(shape: shape.dropLast() + [1, size]), [x], "rows")
  let zero = node.addConstant(try node.filled(0, [], like: node.type(of: x).elementType), "zero")
  try node.produce(Select(), [try diagonalMask(node, size, size), rows, zero])
}

/// MATRIX_SET_DIAG: matrices [m, n] with their diagonals replaced by vectors [min(m, n)].
func convertMatrixSetDiagonal(_ node: TFLiteNode) throws(DiagnosticError) {
  let (x, diagonal) = (try node.input(0, "input"), try node.input(1, "diagonal"))
  let shape = node.shape(of: x)
  guard shape.count >= 2, node.shape(of: diagonal) == shape.dropLast(2) + [min(shape[shape.count - 2], shape[shape.count - 1])] else {
    throw node.fail("bad-shape", "the diagonal \(node.type(of: diagonal)) does not fit the input")
  }
  let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
  var spread = try node.step(Reshape(shape: shape.dropLast(2) + [1, min(rows, columns)]), [diagonal], "rows")
  if columns > rows {
    var after = shape.map { _ in 0 }
    after[shape.count - 1] = columns - rows
    spread = try node.step(Pad(before: shape.map { _ in 0 }, after: after), [spread], "padded")
  }
  try node.produce(Select(), [try diagonalMask(node, rows, columns), spread, x])
}

private func diagonalMask(_ node: TFLiteNode, _ rows: Int, _ columns: Int) throws(DiagnosticError) -> ValueID {
  let count = try node.checked { () throws(ShapeError) in try checkedProduct([rows, columns]) }
  guard count <= 1 << 22 else { throw node.fail("bad-shape", "a mask of \(rows)x\(columns) is too large") }
  let flags = (0..<count).map { $0 / columns == $0 % columns ? Int64(1) : 0 }
  return node.addConstant(Tensor(shape: [rows, columns], integers: flags, elementType: .bool), "diagonal")
}

/// DILATE: `value` between the elements of each axis, dilation - 1 of them.
func convertDilate(_ node: TFLiteNode) throws(DiagnosticError) {
  var x = try node.input(0, "input")
  let (shape, dilations, fill) = (node.shape(of: x), try node.integers(1, "dilations"), try node.constant(2, "padding value"))
  guard dilations.count == shape.count, dilations.allSatisfy((1...4096).contains), fill.count == 1 else {
    throw node.fail("bad-attribute", "dilations \(dilations) do not fit the input, expected one from 1 on for each axis")
  }
  for axis in shape.indices where dilations[axis] > 1 {
    var now = node.shape(of: x)
    now.insert(1, at: axis + 1)
    let column = try node.step(Reshape(shape: now), [x], "axis\(axis)_column")
    var after = now.map { _ in 0 }
    after[axis + 1] = dilations[axis] - 1
    let padded = try node.step(Pad(before: now.map { _ in 0 }, after: after, value: fill.floats[0]), [column], "axis\(axis)_padded")
    now.remove(at: axis + 1)
    now[axis] *= dilations[axis]
    let long = try node.step(Reshape(shape: now), [padded], "axis\(axis)_joined")
    x = try node.step(SliceRange(now, axis: axis, start: 0, count: now[axis] - dilations[axis] + 1).op, [long], "axis\(axis)")
  }
  try node.alias(x)
}
