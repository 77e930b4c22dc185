import ModelGraph

/// LayerNormalization: over the axes from `axis` on, then scale and bias. Further outputs are the mean and 1 / sqrt(variance + epsilon).
func convertLayerNormalization(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let result = try normalizeTrailing(&c, .standard)
  guard c.node.outputs.dropFirst().contains(where: c.read.contains) else { return [result] }
  let x = try c.input(0)
  let rank = c.shape(x).count
  let axes = Array(try c.axis(try c.node.integer("axis") ?? -1, rank: rank)..<rank)
  let mean = try c.emit(Reduce(.mean, axes: axes, keepsDimensions: true), [x], part: "mean", output: 1)
  let centred = try c.emit(Binary(.subtract), [x, mean], part: "centred", output: nil)
  let squares = try c.emit(Unary(.square), [centred], part: "squares", output: nil)
  let variance = try c.emit(Reduce(.mean, axes: axes, keepsDimensions: true), [squares], part: "variance", output: nil)
  let sum = try c.emit(Binary(.add), [variance, c.scalar(try epsilon(&c), "epsilon")], part: "sum", output: nil)
  return [result, mean, try c.emit(Unary(.rsqrt), [sum], part: "deviation", output: 2)]
}

/// RMSNormalization, and ONNX Runtime's older name for it.
func convertRMSNormalization(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  try c.refuseOutputs(from: 1, "statistics")
  return [try normalizeTrailing(&c, .rootMeanSquare)]
}

private func normalizeTrailing(_ c: inout ONNXConversion, _ kind: Normalize.Kind) throws(DiagnosticError) -> ValueID {
  let x = try c.input(0)
  let rank = c.shape(x).count
  let axis = try c.axis(try c.node.integer("axis") ?? -1, rank: rank)
  let op = Normalize(kind, axes: Array(axis..<rank), epsilon: try epsilon(&c))
  return try scaled(&c, op, x, scale: try c.input(1), bias: c.optionalInput(2))
}

/// InstanceNormalization: every channel of every image over its spatial axes; scale and bias have one entry a channel.
func convertInstanceNormalization(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  guard shape.count >= 3 else { throw c.failure("bad-shape", "needs spatial axes, the input has rank \(shape.count)") }
  let side = [shape[1]] + Array(repeating: 1, count: shape.count - 2)
  let op = Normalize(.standard, axes: Array(2..<shape.count), epsilon: try epsilon(&c))
  return [try scaled(&c, op, x, scale: try perChannel(&c, 1, "scale", [shape[1]], side), bias: try perChannel(&c, 2, "bias", [shape[1]], side))]
}

/// GroupNormalization: groups of neighbouring channels; scale and bias have one entry a channel, in opset 18 one a group.
func convertGroupNormalization(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  guard let groups = try c.node.integer("num_groups") else { throw c.failure("bad-attribute", "attribute 'num_groups' is missing") }
  guard shape.count >= 2, groups > 0, shape[1].isMultiple(of: groups) else {
    throw c.failure("bad-attribute", "\(groups) groups do not divide the channels of \(c.type(x))")
  }
  let split = [shape[0], groups, shape[1] / groups] + shape.dropFirst(2)
  let ones = Array(repeating: 1, count: shape.count - 2)
  let isPerGroup = c.opset < 21
  let side = [groups, isPerGroup ? 1 : shape[1] / groups] + ones
  let count = isPerGroup ? groups : shape[1]
  let grouped = try c.emit(Reshape(shape: split), [x], part: "groups", output: nil)
  let op = Normalize(.standard, axes: Array(2..<split.count), epsilon: try epsilon(&c))
  let scale = try perChannel(&c, 1, "scale", [count], side), bias = try perChannel(&c, 2, "bias", [count], side)
  return [try c.emit(Reshape(shape: shape), [try scaled(&c, op, grouped, scale: scale, bias: bias, isResult: false)], part: "shape")]
}

/// LpNormalization: x / |x| along one axis; zeros stay zeros.
func convertLpNormalization(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let axis = try c.axis(try c.node.integer("axis") ?? -1, rank: c.shape(x).count)
  switch try c.node.integer("p") ?? 2 {
  case 1: return [try c.emit(Normalize(.l1, axes: [axis], epsilon: .leastNormalMagnitude), [x])]
  case 2: return [try c.emit(Normalize(.l2, axes: [axis], epsilon: .leastNormalMagnitude), [x])]
  case let p: throw c.failure("bad-attribute", "p is \(p), expected 1 or 2")
  }
}

/// MeanVarianceNormalization: (x - mean) / (standard deviation + 1e-9).
func convertMeanVarianceNormalization(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let axes = try c.axes(try c.node.integers("axes") ?? [0, 2, 3], rank: c.shape(x).count)
  return [try c.emit(Normalize(.standard, axes: axes, epsilon: 1e-18), [x])]
}

private func epsilon(_ c: inout ONNXConversion) throws(DiagnosticError) -> Float {
  let epsilon = try c.node.float("epsilon") ?? 1e-5
  guard epsilon >= 0, epsilon.isFinite else { throw c.failure("bad-attribute", "epsilon is \(epsilon), expected a small positive number") }
  return epsilon
}

/// A scale or bias of `expected` shape, seen as `side`.
private func perChannel(
  _ c: inout ONNXConversion, _ index: Int, _ role: String, _ expected: [Int], _ side: [Int]
) throws(DiagnosticError) -> ValueID {
  let value = try c.input(index)
  guard c.shape(value) == expected else {
    throw c.failure("bad-shape", "its \(role) must have shape \(expected), found \(c.type(value))")
  }
  return try c.emit(Reshape(shape: side), [value], part: role, output: nil)
}

/// The normalization with its scale and bias: inside where they are constants, as nodes of their own where they are computed.
private func scaled(
  _ c: inout ONNXConversion, _ op: Normalize, _ x: ValueID, scale: ValueID, bias: ValueID?, isResult: Bool = true
) throws(DiagnosticError) -> ValueID {
  let output = isResult ? 0 : nil
  let areConstant = c.builder.constant(of: scale) != nil && (bias == nil || bias.flatMap { c.builder.constant(of: $0) } != nil)
  if areConstant { return try c.emit(op, [x, scale, bias], output: output) }
  let normalized = try c.emit(op, [x], part: "normalized", output: nil)
  let product = try c.emit(Binary(.multiply), [normalized, scale], part: bias == nil ? "" : "scaled", output: bias == nil ? output : nil)
  guard let bias else { return product }
  return try c.emit(Binary(.add), [product, bias], output: output)
}
