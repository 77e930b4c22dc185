import ModelGraph

/// Operators on levels: the float operator between a dequantization of its inputs and a rounding of its output, which is how int8 computes it.
/// QLinearConv and QLinearMatMul are ONNX's own; the others are ONNX Runtime's, from the domain com.microsoft.

/// x, x scale, x zero point, w, w scale, w zero point, y scale, y zero point, bias (int32, in units of x scale * w scale).
func convertQLinearConv(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.dequantized(0, scale: 1, zeroPoint: 2)
  let weight = try c.dequantized(3, scale: 4, zeroPoint: 5, axis: 0)
  let bias = try integerBias(&c, 8, input: x, weight: weight)
  return try onOperands(&c, [x, weight] + (bias.map { [$0] } ?? []), scale: 6, zeroPoint: 7, convertConv)
}

/// a, a scale, a zero point, b, b scale, b zero point, y scale, y zero point.
func convertQLinearMatMul(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let a = try c.dequantized(0, scale: 1, zeroPoint: 2, axis: -2)
  let b = try c.dequantized(3, scale: 4, zeroPoint: 5, axis: -1)
  return try onOperands(&c, [a, b], scale: 6, zeroPoint: 7, convertMatMul)
}

/// A, A scale, A zero point, B, B scale, B zero point, C (int32), y scale, y zero point; float where those two are absent.
func convertQGemm(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let a = try c.dequantized(0, scale: 1, zeroPoint: 2)
  let b = try c.dequantized(3, scale: 4, zeroPoint: 5, axis: try c.node.flag("transB") ? 0 : 1)
  let bias = try integerBias(&c, 6, input: a, weight: b)
  return try onOperands(&c, [a, b] + (bias.map { [$0] } ?? []), scale: 7, zeroPoint: 8, convertGemm)
}

/// QLinearAdd, QLinearMul: A, its scale and zero point, B likewise, C's scale and zero point.
func convertQLinearBinary(_ kind: Binary.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let operands: [ValueID?] = [try c.dequantized(0, scale: 1, zeroPoint: 2), try c.dequantized(3, scale: 4, zeroPoint: 5)]
    return try onOperands(&c, operands, scale: 6, zeroPoint: 7, convertBinary(kind))
  }
}

/// X, X scale, X zero point, Y scale, Y zero point, around a float operator of one input.
func convertQLinearUnary(_ convert: @escaping ONNXConverter) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    if try c.node.integer("channels_last") ?? 0 != 0 { throw c.unsupported("has its channels last") }
    return try onOperands(&c, [try c.dequantized(0, scale: 1, zeroPoint: 2)], scale: 3, zeroPoint: 4, convert)
  }
}

/// Y scale, Y zero point, then each tensor with its scale and zero point.
func convertQLinearConcat(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  guard c.inputs.count >= 5, (c.inputs.count - 2).isMultiple(of: 3) else {
    throw c.failure("bad-node", "has \(c.inputs.count) inputs, expected two and three for each tensor")
  }
  var operands: [ValueID?] = []
  for index in stride(from: 2, to: c.inputs.count, by: 3) {
    operands.append(try c.dequantized(index, scale: index + 1, zeroPoint: index + 2))
  }
  return try onOperands(&c, operands, scale: 0, zeroPoint: 1, convertConcat)
}

/// ConvInteger and MatMulInteger: x, w, x zero point, w zero point.
///
/// Levels of x that the caller gives are numbers of scale 1, and so are the weights: the sums are those of integers, computed by the int8 kernels
/// and held in float (an int32 sum converted to float, as nets do next). What DynamicQuantizeLinear gave stands for the floats before it: then
/// the sums are as exact as float sums are, and what follows scales them.
func convertIntegerProduct(_ convert: @escaping ONNXConverter) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let (x, weight) = (try c.input(0), try c.constant(1, "weight"))
    try takeLevels(&c, x)
    let points = try c.optionalConstant(3, "weight zero point")?.integers ?? [0]
    guard let integers = weight.integers, [.int8, .uint8].contains(weight.type.elementType), Set(points).count == 1 else {
      throw c.unsupported("its weight \(weight.type) must be int8 or uint8 with one zero point")
    }
    let shift: Int64 = weight.type.elementType == .uint8 ? 128 : 0
    let elements = QuantizedElements(
      levels: integers.map { $0 - shift }, scales: [1], zeroPoints: [Int32(clamping: points[0] - shift)])
    c.inputs = [x, c.emitConstant(Tensor(shape: weight.shape, quantized: elements), part: "weight", output: nil)]
    let results = try convert(&c)
    guard let sums = results.first, c.outputs.contains(c.node.outputs.first ?? "") else { return results }
    return [try c.emit(Cast(to: .int32), [sums], part: "integers", output: nil)]
  }
}

/// Makes an input of levels numbers of scale 1 less their zero point; floats before a DynamicQuantizeLinear are left as they are.
private func takeLevels(_ c: inout ONNXConversion, _ x: ValueID) throws(DiagnosticError) {
  let zeros = try c.optionalConstant(2, "input zero point")?.integers ?? [0]
  let type = c.type(x).elementType
  if type == .float32, c.builder.quantization(of: x) == nil {
    guard zeros.allSatisfy({ $0 == 0 }) else { throw c.unsupported("has an input zero point of its own") }
    return
  }
  guard Set(zeros).count == 1 else { throw c.unsupported("has \(zeros.count) input zero points, one is supported") }
  let zeroPoint = Int32(clamping: zeros[0] - (type == .uint8 ? 128 : 0))
  let levels = AffineQuantization(scale: 1, zeroPoint: zeroPoint)
  if c.builder.quantization(of: x) == levels { return }
  guard (-128...127).contains(zeroPoint), [.int8, .uint8].contains(type), c.builder.takeAsLevels(x, levels) else {
    throw c.unsupported(
      "multiplies levels that are neither an input nor from DynamicQuantizeLinear", hint: "use QLinearConv, QLinearMatMul or DequantizeLinear")
  }
}

/// Runs a float operator's converter on other operands and rounds its result to the levels of two inputs, where those are there.
private func onOperands(
  _ c: inout ONNXConversion, _ operands: [ValueID?], scale: Int, zeroPoint: Int, _ convert: ONNXConverter
) throws(DiagnosticError) -> [ValueID] {
  let inputs = c.inputs
  c.inputs = operands
  guard let result = try convert(&c).first else { throw c.failure("bad-node", "has no output") }
  c.inputs = inputs
  guard c.optionalInput(scale) != nil else { return [result] }
  return [try c.rounded(result, scale: scale, zeroPoint: zeroPoint)]
}

/// The int32 bias as a constant in units of input scale * weight scale.
private func integerBias(_ c: inout ONNXConversion, _ index: Int, input: ValueID, weight: ValueID) throws(DiagnosticError) -> ValueID? {
  guard let bias = try c.optionalConstant(index, "bias") else { return nil }
  guard let levels = bias.integers, let scale = c.builder.quantization(of: input)?.scale,
    let scales = c.builder.constant(of: weight)?.quantized?.scales.map({ $0 * scale }), scales.count == 1 || scales.count == levels.count
  else { throw c.failure("bad-node", "its bias \(bias.type) does not fit the weight's scales") }
  let zeroPoints = [Int32](repeating: 0, count: scales.count)
  let elements = QuantizedElements(levels: levels, scales: scales, zeroPoints: zeroPoints, axis: max(bias.shape.count - 1, 0))
  return c.emitConstant(Tensor(shape: bias.shape, quantized: elements), part: "bias", output: nil)
}
