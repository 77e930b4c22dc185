import ModelGraph

/// MaxPool and AveragePool over one to three spatial axes.
func convertPool(_ kind: Pool2D.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let x = try c.input(0)
    let countsPadding = kind == .average ? try c.node.flag("count_include_pad") : false
    let window = try poolWindow(c, x)
    let result = try c.pooled(kind, x, window, countsPadding: countsPadding)
    guard kind == .max, c.node.outputs.count == 2, c.read.contains(c.node.outputs[1]) else { return [result] }
    return [result, try maxPoolIndices(&c, x, window)]
  }
}

/// Global pooling: a reduction over the spatial axes that keeps them.
func convertGlobalPool(_ kind: Reduce.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let x = try c.input(0)
    return [try c.emit(Reduce(kind, axes: try spatialAxes(c, x), keepsDimensions: true), [x])]
  }
}

/// (sum of |x|^p)^(1/p) over windows, the padding's zeros included: an average over windows of one size, scaled.
func convertLpPool(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let p = try lpOrder(c)
  var window = try poolWindow(c, x)
  for axis in window.after.indices { window.after[axis] += window.overhang[axis] }
  window.overhang = window.overhang.map { _ in 0 }
  let powers = try lpPowers(&c, x, p)
  let count = window.kernel.reduce(1.0) { $0 * Double($1) }
  let average = try c.pooled(.average, powers, window, countsPadding: true, part: "average")
  let sum = try c.emit(Binary(.multiply), [average, c.scalar(Float(count), "count")], part: "sum", output: nil)
  return [try lpRoot(&c, sum, p)]
}

func convertGlobalLpPool(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let p = try lpOrder(c)
  let powers = try lpPowers(&c, x, p)
  return [
    try lpRoot(&c, try c.emit(Reduce(.sum, axes: try spatialAxes(c, x), keepsDimensions: true), [powers], part: "sum", output: nil), p)
  ]
}

private func lpOrder(_ c: ONNXConversion) throws(DiagnosticError) -> Int {
  let p = try c.node.integer("p") ?? 2
  guard (1...64).contains(p) else { throw c.failure("bad-attribute", "p is \(p), expected 1 to 64") }
  return p
}

private func lpPowers(_ c: inout ONNXConversion, _ x: ValueID, _ p: Int) throws(DiagnosticError) -> ValueID {
  if p == 2 { return try c.emit(Unary(.square), [x], part: "square", output: nil) }
  let magnitudes = try c.emit(Unary(.abs), [x], part: "magnitude", output: nil)
  return p == 1 ? magnitudes : try c.emit(Binary(.power), [magnitudes, c.scalar(Float(p), "p")], part: "power", output: nil)
}

private func lpRoot(_ c: inout ONNXConversion, _ sum: ValueID, _ p: Int) throws(DiagnosticError) -> ValueID {
  switch p {
  case 1: try c.emit(Reshape(shape: c.shape(sum)), [sum])
  case 2: try c.emit(Unary(.sqrt), [sum])
  default: try c.emit(Binary(.power), [sum, c.scalar(1 / Float(p), "inverse-p")])
  }
}

private func spatialAxes(_ c: ONNXConversion, _ x: ValueID) throws(DiagnosticError) -> [Int] {
  let rank = c.shape(x).count
  guard rank >= 3 else { throw c.failure("bad-shape", "needs [N, C, ...] with a spatial axis, the input has rank \(rank)") }
  return Array(2..<rank)
}

private func poolWindow(_ c: ONNXConversion, _ x: ValueID) throws(DiagnosticError) -> ONNXWindow {
  guard let kernel = try c.node.integers("kernel_shape") else { throw c.failure("bad-attribute", "attribute 'kernel_shape' is missing") }
  return try c.window(of: c.shape(x), kernel: kernel)
}

extension ONNXConversion {
  /// One to three axes of [N, C, ...] pooled. `part` names an inner step; without it the result is the node's output.
  fileprivate mutating func pooled(
    _ kind: Pool2D.Kind, _ x: ValueID, _ window: ONNXWindow, countsPadding: Bool, part: String = ""
  ) throws(DiagnosticError) -> ValueID {
    let value = try channelsLast(x)
    var shape = self.shape(value)
    let result: ValueID
    if shape.count == 5 {
      result = try volumePool(kind, value, window.volume, countsPadding: countsPadding)
    } else {
      let plane = window.plane
      let op = Pool2D(
        kind, kernel: plane.kernel, strides: plane.strides, dilations: plane.dilations, padding: plane.padding,
        countsPadding: countsPadding, overhang: plane.overhang)
      if shape.count == 4 {
        result = try emit(op, [value], output: nil)
      } else {
        let image = try emit(Reshape(shape: [shape[0], 1, shape[1], shape[2]]), [value], part: "to-2d", output: nil)
        let row = try emit(op, [image], output: nil)
        shape[1] = self.shape(row)[2]
        result = try emit(Reshape(shape: shape), [row], part: "to-1d", output: nil)
      }
    }
    guard !part.isEmpty else { return try channelsFirst(result) }
    let rank = shape.count
    return try emit(Transpose(permutation: [0, rank - 1] + Array(1..<rank - 1)), [result], part: part, output: nil)
  }
}
