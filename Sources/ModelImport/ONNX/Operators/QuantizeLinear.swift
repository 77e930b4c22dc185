import ModelGraph

/// QuantizeLinear: the same numbers rounded to levels, y = clamp(rne(x / scale) + zero point). Values of the graph stay floats.
func convertQuantizeLinear(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard let constant = c.builder.constant(of: x) else { return [try c.rounded(x, scale: 1, zeroPoint: 2)] }
  let levels = try c.quantization(scale: 1, zeroPoint: 2, of: nil, shape: constant.shape, axis: try c.node.integer("axis") ?? 1)
  guard case .floats(let floats) = constant.elements else {
    throw c.failure("unsupported-type", "quantizes \(constant.type), expected floats")
  }
  c.levelTypes[c.node.outputs.first ?? ""] = levels.elementType
  var elements = levels.elements
  let range: ClosedRange<Float> = levels.elementType.isByte ? -128...127 : -32768...32767
  elements.levels = floats.enumerated().map { index, value in
    let channel = elements.channel(of: index, in: constant.shape)
    let steps = (value / elements.scales[channel]).rounded(.toNearestOrEven) + Float(elements.zeroPoints[channel])
    return Int64(max(range.lowerBound, min(range.upperBound, steps)))
  }
  return [c.levelConstant(constant.shape, elements)]
}

/// DequantizeLinear: the numbers that levels stand for. A value holds those already; integers that come as a constant or an input become one.
func convertDequantizeLinear(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [try c.dequantized(0, scale: 1, zeroPoint: 2, axis: try c.node.integer("axis") ?? 1)]
}

/// DynamicQuantizeLinear: levels by the range of each run. Nothing is rounded here: x stands for its own levels of scale 1 and zero point 0,
/// unless the caller reads the levels themselves.
func convertDynamicQuantizeLinear(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  if c.node.outputs.contains(where: c.outputs.contains) { return try dynamicLevels(&c, x) }
  // Integers to everybody else: only integer products may read them.
  c.levelTypes[c.node.outputs.first ?? ""] = .uint8
  let scale = c.emitConstant(Tensor(shape: [], floats: [1]), part: "scale", output: 1)
  return [x, scale, c.emitConstant(Tensor(shape: [], integers: [0], elementType: .uint8), part: "zero-point", output: 2)]
}

/// The range widened to hold 0, its 255th part as the scale, and levels rounded to even.
private func dynamicLevels(_ c: inout ONNXConversion, _ x: ValueID) throws(DiagnosticError) -> [ValueID] {
  let axes = Array(c.shape(x).indices)
  func extreme(_ kind: Reduce.Kind, _ bound: Unary.Function, _ part: String) throws(DiagnosticError) -> ValueID {
    let found = axes.isEmpty ? x : try c.emit(Reduce(kind, axes: axes, keepsDimensions: false), [x], part: part, output: nil)
    return try c.emit(Unary(bound), [found], part: "\(part)-with-zero", output: nil)
  }
  let low = try extreme(.min, .clip(lower: -.infinity, upper: 0), "low")
  let high = try extreme(.max, .clip(lower: 0, upper: .infinity), "high")
  let width = try c.emit(Binary(.subtract), [high, low], part: "width", output: nil)
  let scale = try c.emit(Binary(.divide), [width, c.scalar(255, "levels")], part: "scale", output: 1)
  func rounded(_ value: ValueID, _ part: String) throws(DiagnosticError) -> ValueID {
    try c.emit(Unary(.round), [value], part: part, output: nil)
  }
  let byte = Unary(.clip(lower: 0, upper: 255))
  let below = try c.emit(Unary(.negate), [try c.emit(Binary(.divide), [low, scale], part: "below", output: nil)], part: "offset", output: nil)
  let zero = try c.emit(byte, [try rounded(below, "offset-rounded")], part: "zero", output: nil)
  let steps = try rounded(try c.emit(Binary(.divide), [x, scale], part: "steps", output: nil), "steps-rounded")
  let levels = try c.emit(byte, [try c.emit(Binary(.add), [steps, zero], part: "shifted", output: nil)], part: "clamped", output: nil)
  return [
    try c.emit(Cast(to: .uint8), [levels]), scale, try c.emit(Cast(to: .uint8), [zero], part: "zero-point", output: 2),
  ]
}

extension ONNXConversion {
  /// Scales and zero points in the s8 domain, and the type of the integers.
  struct Levels {
    var elements: QuantizedElements
    var elementType: ElementType
  }

  /// Reads a scale and a zero point: one number, or one an index of `axis`.
  ///
  /// - Parameters:
  ///   - type: of the integers, where they are known; else the zero point says, and uint8 where there is none.
  ///   - shape: of the tensor that they belong to.
  func quantization(
    scale: Int, zeroPoint: Int, of type: ElementType?, shape: [Int], axis: Int
  ) throws(DiagnosticError) -> Levels {
    let scales = try constant(scale, "scale")
    let zeros = try optionalConstant(zeroPoint, "zero point")
    let points = zeros.map { $0.integers ?? [] } ?? Array(repeating: 0, count: scales.count)
    let elementType = type ?? zeros?.type.elementType ?? .uint8
    if let declared = try node.integer("block_size"), declared != 0 { throw unsupported("has one scale a block of \(declared)") }
    guard [.int8, .uint8, .int16, .int32].contains(elementType), elementType != .int32 || type != nil else {
      throw failure("unsupported-type", "its levels are \(elementType.rawValue), expected int8 or uint8")
    }
    guard case .floats(let values) = scales.elements, values.allSatisfy({ $0 > 0 && $0.isFinite && (1 / $0).isFinite }), !values.isEmpty
    else {
      throw failure("bad-constant", "its scale \(scales.type) must hold positive finite numbers")
    }
    guard points.count == values.count, zeros == nil || zeros?.type.elementType == elementType else {
      throw failure("bad-constant", "its zero point must be \(values.count) numbers of type \(elementType.rawValue)")
    }
    var place = 0
    if values.count > 1 {
      place = try self.axis(axis, rank: shape.count)
      guard shape[place] == values.count else {
        throw failure("bad-shape", "\(values.count) scales do not fit axis \(place) of \(shape)")
      }
    }
    let shift: Int64 = elementType == .uint8 ? 128 : 0
    let elements = QuantizedElements(levels: [], scales: values, zeroPoints: points.map { Int32(clamping: $0 - shift) }, axis: place)
    return Levels(elements: elements, elementType: elementType)
  }

  /// The value of the integers in input `index`, with their scale and zero point in two others.
  mutating func dequantized(_ index: Int, scale: Int, zeroPoint: Int, axis: Int = 0) throws(DiagnosticError) -> ValueID {
    let x = try input(index)
    let shape = shape(x)
    if let constant = builder.constant(of: x), constant.quantized == nil {
      guard let integers = constant.integers else { throw failure("unsupported-type", "dequantizes \(constant.type), expected integers") }
      var levels = try quantization(scale: scale, zeroPoint: zeroPoint, of: constant.type.elementType, shape: shape, axis: axis)
      levels.elements.levels = levels.elementType == .uint8 ? integers.map { $0 - 128 } : integers
      return levelConstant(shape, levels.elements)
    }
    let found = builder.constant(of: x)?.quantized
    let declared = type(x).elementType
    let type = levelTypes[index < node.inputs.count ? node.inputs[index] : ""] ?? (declared == .float32 ? nil : declared)
    let levels = try quantization(scale: scale, zeroPoint: zeroPoint, of: type, shape: shape, axis: axis)
    if let found {
      guard found.scales == levels.elements.scales, found.zeroPoints == levels.elements.zeroPoints else { throw otherLevels() }
      return x
    }
    guard let affine = levels.elements.affine, levels.elementType.isByte else {
      throw unsupported("reads an activation with \(levels.elements.scales.count) scales of type \(levels.elementType.rawValue)")
    }
    if let own = builder.quantization(of: x) {
      guard own == affine else { throw otherLevels() }
    } else if !builder.takeAsLevels(x, affine) {
      throw failure("unsupported-type", "dequantizes \(type?.rawValue ?? "float32") that is no quantized tensor")
    }
    return x
  }

  private func otherLevels() -> DiagnosticError {
    unsupported("reads levels under another scale or zero point than they were made with", hint: "export the model again")
  }

  /// `x` rounded to the levels of two inputs, as the node's first output.
  mutating func rounded(_ x: ValueID, scale: Int, zeroPoint: Int) throws(DiagnosticError) -> ValueID {
    let levels = try quantization(scale: scale, zeroPoint: zeroPoint, of: nil, shape: shape(x), axis: 0)
    guard let affine = levels.elements.affine, levels.elementType.isByte else {
      throw unsupported("rounds an activation to \(levels.elements.scales.count) scales of type \(levels.elementType.rawValue)")
    }
    levelTypes[node.outputs.first ?? ""] = levels.elementType
    let result = try emit(Unary(.identity), [x], part: "quantized")
    builder.setQuantization(affine, of: result)
    return result
  }

  /// A constant of levels.
  mutating func levelConstant(_ shape: [Int], _ elements: QuantizedElements) -> ValueID {
    let value = emitConstant(Tensor(shape: shape, quantized: elements))
    if elements.levels.allSatisfy({ (-128...127).contains($0) }) { builder.setQuantization(elements.affine, of: value) }
    return value
  }
}

extension ElementType {
  fileprivate var isByte: Bool { self == .int8 || self == .uint8 }
}
