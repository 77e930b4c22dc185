import ModelGraph

/// ReduceMean, ReduceSum, ...: axes in an attribute or an input; absent means all, unless `noop_with_empty_axes`.
func convertReduce(_ kind: Reduce.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let x = try c.input(0)
    return [try ReducedAxes(c).reduce(&c, x, kind)]
  }
}

/// Reductions of a function of each element, or followed by one.
enum ReducedNorm {
  /// sum |x|; sqrt(sum x^2); log(sum x); sum x^2
  case l1, l2, logSum, sumSquare
}

/// ReduceL1, ReduceL2, ReduceLogSum, ReduceSumSquare. Where no axis is reduced, the functions of single elements remain.
func convertNorm(_ norm: ReducedNorm) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let x = try c.input(0)
    let axes = try ReducedAxes(c)
    switch norm {
    case .l1:
      let magnitude = try c.emit(Unary(.abs), [x], part: "abs", output: axes.isNone ? 0 : nil)
      return [try axes.reduce(&c, magnitude, .sum)]
    case .sumSquare:
      let square = try c.emit(Unary(.square), [x], part: "square", output: axes.isNone ? 0 : nil)
      return [try axes.reduce(&c, square, .sum)]
    case .l2:
      let square = try c.emit(Unary(.square), [x], part: "square", output: nil)
      let sum = try axes.reduce(&c, square, .sum, part: "sum")
      return [try c.emit(Unary(.sqrt), [sum], part: "root")]
    case .logSum:
      let sum = try axes.reduce(&c, x, .sum, part: "sum")
      return [try c.emit(Unary(.log), [sum], part: "log")]
    }
  }
}

/// m + log(sum(exp(x - m))) with m the largest element, held finite so that infinite ones leave their limit and no NaN.
func convertLogSumExp(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  var axes = try ReducedAxes(c)
  if axes.isNone { return [x] }
  let keeps = axes.keeps
  axes.keeps = true
  let largest = try axes.reduce(&c, x, .max, part: "max")
  let limit = Float.greatestFiniteMagnitude
  let pivot = try c.emit(Unary(.clip(lower: -limit, upper: limit)), [largest], part: "pivot", output: nil)
  let shifted = try c.emit(Binary(.subtract), [x, pivot], part: "shifted", output: nil)
  let exp = try c.emit(Unary(.exp), [shifted], part: "exp", output: nil)
  let sum = try axes.reduce(&c, exp, .sum, part: "sum")
  let log = try c.emit(Unary(.log), [sum], part: "log", output: nil)
  let result = try c.emit(Binary(.add), [log, pivot], part: "pivoted", output: keeps ? 0 : nil)
  return [keeps ? result : try c.reshape(result, to: axes.remainingShape(c.shape(x)), part: "shape")]
}

/// Which axes a node reduces.
private struct ReducedAxes {
  var axes: [Int]
  var keeps: Bool
  /// Nothing is reduced: `noop_with_empty_axes`.
  var isNone = false

  init(_ c: ONNXConversion) throws(DiagnosticError) {
    let rank = c.shape(try c.input(0)).count
    let given = try c.integers(attribute: "axes", orInput: 1) ?? []
    keeps = try c.node.flag("keepdims", default: true)
    let isNoop = try c.node.flag("noop_with_empty_axes")
    isNone = given.isEmpty && isNoop
    axes = given.isEmpty ? Array(0..<rank) : try c.axes(given, rank: rank)
  }

  func remainingShape(_ shape: [Int]) -> [Int] { shape.indices.filter { !axes.contains($0) }.map { shape[$0] } }

  func reduce(
    _ c: inout ONNXConversion, _ x: ValueID, _ kind: Reduce.Kind, part: String = ""
  ) throws(DiagnosticError) -> ValueID {
    if isNone { return x }
    return try c.emit(Reduce(kind, axes: axes, keepsDimensions: keeps), [x], part: part, output: part.isEmpty ? 0 : nil)
  }
}
