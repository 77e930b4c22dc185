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
