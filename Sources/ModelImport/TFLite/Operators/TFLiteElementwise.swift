import ModelGraph

/// A function of one tensor, without options.
func unary(_ function: Unary.Function) -> TFLiteConverter {
  { node throws(DiagnosticError) in try node.produce(Unary(function), [try node.input(0, "input")]) }
}

/// An operation on two tensors; field 0 of its options, where it has any, is the fused activation.
func binary(_ kind: Binary.Kind, _ options: TFLiteOptionsKind?) -> TFLiteConverter {
  { node throws(DiagnosticError) in
    let operands = try operandPair(node)
    let activation = try node.activation(options.flatMap { node.options($0) }, 0)
    try node.produce(operands, activation: activation) { Binary(kind, clamp: $0) }
  }
}

private func operandPair(_ node: TFLiteNode) throws(DiagnosticError) -> [ValueID] {
  let (a, b) = (try node.input(0, "first input"), try node.input(1, "second input"))
  guard node.type(of: a).elementType == node.type(of: b).elementType else {
    throw node.fail("unsupported-type", "its operands have different types", hint: "cast one of them in the source model")
  }
  return [a, b]
}

func convertSquaredDifference(_ node: TFLiteNode) throws(DiagnosticError) {
  try node.produce(Unary(.square), [try node.step(Binary(.subtract), try operandPair(node), "difference")])
}

func convertLeakyRelu(_ node: TFLiteNode) throws(DiagnosticError) {
  let slope = try node.options(.leakyRelu)?.float(0, default: 0) ?? 0
  guard slope.isFinite else { throw node.fail("bad-attribute", "alpha is \(slope), expected a finite number") }
  try node.produce(Unary(.leakyRelu(slope: slope)), [try node.input(0, "input")])
}

/// max(x, 0) + slope * min(x, 0), with one slope a channel or an element.
///
/// In int8 one of the two is 0 everywhere and the product has the output's own levels: so each element is rounded once.
func convertPRelu(_ node: TFLiteNode) throws(DiagnosticError) {
  let (x, slope) = (try node.input(0, "input"), try node.input(1, "slope"))
  if let constant = node.importer.builder.constant(of: slope), constant.count == 1, constant.shape.count <= node.shape(of: x).count {
    return try node.produce(Unary(.leakyRelu(slope: constant.floats[0])), [x])
  }
  if node.importer.builder.constant(of: slope) != nil { return try node.produce(PRelu(), [x, slope]) }
  let levels = node.importer.builder.quantization(of: x)
  let positive = try node.step(Unary(.clip(lower: 0, upper: .infinity)), [x], "positive", quantization: levels)
  let negative = try node.step(Unary(.clip(lower: -.infinity, upper: 0)), [x], "negative", quantization: levels)
  let scaled = try node.step(Binary(.multiply), [negative, slope], "scaled", quantization: try node.outputQuantization())
  try node.produce(Binary(.add), [positive, scaled])
}

/// The erf form, or where `approximate` is set the tanh form.
func convertGelu(_ node: TFLiteNode) throws(DiagnosticError) {
  let isApproximate = try node.options(.gelu)?.bool(0) ?? false
  try node.produce(Unary(isApproximate ? .geluTanh : .gelu), [try node.input(0, "input")])
}

/// Softmax of beta * x over the last axis.
func convertSoftmax(_ node: TFLiteNode) throws(DiagnosticError) {
  var x = try node.input(0, "input")
  let beta = try node.options(.softmax)?.float(0, default: 0) ?? 1
  guard beta.isFinite else { throw node.fail("bad-attribute", "beta is \(beta), expected a finite number") }
  if beta != 1 { x = try node.step(Binary(.multiply), [x, node.scalar(beta, "beta")], "scaled") }
  try node.produce(Softmax(axis: node.shape(of: x).count - 1), [x])
}

/// A reduction over constant axes; no axes leave the tensor as it is.
func reduction(_ kind: Reduce.Kind) -> TFLiteConverter {
  { node throws(DiagnosticError) in
    let x = try node.input(0, "input")
    var axes: Set<Int> = []
    for axis in try node.integers(1, "axes") { axes.insert(try node.axis(axis, rank: node.shape(of: x).count)) }
    guard !axes.isEmpty else { return try node.alias(x) }
    let keepsDimensions = try node.options(.reducer)?.bool(0) ?? false
    try node.produce(Reduce(kind, axes: axes.sorted(), keepsDimensions: keepsDimensions), [x])
  }
}

/// LOG_SOFTMAX over the last axis: x - max - log(sum(exp(x - max))), exact where softmax itself would underflow.
func convertLogSoftmax(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let rank = node.shape(of: x).count
  guard rank >= 1 else { throw node.fail("bad-shape", "a scalar has no axis") }
  let largest = try node.step(Reduce(.max, axes: [rank - 1], keepsDimensions: true), [x], "max")
  let shifted = try node.step(Binary(.subtract), [x, largest], "shifted")
  let sum = try node.step(Reduce(.sum, axes: [rank - 1], keepsDimensions: true), [try node.step(Unary(.exp), [shifted], "exp")], "sum")
  try node.produce(Binary(.subtract), [shifted, try node.step(Unary(.log), [sum], "log")])
}

/// ADD_N: the sum of any number of tensors of one shape.
func convertAddN(_ node: TFLiteNode) throws(DiagnosticError) {
  var sum = try node.input(0, "first input")
  guard node.op.inputs.count > 1 else { return try node.alias(sum) }
  for index in 1..<node.op.inputs.count {
    let next = try node.input(index, "input \(index)")
    guard node.shape(of: next) == node.shape(of: sum) else { throw node.fail("bad-shape", "its inputs have different shapes") }
    if index == node.op.inputs.count - 1 { return try node.produce(Binary(.add), [sum, next]) }
    sum = try node.step(Binary(.add), [sum, next], "sum\(index)")
  }
}

/// ATAN2(y, x): atan(y / x), turned by half a circle where x is negative, 0 at the origin. A zero y counts as positive whatever its sign.
func convertAtan2(_ node: TFLiteNode) throws(DiagnosticError) {
  let (y, x) = (try node.input(0, "y"), try node.input(1, "x"))
  let zero = node.scalar(0, "zero")
  // 0 / 0 is the one quotient without a value.
  let isZero = try node.step(Compare(.equal), [y, zero], "is_zero")
  let angle = try node.step(Unary(.atan), [try node.step(Binary(.divide), [y, x], "quotient")], "angle")
  let finite = try node.step(Select(), [isZero, zero, angle], "finite")
  let isBelow = try node.step(Compare(.less), [y, zero], "is_below")
  let half = try node.step(Select(), [isBelow, node.scalar(-.pi, "minus_pi"), node.scalar(.pi, "pi")], "half")
  let isLeft = try node.step(Compare(.less), [x, zero], "is_left")
  let turn = try node.step(Select(), [isLeft, half, zero], "turn")
  try node.produce(Binary(.add), [finite, turn])
}

/// FAKE_QUANT: x on a grid of 2^bits values between min and max, both moved so that 0 lies on it.
///
/// Source: the nudging rule of the operator FakeQuantWithMinMaxVars of TensorFlow.
func convertFakeQuantization(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.fakeQuant)
  let (low, high) = (try options.float(0, default: 0), try options.float(1, default: 0))
  let (bits, isNarrow) = (Int(try options.integer(2, default: Int32(0))), try options.bool(3))
  guard low.isFinite, high.isFinite, low <= 0, high >= 0, low < high, (2...16).contains(bits) else {
    throw node.fail("bad-attribute", "\(bits) bits from \(low) to \(high): expected 2 to 16 bits and a range that holds 0")
  }
  let (first, last) = (Float(isNarrow ? 1 : 0), Float((1 << bits) - 1))
  let scale = (high - low) / (last - first)
  let zeroPoint = min(max((first - low / scale).rounded(), first), last)
  let (nudgedLow, nudgedHigh) = ((first - zeroPoint) * scale, (last - zeroPoint) * scale)
  let clamped = try node.step(Unary(.clip(lower: nudgedLow, upper: nudgedHigh)), [try node.input(0, "input")], "clamped")
  let offset = try node.step(Binary(.subtract), [clamped, node.scalar(nudgedLow, "low")], "offset")
  let steps = try node.step(Binary(.multiply), [offset, node.scalar(1 / scale, "inverse_scale")], "steps")
  // Halves away from zero, and nothing is negative.
  let half = try node.step(Binary(.add), [steps, node.scalar(0.5, "half")], "half_up")
  let level = try node.step(Unary(.floor), [half], "level")
  let real = try node.step(Binary(.multiply), [level, node.scalar(scale, "scale")], "real")
  try node.produce(Binary(.add), [real, node.scalar(nudgedLow, "low")])
}
