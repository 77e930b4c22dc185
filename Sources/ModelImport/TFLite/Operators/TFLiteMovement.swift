import ModelGraph

func convertConcatenation(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.concatenation)
  var parts: [ValueID] = []
  for index in node.op.inputs.indices { parts.append(try node.input(index, "input \(index)")) }
  guard let first = parts.first else { throw node.fail("bad-node", "it has no input") }
  guard parts.allSatisfy({ node.type(of: $0).elementType == node.type(of: first).elementType }) else {
    throw node.fail("unsupported-type", "its inputs have different types")
  }
  let concat = Concat(axis: try node.axis(Int(try options.integer(0, default: Int32(0))), rank: node.shape(of: first).count))
  switch try node.activation(options, 1) {
  case .clamp(.none): try node.produce(concat, parts)
  case .clamp(let range):
    try node.produce(Unary(.clip(lower: range.lower, upper: range.upper)), [try node.step(concat, parts, "linear")])
  default: try node.produce(Unary(.tanh), [try node.step(concat, parts, "linear")])
  }
}

/// PACK: inputs of one shape side by side along a new axis.
func convertPack(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.pack)
  let rank = node.shape(of: try node.input(0, "first input")).count
  let axis = try node.axis(Int(try options.integer(1, default: Int32(0))), rank: rank + 1)
  var parts: [ValueID] = []
  for index in node.op.inputs.indices {
    let part = try node.input(index, "input \(index)")
    var shape = node.shape(of: part)
    guard shape.count == rank else { throw node.fail("bad-shape", "its inputs have different ranks") }
    shape.insert(1, at: axis)
    parts.append(try node.step(Reshape(shape: shape), [part], "part\(index)"))
  }
  try node.produce(Concat(axis: axis), parts)
}

/// UNPACK: the slices of an axis, each without it.
func convertUnpack(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.unpack)
  let x = try node.input(0, "input")
  var shape = node.shape(of: x)
  let axis = try node.axis(Int(try options.integer(1, default: Int32(0))), rank: shape.count)
  guard shape[axis] == node.op.outputs.count else {
    throw node.fail("bad-shape", "it has \(node.op.outputs.count) outputs for the \(shape[axis]) elements of axis \(axis)")
  }
  let full = shape
  shape.remove(at: axis)
  for index in node.op.outputs.indices {
    let part = try node.step(SliceRange(full, axis: axis, start: index, count: 1).op, [x], "part\(index)")
    try node.reshape(part, to: shape, output: index)
  }
}

/// PAD and PADV2: paddings [rank, 2], the value in a third input.
func convertPad(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let paddings = try node.integers(1, "paddings")
  let rank = node.shape(of: x).count
  guard paddings.count == 2 * rank else {
    throw node.fail("bad-shape", "paddings hold \(paddings.count) numbers, expected \(2 * rank)")
  }
  var value: Float = 0
  if node.operatorName == "PADV2" {
    let tensor = try node.constant(2, "pad value")
    guard tensor.count == 1 else { throw node.fail("bad-shape", "the pad value has \(tensor.count) elements, expected 1") }
    value = tensor.floats[0]
  }
  let before = (0..<rank).map { paddings[2 * $0] }
  let after = (0..<rank).map { paddings[2 * $0 + 1] }
  try node.produce(Pad(before: before, after: after, value: value), [x])
}

func convertTranspose(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let rank = node.shape(of: x).count
  var permutation: [Int] = []
  for axis in try node.integers(1, "permutation") { permutation.append(try node.axis(axis, rank: rank)) }
  try node.produce(Transpose(permutation: permutation), [x])
}

/// DEPTH_TO_SPACE: channel (i * block + j) * C' + c of a pixel is channel c of the pixel at row i, column j of its block.
func convertDepthToSpace(_ node: TFLiteNode) throws(DiagnosticError) {
  let (x, shape, block) = try blockOperands(node, .depthToSpace)
  guard shape[3].isMultiple(of: block * block) else {
    throw node.fail("bad-shape", "\(shape[3]) channels do not divide into blocks of \(block)x\(block)")
  }
  let depth = shape[3] / (block * block)
  let split = try node.step(Reshape(shape: [shape[0], shape[1], shape[2], block, block, depth]), [x], "blocks")
  let moved = try node.step(Transpose(permutation: [0, 1, 3, 2, 4, 5]), [split], "rows")
  try node.reshape(moved, to: [shape[0], shape[1] * block, shape[2] * block, depth])
}

/// SPACE_TO_DEPTH: the inverse of DEPTH_TO_SPACE.
func convertSpaceToDepth(_ node: TFLiteNode) throws(DiagnosticError) {
  let (x, shape, block) = try blockOperands(node, .spaceToDepth)
  guard shape[1].isMultiple(of: block), shape[2].isMultiple(of: block) else {
    throw node.fail("bad-shape", "an image of \(shape[1])x\(shape[2]) does not divide into blocks of \(block)x\(block)")
  }
  let (height, width) = (shape[1] / block, shape[2] / block)
  let split = try node.step(Reshape(shape: [shape[0], height, block, width, block, shape[3]]), [x], "blocks")
  let moved = try node.step(Transpose(permutation: [0, 1, 3, 2, 4, 5]), [split], "pixels")
  try node.reshape(moved, to: [shape[0], height, width, shape[3] * block * block])
}

private func blockOperands(
  _ node: TFLiteNode, _ kind: TFLiteOptionsKind
) throws(DiagnosticError) -> (x: ValueID, shape: [Int], block: Int) {
  let x = try node.input(0, "input")
  let block = Int(try node.requiredOptions(kind).integer(0, default: Int32(0)))
  guard node.shape(of: x).count == 4 else { throw node.fail("bad-shape", "the input must have rank 4, found \(node.type(of: x))") }
  guard (1...4096).contains(block) else { throw node.fail("bad-attribute", "block size \(block) is out of range") }
  return (x, node.shape(of: x), block)
}
