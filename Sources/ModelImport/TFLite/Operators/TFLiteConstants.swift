import ModelGraph

/// No constant made here has more elements: models make index and padding vectors this way, never weights.
private let maximumMadeElements = 1 << 24

/// DEQUANTIZE: the same numbers in float. Values of the graph are floats however they are held, float16 weights included.
func convertDequantize(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  guard node.type(of: x).elementType == .float32 else {
    throw node.fail(
      "unsupported-type", "it dequantizes \(node.type(of: x)) without a scale, expected float16 weights or a quantized tensor")
  }
  try node.alias(x)
}

/// QUANTIZE: the same numbers rounded to the output's levels, from float or from other levels.
func convertQuantize(_ node: TFLiteNode) throws(DiagnosticError) {
  guard try node.outputQuantization() != nil else {
    throw node.fail("unsupported-type", "its output has no scale", hint: "export the model again")
  }
  try node.alias(try node.input(0, "input"))
}

/// CAST: every float type is float32 here.
func convertCast(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  guard let output = node.op.outputs.first, let target = node.importer.model.tensors[output].elementType else {
    throw node.fail("unsupported-type", "it casts to a type that no operator takes")
  }
  let from = node.type(of: x).elementType
  if from == target || (from.elementClass == .float && target.elementClass == .float) { return try node.alias(x) }
  try node.produce(Cast(to: target == .float16 ? .float32 : target), [x])
}

/// RANGE of integers: start, limit (excluded), delta.
func convertRange(_ node: TFLiteNode) throws(DiagnosticError) {
  let (start, limit, delta) = (try node.integer(0, "start"), try node.integer(1, "limit"), try node.integer(2, "delta"))
  let bound = 1 << 31
  guard delta != 0, [start, limit, delta].allSatisfy({ (-bound...bound).contains($0) }) else {
    throw node.fail("bad-attribute", "a range from \(start) to \(limit) by \(delta)")
  }
  let count = max(0, delta > 0 ? (limit - start + delta - 1) / delta : (start - limit - delta - 1) / -delta)
  guard count <= maximumMadeElements else { throw node.fail("bad-shape", "it makes a constant of \(count) elements") }
  let integers = (0..<count).map { Int64(start + $0 * delta) }
  try node.produceConstant(Tensor(shape: [count], integers: integers, elementType: try node.constant(0, "start").type.elementType))
}

/// FILL: one value, repeated to a shape.
func convertFill(_ node: TFLiteNode) throws(DiagnosticError) {
  let shape = try node.integers(0, "shape")
  let value = try node.constant(1, "value")
  let count = try node.checked { () throws(ShapeError) in try checkedProduct(shape) }
  guard value.count == 1, shape.count <= 8 else { throw node.fail("bad-shape", "the value has \(value.count) elements, expected 1") }
  guard count <= maximumMadeElements else { throw node.fail("bad-shape", "it makes a constant of \(count) elements") }
  switch value.elements {
  case .floats(let floats): try node.produceConstant(Tensor(shape: shape, floats: Array(repeating: floats[0], count: count)))
  case .integers(let integers):
    try node.produceConstant(
      Tensor(shape: shape, integers: Array(repeating: integers[0], count: count), elementType: value.type.elementType))
  }
}
