import ModelGraph

/// An element-wise function without attributes.
func convertUnary(_ function: Unary.Function) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    [try c.emit(Unary(function), [try c.input(0)])]
  }
}

/// Clip: bounds in attributes before opset 11, inputs after. Constant bounds of floats are those of a clip; others a maximum and a minimum.
func convertClip(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  if c.opset < 11 {
    let (lower, upper) = (try c.node.float("min"), try c.node.float("max"))
    return [try c.emit(Unary(.clip(lower: lower ?? -.infinity, upper: upper ?? .infinity)), [x])]
  }
  let bounds = [c.optionalInput(1), c.optionalInput(2)]
  if c.type(x).elementType.elementClass == .float, bounds.allSatisfy({ $0 == nil || c.builder.constant(of: $0 ?? x) != nil }) {
    let (lower, upper) = (try c.optionalScalar(1, "minimum"), try c.optionalScalar(2, "maximum"))
    return [try c.emit(Unary(.clip(lower: lower ?? -.infinity, upper: upper ?? .infinity)), [x])]
  }
  for case let bound? in bounds where c.type(bound).elementCount != 1 {
    throw c.failure("bad-node", "its bounds must be one number each, found \(c.type(bound))")
  }
  guard let lower = bounds[0] else { return [try bounds[1].map { (upper) throws(DiagnosticError) in try c.emit(Binary(.minimum), [x, upper]) } ?? x] }
  guard let upper = bounds[1] else { return [try c.emit(Binary(.maximum), [x, lower])] }
  let raised = try c.emit(Binary(.maximum), [x, lower], part: "lower", output: nil)
  return [try c.emit(Binary(.minimum), [raised, upper])]
}

/// max(x, 0), of integers too.
func convertRelu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard c.type(x).elementType.elementClass == .integer else { return [try c.emit(Unary(.clip(lower: 0, upper: .infinity)), [x])] }
  let zero = c.emitConstant(Tensor(shape: [], integers: [0], elementType: c.type(x).elementType), part: "zero", output: nil)
  return [try c.emit(Binary(.maximum), [x, zero])]
}

func convertLeakyRelu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [try c.emit(Unary(.leakyRelu(slope: try finite(c, "alpha", 0.01))), [try c.input(0)])]
}

func convertElu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [try c.emit(Unary(.elu(alpha: try finite(c, "alpha", 1))), [try c.input(0)])]
}

func convertHardSigmoid(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let function = Unary.Function.hardSigmoid(alpha: try finite(c, "alpha", 0.2), beta: try finite(c, "beta", 0.5))
  return [try c.emit(Unary(function), [try c.input(0)])]
}

/// Gelu, exact, or 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
func convertGelu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  switch try c.node.string("approximate") ?? "none" {
  case "none": return [try c.emit(Unary(.gelu), [x])]
  case "tanh": return [try c.emit(Unary(.geluTanh), [x])]
  case let other: throw c.failure("bad-attribute", "approximate '\(other)' is neither none nor tanh")
  }
}

func convertCelu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let alpha = try finite(c, "alpha", 1)
  if alpha > 0 { return [try c.emit(Unary(.celu(alpha: alpha)), [try c.input(0)])] }
  throw c.failure("bad-attribute", "attribute 'alpha' is \(alpha), expected more than 0")
}

func convertSelu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let function = Unary.Function.selu(alpha: try finite(c, "alpha", 1.673_263_2), gamma: try finite(c, "gamma", 1.050_701))
  return [try c.emit(Unary(function), [try c.input(0)])]
}

func convertShrink(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (threshold, bias) = (try finite(c, "lambd", 0.5), try finite(c, "bias", 0))
  guard threshold >= 0 else { throw c.failure("bad-attribute", "attribute 'lambd' is \(threshold), expected 0 or more") }
  return [try c.emit(Unary(.shrink(threshold: threshold, bias: bias)), [try c.input(0)])]
}

func convertSwish(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let alpha = try finite(c, "alpha", 1)
  return [try c.emit(Unary(alpha == 1 ? .silu : .swish(alpha: alpha)), [try c.input(0)])]
}

func convertThresholdedRelu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [try c.emit(Unary(.thresholdedRelu(threshold: try finite(c, "alpha", 1))), [try c.input(0)])]
}

/// max(x, 0) + slope min(x, 0); one slope for all elements is a leaky ReLU.
func convertPRelu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard c.builder.constant(of: try c.input(1)) != nil else { return [try preluAtRunTime(&c, x, try c.input(1))] }
  let slope = try c.weights(1, "slope")
  if slope.count == 1, slope.shape.count <= c.shape(x).count {
    return [try c.emit(Unary(.leakyRelu(slope: slope.floats[0])), [x])]
  }
  // Before operator set 7 one slope a channel.
  if c.opset < 7, slope.shape.count == 1, c.shape(x).count > 2, slope.count == c.shape(x)[1] {
    let column = [slope.count] + Array(repeating: 1, count: c.shape(x).count - 2)
    return [try c.emit(PRelu(), [x, c.emitConstant(slope.reshaped(column), part: "slope", output: nil)])]
  }
  return [try c.emit(PRelu(), [x, try c.input(1)])]
}

private func preluAtRunTime(_ c: inout ONNXConversion, _ x: ValueID, _ slope: ValueID) throws(DiagnosticError) -> ValueID {
  let positive = try c.emit(Unary(.clip(lower: 0, upper: .infinity)), [x], part: "positive", output: nil)
  let negative = try c.emit(Unary(.clip(lower: -.infinity, upper: 0)), [x], part: "negative", output: nil)
  let scaled = try c.emit(Binary(.multiply), [negative, slope], part: "scaled", output: nil)
  return try c.emit(Binary(.add), [positive, scaled])
}

private func finite(_ c: ONNXConversion, _ name: String, _ absent: Float) throws(DiagnosticError) -> Float {
  let value = try c.node.float(name) ?? absent
  guard value.isFinite else { throw c.failure("bad-attribute", "attribute '\(name)' is \(value)") }
  return value
}
