import ModelGraph

/// Every float type is float32 here, so a cast between floats does nothing.
func convertCast(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let declared = c.opset < 6 ? typeCode(named: try c.node.string("to") ?? "") : try c.node.integer("to") ?? 0
  guard let code = Int32(exactly: declared), let target = ElementType(onnx: code) else {
    throw c.unsupported("casts to \(Int32(exactly: declared).map(onnxTypeName) ?? "data type \(declared)")")
  }
  return [try c.cast(try c.input(0), to: target)]
}

/// The data type that `to` names before opset 6 ("FLOAT"); 0 where there is none.
private func typeCode(named name: String) -> Int {
  (1...16).first { onnxTypeName(Int32($0)) == name.uppercased() } ?? 0
}

func convertCastLike(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [try c.cast(try c.input(0), to: c.type(try c.input(1)).elementType)]
}

extension ONNXConversion {
  /// The elements in another type; the value itself where it has that type.
  mutating func cast(_ x: ValueID, to target: ElementType, part: String = "", output: Int? = 0) throws(DiagnosticError) -> ValueID {
    if type(x).elementType == target { return x }
    return try emit(Cast(to: target), [x], part: part, output: output)
  }
}
