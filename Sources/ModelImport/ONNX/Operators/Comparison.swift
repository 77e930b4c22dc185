import ModelGraph

/// Comparisons, logic and selection: on constants, as exporters use them for shapes.

func convertComparison(
  _ integers: @escaping @Sendable (Int64, Int64) -> Bool, _ floats: @escaping @Sendable (Float, Float) -> Bool
) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let (a, b) = (try c.constant(0, "first input"), try c.constant(1, "second input"))
    let (shape, left, right) = try c.broadcastIndices(a.shape, b.shape)
    let values: [Int64]
    if let x = a.integers, let y = b.integers {
      values = zip(left, right).map { integers(x[$0], y[$1]) ? 1 : 0 }
    } else {
      let (x, y) = (a.floats, b.floats)
      values = zip(left, right).map { floats(x[$0], y[$1]) ? 1 : 0 }
    }
    return [c.emitConstant(Tensor(shape: shape, integers: values, elementType: .bool))]
  }
}

func convertLogic(_ operation: @escaping @Sendable (Bool, Bool) -> Bool) -> ONNXConverter {
  convertComparison({ operation($0 != 0, $1 != 0) }, { operation($0 != 0, $1 != 0) })
}

func convertNot(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.constant(0, "input")
  return [c.emitConstant(Tensor(shape: x.shape, integers: x.floats.map { $0 == 0 ? 1 : 0 }, elementType: .bool))]
}

/// Where on constants; a condition that is the same everywhere also selects between tensors computed at run time.
func convertWhere(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let condition = try c.constant(0, "condition")
  let (yes, no) = (try c.input(1), try c.input(2))
  guard let a = c.builder.constant(of: yes), let b = c.builder.constant(of: no) else {
    let flags = Set(condition.floats.map { $0 != 0 })
    guard flags.count == 1, let flag = flags.first else {
      throw c.unsupported("selects element by element between tensors computed at run time")
    }
    let shape = try c.broadcastShape(try c.broadcastShape(c.shape(yes), c.shape(no)), condition.shape)
    let chosen = flag ? yes : no
    return [c.shape(chosen) == shape ? chosen : try c.emit(Broadcast(shape: shape), [chosen])]
  }
  let (valueShape, i, j) = try c.broadcastIndices(a.shape, b.shape)
  let (shape, conditions, positions) = try c.broadcastIndices(condition.shape, valueShape)
  let flags = condition.floats
  if let x = a.integers, let y = b.integers {
    let values = zip(conditions, positions).map { flags[$0] != 0 ? x[i[$1]] : y[j[$1]] }
    return [c.emitConstant(Tensor(shape: shape, integers: values, elementType: a.type.elementType))]
  }
  let (x, y) = (a.floats, b.floats)
  let values = zip(conditions, positions).map { flags[$0] != 0 ? x[i[$1]] : y[j[$1]] }
  return [c.emitConstant(Tensor(shape: shape, floats: values))]
}

extension ONNXConversion {
  func broadcastShape(_ a: [Int], _ b: [Int]) throws(DiagnosticError) -> [Int] {
    do { return try broadcast(a, b) } catch { throw failure("bad-shape", error.message) }
  }

  /// The broadcast of two constant shapes, and for each element the positions in both operands.
  func broadcastIndices(_ a: [Int], _ b: [Int]) throws(DiagnosticError) -> (shape: [Int], left: [Int], right: [Int]) {
    let shape = try broadcastShape(a, b)
    guard shape.reduce(1, *) <= maximumFoldedCount else { throw failure("bad-constant", "a constant of shape \(shape) is too large") }
    return (shape, positions(a, in: shape), positions(b, in: shape))
  }

  private func positions(_ operand: [Int], in shape: [Int]) -> [Int] {
    var positions = [0]
    let padded = Array(repeating: 1, count: shape.count - operand.count) + operand
    for (axis, count) in shape.enumerated() {
      let size = padded[axis]
      positions = positions.flatMap { base in (0..<count).map { base * size + (size == 1 ? 0 : $0) } }
    }
    return positions
  }
}
