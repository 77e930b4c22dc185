import ModelGraph

/// Comparisons, logic and selection.

/// - Parameter isSwapped: Greater is Less with its operands exchanged.
func convertComparison(_ kind: Compare.Kind, isSwapped: Bool = false) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let (a, b) = (try c.input(0), try c.input(1))
    return [try c.emit(Compare(kind), isSwapped ? [b, a] : [a, b])]
  }
}

func convertNot(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [try c.emit(Not(), [try c.input(0)])]
}

/// BitShift by an attribute's direction; the operands are unsigned.
func convertBitShift(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let kind: Binary.Kind
  switch try c.node.string("direction") ?? "" {
  case "LEFT": kind = .shiftLeft
  case "RIGHT": kind = .shiftRight
  case let other: throw c.failure("bad-attribute", "direction '\(other)' is neither LEFT nor RIGHT")
  }
  return [try c.emit(Binary(kind), [try c.input(0), try c.input(1)])]
}

/// Where; a constant condition that is the same everywhere selects one of the tensors.
func convertWhere(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (condition, yes, no) = (try c.input(0), try c.input(1), try c.input(2))
  if let flags = c.builder.constant(of: condition)?.integers, let flag = flags.first, flags.allSatisfy({ $0 == flag }),
    c.type(yes).elementType.elementClass == c.type(no).elementType.elementClass
  {
    let shape = try c.broadcastShape(try c.broadcastShape(c.shape(yes), c.shape(no)), c.shape(condition))
    let chosen = flag != 0 ? yes : no
    return [c.shape(chosen) == shape ? chosen : try c.emit(Broadcast(shape: shape), [chosen])]
  }
  return [try c.emit(Select(), [condition, yes, no])]
}

/// Whether an element is NaN: it is unequal to itself.
func convertIsNaN(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  return [try c.emit(Compare(.notEqual), [x, x])]
}

/// Whether an element is infinite, of both signs or of one.
func convertIsInf(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  switch (try c.node.flag("detect_negative", default: true), try c.node.flag("detect_positive", default: true)) {
  case (true, true):
    let magnitude = try c.emit(Unary(.abs), [x], part: "magnitude", output: nil)
    return [try c.emit(Compare(.equal), [magnitude, c.scalar(.infinity, "infinity")])]
  case (true, false): return [try c.emit(Compare(.equal), [x, c.scalar(-.infinity, "infinity")])]
  case (false, true): return [try c.emit(Compare(.equal), [x, c.scalar(.infinity, "infinity")])]
  // Nothing is less than itself.
  case (false, false): return [try c.emit(Compare(.less), [x, x])]
  }
}

extension ONNXConversion {
  func broadcastShape(_ a: [Int], _ b: [Int]) throws(DiagnosticError) -> [Int] {
    do { return try broadcast(a, b) } catch { throw failure("bad-shape", error.message) }
  }
}
