import ModelGraph

/// Every float type is float32 here, so a cast between floats does nothing; constants are converted.
func convertCast(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let declared = c.opset < 6 ? typeCode(named: try c.node.string("to") ?? "") : try c.node.integer("to") ?? 0
  guard let code = Int32(exactly: declared), let target = ElementType(onnx: code) else {
    throw c.unsupported("casts to \(Int32(exactly: declared).map(onnxTypeName) ?? "data type \(declared)")")
  }
  return [try cast(&c, to: target)]
}

/// The data type that `to` names before opset 6 ("FLOAT"); 0 where there is none.
private func typeCode(named name: String) -> Int {
  (1...16).first { onnxTypeName(Int32($0)) == name.uppercased() } ?? 0
}

func convertCastLike(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [try cast(&c, to: c.type(try c.input(1)).elementType)]
}

private func cast(_ c: inout ONNXConversion, to target: ElementType) throws(DiagnosticError) -> ValueID {
  let x = try c.input(0)
  let type = c.type(x)
  if type.elementType == target { return x }
  guard let tensor = c.builder.constant(of: x) else {
    throw c.unsupported(
      "casts \(type.elementType.rawValue) to \(target.rawValue) at run time", hint: "cast outside the model: give it float32 inputs")
  }
  if target == .float32 { return c.emitConstant(Tensor(shape: tensor.shape, floats: tensor.floats)) }
  var integers: [Int64] = []
  switch tensor.elements {
  case .integers(let values): integers = values
  case .floats(let values):
    for value in values {
      if target == .bool {
        integers.append(value == 0 ? 0 : 1)
      } else if let integer = Int64(exactly: value.rounded(.towardZero)) {
        integers.append(integer)
      } else {
        throw c.failure("bad-constant", "\(value) has no \(target.rawValue) value")
      }
    }
  }
  return c.emitConstant(Tensor(shape: tensor.shape, integers: integers.map { narrowed($0, to: target) }, elementType: target))
}

private func narrowed(_ value: Int64, to type: ElementType) -> Int64 {
  switch type {
  case .bool: value == 0 ? 0 : 1
  case .int8: Int64(Int8(truncatingIfNeeded: value))
  case .uint8: Int64(UInt8(truncatingIfNeeded: value))
  case .int16: Int64(Int16(truncatingIfNeeded: value))
  case .int32: Int64(Int32(truncatingIfNeeded: value))
  default: value
  }
}
