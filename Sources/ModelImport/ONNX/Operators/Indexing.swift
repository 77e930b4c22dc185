import ModelGraph

/// Operators that follow indices: gather and scatter, arg-max, top-k, running sums.

func convertGatherElements(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (x, indices) = (try c.input(0), try c.input(1))
  return [try c.emit(GatherElements(axis: try c.axis(try c.node.integer("axis") ?? 0, rank: c.shape(x).count)), [x, indices])]
}

func convertGatherND(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [try c.emit(GatherND(batchDimensions: try c.node.integer("batch_dims") ?? 0), [try c.input(0), try c.input(1)])]
}

/// ScatterElements and its older name Scatter.
func convertScatterElements(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let axis = try c.axis(try c.node.integer("axis") ?? 0, rank: c.shape(x).count)
  return [try c.emit(ScatterElements(axis: axis, kind: try scatterKind(c)), [x, try c.input(1), try c.input(2)])]
}

func convertScatterND(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  [try c.emit(ScatterND(kind: try scatterKind(c)), [try c.input(0), try c.input(1), try c.input(2)])]
}

private func scatterKind(_ c: ONNXConversion) throws(DiagnosticError) -> ScatterKind {
  switch try c.node.string("reduction") ?? "none" {
  case "none": return .set
  case "add": return .add
  case "mul": return .multiply
  case "max": return .maximum
  case "min": return .minimum
  case let other: throw c.failure("bad-attribute", "reduction '\(other)' is none of none, add, mul, max, min")
  }
}

func convertArgReduce(_ kind: ArgReduce.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let x = try c.input(0)
    let shape = c.shape(x)
    let axis = try c.axis(try c.node.integer("axis") ?? 0, rank: shape.count)
    let op = ArgReduce(kind, axis: axis, takesLast: try c.node.flag("select_last_index"))
    if try c.node.flag("keepdims", default: true) { return [try c.emit(op, [x])] }
    let kept = try c.emit(op, [x], part: "index", output: nil)
    return [try c.reshape(kept, to: shape.indices.filter { $0 != axis }.map { shape[$0] })]
  }
}

/// TopK; k is an attribute before operator set 10. The results are sorted whether they must be or not.
func convertTopK(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard let given = c.opset < 10 ? try c.node.integer("k").map({ [$0] }) : try c.optionalIntegers(1, "k"), given.count == 1 else {
    throw c.failure("bad-node", "its k must be one integer")
  }
  let axis = try c.axis(try c.node.integer("axis") ?? -1, rank: c.shape(x).count)
  return try c.emitAll(TopK(axis: axis, count: given[0], takesLargest: try c.node.flag("largest", default: true)), [x])
}

func convertCumulativeSum(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard let axis = try c.optionalIntegers(1, "axis"), axis.count == 1 else { throw c.failure("bad-node", "its axis must be one integer") }
  let op = CumulativeSum(
    axis: try c.axis(axis[0], rank: c.shape(x).count), isExclusive: try c.node.flag("exclusive"), isReverse: try c.node.flag("reverse"))
  return [try c.emit(op, [x])]
}

/// OneHot: the index, counted from the end where negative, is compared with 0, 1, ...; what is outside of them is off everywhere.
func convertOneHot(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let given = try c.input(0)
  let depth = try c.constant(1, "depth")
  guard depth.count == 1, let number = Int(exactly: depth.floats[0]), number >= 1 else {
    throw c.failure("bad-constant", "its depth must be one positive integer, found \(depth.floats)")
  }
  let values = try c.input(2)
  guard c.shape(values) == [2] else { throw c.failure("bad-node", "its values must be two numbers, off and on, found \(c.type(values))") }
  let rank = c.shape(given).count + 1
  let axis = try c.axis(try c.node.integer("axis") ?? -1, rank: rank)
  var shape = c.shape(given)
  shape.insert(1, at: axis)
  let indices = try c.reshape(try c.cast(given, to: .int64, part: "integers", output: nil), to: shape, part: "column", output: nil)
  func integers(_ values: [Int64], _ shape: [Int], _ part: String) -> ValueID {
    c.emitConstant(Tensor(shape: shape, integers: values), part: part, output: nil)
  }
  let size = integers([Int64(number)], [], "depth")
  let isNegative = try c.emit(Compare(.less), [indices, integers([0], [], "zero")], part: "is-negative", output: nil)
  let fromEnd = try c.emit(Binary(.add), [indices, size], part: "from-end", output: nil)
  let resolved = try c.emit(Select(), [isNegative, fromEnd, indices], part: "resolved", output: nil)
  var places = Array(repeating: 1, count: rank)
  places[axis] = number
  let isOn = try c.emit(
    Compare(.equal), [resolved, integers((0..<Int64(number)).map { $0 }, places, "places")], part: "is-on", output: nil)
  let off = try c.slice(values, Slice(starts: [0], counts: [1], steps: [1]), part: "off", output: nil)
  let on = try c.slice(values, Slice(starts: [1], counts: [1], steps: [1]), part: "on", output: nil)
  return [try c.emit(Select(), [isOn, on, off])]
}

/// Trilu: the part of each matrix above or below diagonal k; k is a constant.
func convertTrilu(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  guard shape.count >= 2 else { throw c.failure("bad-shape", "works on matrices, found \(c.type(x))") }
  let k = try c.optionalIntegers(1, "k")?.first ?? 0
  let isUpper = try c.node.flag("upper", default: true)
  let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
  guard rows * columns <= maximumFoldedCount else { throw c.failure("bad-constant", "a mask of \(rows)x\(columns) is too large") }
  let bound = min(max(k, -rows - columns), rows + columns)
  let flags = (0..<rows * columns).map { index -> Int64 in
    let distance = index % columns - index / columns
    return (isUpper ? distance >= bound : distance <= bound) ? 1 : 0
  }
  let mask = c.emitConstant(Tensor(shape: [rows, columns], integers: flags, elementType: .bool), part: "mask", output: nil)
  let type = c.type(x).elementType
  let zero = type.elementClass == .float ? Tensor(shape: [], floats: [0]) : Tensor(shape: [], integers: [0], elementType: type)
  return [try c.emit(Select(), [mask, x, c.emitConstant(zero, part: "zero", output: nil)])]
}

/// EyeLike: ones on diagonal k of a matrix of the input's shape.
func convertEyeLike(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  guard shape.count == 2 else { throw c.failure("bad-shape", "works on a matrix, found \(c.type(x))") }
  let count = try c.foldedCount(shape)
  let k = try c.node.integer("k") ?? 0
  var type = c.type(x).elementType
  if let code = try c.node.integer("dtype") {
    guard let code = Int32(exactly: code), let given = ElementType(onnx: code) else { throw c.unsupported("makes elements of type \(code)") }
    type = given
  }
  let ones = (0..<count).map { $0 % shape[1] - $0 / shape[1] == k }
  let tensor =
    type.elementClass == .float
    ? Tensor(shape: shape, floats: ones.map { $0 ? 1 : 0 }) : Tensor(shape: shape, integers: ones.map { $0 ? 1 : 0 }, elementType: type)
  return [c.emitConstant(tensor)]
}

/// NonZero of a constant: how many there are is not known otherwise.
func convertNonZero(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard let tensor = c.builder.constant(of: x) else {
    throw c.unsupported("gives as many rows as the data has elements other than 0, shapes are static here", hint: "use Where with a mask instead")
  }
  let shape = tensor.shape.isEmpty ? [1] : tensor.shape
  let places = tensor.floats.indices.filter { tensor.floats[$0] != 0 }
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  let integers = shape.indices.flatMap { axis in places.map { Int64($0 / strides[axis] % shape[axis]) } }
  return [c.emitConstant(Tensor(shape: [shape.count, places.count], integers: integers))]
}

/// Compress by a constant condition: the entries of an axis (of the flattened tensor without one) where it holds.
func convertCompress(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  var x = try c.input(0)
  let condition = try c.constant(1, "condition")
  var axis = 0
  if let given = try c.node.integer("axis") {
    axis = try c.axis(given, rank: c.shape(x).count)
  } else {
    x = try c.reshape(x, to: [c.type(x).elementCount], part: "flat", output: nil)
  }
  let chosen = condition.floats.prefix(c.shape(x)[axis]).indices.filter { condition.floats[$0] != 0 }.map { Int64($0) }
  guard !chosen.isEmpty else { throw c.unsupported("selects nothing") }
  let indices = c.emitConstant(Tensor(shape: [chosen.count], integers: chosen), part: "indices", output: nil)
  return [try c.emit(Gather(axis: axis), [x, indices])]
}

/// Tile by constant repeats.
func convertTile(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard let repeats = try c.optionalIntegers(1, "repeats") else { throw c.failure("bad-node", "its repeats are missing") }
  guard repeats.count == c.shape(x).count, repeats.allSatisfy({ $0 >= 1 }) else {
    throw c.failure("bad-node", "repeats \(repeats) do not fit \(c.type(x)), expected a positive number for each axis")
  }
  var value = x
  for step in tiling(c.shape(x), repeats) {
    value = try c.apply(step.op, value, part: step.isLast ? "" : step.name, output: step.isLast ? 0 : nil)
  }
  return [value]
}

/// ReverseSequence: element t of sequence b comes from its length - 1 - t, or stays where t is behind its end.
func convertReverseSequence(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (x, lengths) = (try c.input(0), try c.input(1))
  let shape = c.shape(x)
  let (batch, time) = (try c.node.integer("batch_axis") ?? 1, try c.node.integer("time_axis") ?? 0)
  guard shape.count >= 2, Set([batch, time]) == [0, 1] else {
    throw c.failure("bad-attribute", "batch_axis \(batch) and time_axis \(time) must be 0 and 1 of \(c.type(x))")
  }
  guard c.type(lengths).elementType.elementClass == .integer, c.shape(lengths) == [shape[batch]] else {
    throw c.failure("bad-shape", "its lengths must be \(shape[batch]) integers, found \(c.type(lengths))")
  }
  let indices = try c.reversedIndices(lengths, batch: shape[batch], time: shape[time], type: c.type(lengths).elementType)
  guard batch == 1 else { return [try c.emit(Gather(axis: 1, batchDimensions: 1), [x, indices])] }
  let swap = Transpose(permutation: [1, 0] + Array(2..<shape.count))
  let swapped = try c.emit(swap, [x], part: "batch-first", output: nil)
  let reversed = try c.emit(Gather(axis: 1, batchDimensions: 1), [swapped, indices], part: "reversed", output: nil)
  return [try c.emit(swap, [reversed])]
}

extension ONNXConversion {
  /// `emit` of an operator of one input whose type is known at run time only.
  mutating func apply(_ op: any Operator, _ x: ValueID, part: String = "", output: Int? = 0) throws(DiagnosticError) -> ValueID {
    try emit(op, [x], part: part, output: output)
  }
}
