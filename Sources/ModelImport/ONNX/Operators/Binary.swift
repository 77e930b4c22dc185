import ModelGraph

/// Add, Sub, Mul, Div, and on truth values or bits And, Or, Xor.
func convertBinary(_ kind: Binary.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    [try c.emit(Binary(kind), [try c.input(0), try c.input(1)])]
  }
}

/// Max, Min and Sum take any number of inputs.
func convertVariadic(_ kind: Binary.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in [try variadic(&c, kind)] }
}

func convertMean(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let count = Float(c.inputs.count)
  guard count > 1 else { return [try c.input(0)] }
  let sum = try variadic(&c, .add, isResult: false)
  return [try c.emit(Binary(.multiply), [sum, c.scalar(1 / count, "share")])]
}

/// Pow; the exponents that exporters write for squares and roots become those functions. The result has the base's type.
func convertPow(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (x, y) = (try c.input(0), try c.input(1))
  if c.type(x).elementType.elementClass == .integer {
    guard c.type(y).elementType.elementClass == .float else { return [try c.emit(Binary(.power), [x, y])] }
    let base = try c.cast(x, to: .float32, part: "base", output: nil)
    let power = try c.emit(Binary(.power), [base, y], part: "power", output: nil)
    return [try c.cast(power, to: c.type(x).elementType)]
  }
  if c.builder.constant(of: x) == nil, let exponent = c.builder.constant(of: y), exponent.count == 1,
    exponent.shape.count <= c.shape(x).count
  {
    switch exponent.floats[0] {
    case 1: return [x]
    case 2: return [try c.emit(Unary(.square), [x])]
    case 0.5: return [try c.emit(Unary(.sqrt), [x])]
    case -0.5: return [try c.emit(Unary(.rsqrt), [x])]
    case -1: return [try c.emit(Unary(.reciprocal), [x])]
    default: break
    }
  }
  return [try c.emit(Binary(.power), [x, try c.cast(y, to: .float32, part: "exponent", output: nil)])]
}

/// Mod: the sign is the divisor's, or with `fmod` the dividend's.
func convertMod(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (a, b) = (try c.input(0), try c.input(1))
  if let divisor = c.builder.constant(of: b)?.integers, divisor.contains(0) { throw c.failure("bad-constant", "the divisor is 0") }
  return [try c.emit(Binary(try c.node.flag("fmod") ? .remainder : .modulo), [a, b])]
}

private func variadic(_ c: inout ONNXConversion, _ kind: Binary.Kind, isResult: Bool = true) throws(DiagnosticError) -> ValueID {
  var value = try c.input(0)
  for index in c.inputs.indices.dropFirst() {
    let isLast = index == c.inputs.count - 1
    let part = isLast && isResult ? "" : "\(index)"
    value = try c.emit(Binary(kind), [value, try c.input(index)], part: part, output: part.isEmpty ? 0 : nil)
  }
  return value
}
