import ModelGraph

/// An element-wise function without attributes.
func convertUnary(_ function: Unary.Function) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    [try c.emit(Unary(function), [try c.input(0)])]
  }
}

/// Clip: bounds in attributes before opset 11, constant inputs after.
func convertClip(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  var (lower, upper) = (try c.node.float("min"), try c.node.float("max"))
  if c.opset >= 11 { (lower, upper) = (try c.optionalScalar(1, "minimum"), try c.optionalScalar(2, "maximum")) }
  return [try c.emit(Unary(.clip(lower: lower ?? -.infinity, upper: upper ?? .infinity)), [try c.input(0)])]
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
  case "tanh": break
  case let other: throw c.failure("bad-attribute", "approximate '\(other)' is neither none nor tanh")
  }
  let square = try c.emit(Unary(.square), [x], part: "square", output: nil)
  let cubic = try c.emit(Binary(.multiply), [square, c.scalar(0.044715, "cubic-factor")], part: "cubic", output: nil)
  let sum = try c.emit(Binary(.add), [cubic, c.scalar(1, "one")], part: "sum", output: nil)
  let product = try c.emit(Binary(.multiply), [x, sum], part: "product", output: nil)
  let argument = try c.emit(Binary(.multiply), [product, c.scalar(0.797_884_56, "factor")], part: "argument", output: nil)
  let tanh = try c.emit(Unary(.tanh), [argument], part: "tanh", output: nil)
  let shifted = try c.emit(Binary(.add), [tanh, c.scalar(1, "one")], part: "shifted", output: nil)
  let half = try c.emit(Binary(.multiply), [x, c.scalar(0.5, "half")], part: "half-x", output: nil)
  return [try c.emit(Binary(.multiply), [half, shifted])]
}

/// x tanh(softplus(x))
func convertMish(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let softplus = try c.emit(Unary(.softplus), [x], part: "softplus", output: nil)
  let tanh = try c.emit(Unary(.tanh), [softplus], part: "tanh", output: nil)
  return [try c.emit(Binary(.multiply), [x, tanh])]
}

/// max(x, 0) + slope min(x, 0); one slope for all elements is a leaky ReLU.
func convertPRelu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let slope = try c.weights(1, "slope")
  if slope.count == 1, slope.shape.count <= c.shape(x).count {
    return [try c.emit(Unary(.leakyRelu(slope: slope.floats[0])), [x])]
  }
  let positive = try c.emit(Unary(.clip(lower: 0, upper: .infinity)), [x], part: "positive", output: nil)
  let negative = try c.emit(Unary(.clip(lower: -.infinity, upper: 0)), [x], part: "negative", output: nil)
  let scaled = try c.emit(Binary(.multiply), [negative, try c.input(1)], part: "scaled", output: nil)
  return [try c.emit(Binary(.add), [positive, scaled])]
}

private func finite(_ c: ONNXConversion, _ name: String, _ absent: Float) throws(DiagnosticError) -> Float {
  let value = try c.node.float(name) ?? absent
  guard value.isFinite else { throw c.failure("bad-attribute", "attribute '\(name)' is \(value)") }
  return value
}
