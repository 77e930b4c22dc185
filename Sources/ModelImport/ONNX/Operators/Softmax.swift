import ModelGraph

/// Before opset 13 the input is seen as a matrix whose rows start at `axis`; after, one axis is normalized.
func convertSoftmax(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [
    try onRows(&c) { (c: inout ONNXConversion, x: ValueID, axis: Int, output: Int?) throws(DiagnosticError) -> ValueID in
      try c.emit(Softmax(axis: axis), [x], output: output)
    }
  ]
}

/// x - max - log(sum(exp(x - max))): exact where softmax itself would underflow.
func convertLogSoftmax(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [
    try onRows(&c) { (c: inout ONNXConversion, x: ValueID, axis: Int, output: Int?) throws(DiagnosticError) -> ValueID in
      let largest = try c.emit(Reduce(.max, axes: [axis], keepsDimensions: true), [x], part: "max", output: nil)
      let shifted = try c.emit(Binary(.subtract), [x, largest], part: "shifted", output: nil)
      let exp = try c.emit(Unary(.exp), [shifted], part: "exp", output: nil)
      let sum = try c.emit(Reduce(.sum, axes: [axis], keepsDimensions: true), [exp], part: "sum", output: nil)
      let log = try c.emit(Unary(.log), [sum], part: "log", output: nil)
      return try c.emit(Binary(.subtract), [shifted, log], output: output)
    }
  ]
}

/// Hardmax: 1 where the largest element along the axis lies (the first of equal ones), 0 elsewhere.
func convertHardmax(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [
    try onRows(&c) { (c: inout ONNXConversion, x: ValueID, axis: Int, output: Int?) throws(DiagnosticError) -> ValueID in
      let shape = c.shape(x)
      let largest = try c.emit(ArgReduce(.max, axis: axis), [x], part: "largest", output: nil)
      var steps = shape.map { _ in 1 }
      steps[axis] = shape[axis]
      let places = c.emitConstant(
        Tensor(shape: steps, integers: (0..<shape[axis]).map { Int64($0) }), part: "places", output: nil)
      let isLargest = try c.emit(Compare(.equal), [places, largest], part: "is-largest", output: nil)
      return try c.emit(Cast(to: .float32), [isLargest], output: output)
    }
  ]
}

private func onRows(
  _ c: inout ONNXConversion, _ body: (inout ONNXConversion, ValueID, Int, Int?) throws(DiagnosticError) -> ValueID
) throws(DiagnosticError) -> ValueID {
  let x = try c.input(0)
  let shape = c.shape(x)
  let isPerAxis = c.opset >= 13
  let axis = try c.axis(try c.node.integer("axis") ?? (isPerAxis ? -1 : min(1, shape.count - 1)), rank: shape.count)
  if isPerAxis || axis == shape.count - 1 { return try body(&c, x, axis, 0) }
  let rows = [shape.prefix(axis).reduce(1, *), shape.dropFirst(axis).reduce(1, *)]
  let matrix = try c.reshape(x, to: rows, part: "rows", output: nil)
  let result = try body(&c, matrix, 1, rows == shape ? 0 : nil)
  return try c.reshape(result, to: shape, part: "shape")
}
