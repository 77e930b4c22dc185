import ModelGraph

/// RESHAPE: the shape stands in a second input or in the options; one -1 is inferred.
func convertReshape(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let declared = try node.options(.reshape)?.integers(0, of: Int32.self) ?? []
  var shape: [Int]
  if node.op.inputs.count > 1, node.op.inputs[1] >= 0, declared.isEmpty || node.importer.isConstant(node.op.inputs[1]) {
    shape = try node.integers(1, "shape")
  } else {
    // Old converters wrote [0] for a scalar.
    shape = declared == [0] ? [] : declared
  }
  if let free = shape.firstIndex(of: -1) {
    shape[free] = 1
    let known = try node.checked { () throws(ShapeError) in try checkedProduct(shape) }
    guard known > 0 else { throw node.fail("bad-shape", "-1 in the shape cannot be inferred beside a 0") }
    shape[free] = node.type(of: x).elementCount / known
  }
  try node.reshape(x, to: shape)
}

func convertSqueeze(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let shape = node.shape(of: x)
  var axes: Set<Int> = []
  for axis in try node.options(.squeeze)?.integers(0, of: Int32.self) ?? [] { axes.insert(try node.axis(axis, rank: shape.count)) }
  if axes.isEmpty { axes = Set(shape.indices.filter { shape[$0] == 1 }) }
  guard axes.allSatisfy({ shape[$0] == 1 }) else { throw node.fail("bad-shape", "axes \(axes.sorted()) are not all of length 1") }
  try node.reshape(x, to: shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
}

func convertExpandDims(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  var shape = node.shape(of: x)
  shape.insert(1, at: try node.axis(try node.integer(1, "axis"), rank: shape.count + 1))
  try node.reshape(x, to: shape)
}

/// SHAPE is a constant: shapes are static here.
func convertShape(_ node: TFLiteNode) throws(DiagnosticError) {
  let shape = node.shape(of: try node.input(0, "input"))
  let isInt64 = try node.options(.shape)?.integer(0, default: Int8(0)) ?? 0 == 4
  try node.produceConstant(Tensor(shape: [shape.count], integers: shape.map { Int64($0) }, elementType: isInt64 ? .int64 : .int32))
}

func convertRank(_ node: TFLiteNode) throws(DiagnosticError) {
  let rank = node.shape(of: try node.input(0, "input")).count
  try node.produceConstant(Tensor(shape: [], integers: [Int64(rank)], elementType: .int32))
}

func convertBroadcast(_ node: TFLiteNode) throws(DiagnosticError) {
  let shape = try node.integers(1, "shape")
  try node.produce(Broadcast(shape: shape), [try node.input(0, "input")])
}

/// BROADCAST_ARGS: the shape that two shapes, both constant, broadcast to.
func convertBroadcastShapes(_ node: TFLiteNode) throws(DiagnosticError) {
  let (a, b) = (try node.integers(0, "first shape"), try node.integers(1, "second shape"))
  let shape = try node.checked { () throws(ShapeError) in try broadcast(a, b) }
  let type = try node.constant(0, "first shape").type.elementType
  try node.produceConstant(Tensor(shape: [shape.count], integers: shape.map { Int64($0) }, elementType: type))
}

extension TFLiteNode {
  /// Fills output `index` with another shape of a value.
  func reshape(_ value: ValueID, to shape: [Int], output index: Int = 0) throws(DiagnosticError) {
    if self.shape(of: value) == shape { return try alias(value, output: index) }
    try produce(Reshape(shape: shape), [value], output: index)
  }
}
