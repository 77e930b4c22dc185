import ModelGraph

/// Comparisons, logic, selection, and operators that follow indices.

/// - Parameter isSwapped: GREATER is LESS with its operands exchanged.
func comparison(_ kind: Compare.Kind, isSwapped: Bool = false) -> TFLiteConverter {
  { node throws(DiagnosticError) in
    let (a, b) = (try node.input(0, "first input"), try node.input(1, "second input"))
    try node.produce(Compare(kind), isSwapped ? [b, a] : [a, b])
  }
}

func convertNot(_ node: TFLiteNode) throws(DiagnosticError) { try node.produce(Not(), [try node.input(0, "input")]) }

/// SELECT_V2 broadcasts as in NumPy; the condition of SELECT may be a vector over the first axis.
func convertSelect(_ node: TFLiteNode) throws(DiagnosticError) {
  var condition = try node.input(0, "condition")
  let (a, b) = (try node.input(1, "first choice"), try node.input(2, "second choice"))
  let (shape, chosen) = (node.shape(of: condition), node.shape(of: a))
  if node.operatorName == "SELECT", shape.count == 1, chosen.count > 1, shape[0] == chosen[0] {
    let column = shape + Array(repeating: 1, count: chosen.count - 1)
    condition = try node.step(Reshape(shape: column), [condition], "column")
  }
  try node.produce(Select(), [condition, a, b])
}

/// FLOOR_DIV: of integers the quotient toward minus infinity, of floats the floor of the quotient.
func convertFloorDivide(_ node: TFLiteNode) throws(DiagnosticError) {
  let operands = [try node.input(0, "first input"), try node.input(1, "second input")]
  guard node.type(of: operands[0]).elementType.elementClass == .float else { return try node.produce(Binary(.floorDivide), operands) }
  try node.produce(Unary(.floor), [try node.step(Binary(.divide), operands, "quotient")])
}

/// GATHER: slices for a constant index, else by index at run time.
func convertGather(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = node.options(.gather)
  let (x, indices) = (try node.input(0, "input"), try node.input(1, "indices"))
  let shape = node.shape(of: x)
  let axis = try node.axis(Int(try options?.integer(0, default: Int32(0)) ?? 0), rank: shape.count)
  let batchDimensions = Int(try options?.integer(1, default: Int32(0)) ?? 0)
  if let positions = node.importer.builder.constant(of: indices)?.integers {
    guard positions.allSatisfy({ (0..<Int64(shape[axis])).contains($0) }) else {
      throw node.fail("bad-shape", "an index is outside axis \(axis) of \(shape[axis]) elements")
    }
    if positions.count == 1, batchDimensions == 0, node.importer.builder.constant(of: x) == nil {
      let part = try node.step(SliceRange(shape, axis: axis, start: Int(positions[0]), count: 1).op, [x], "element")
      return try node.reshape(part, to: Array(shape[..<axis] + node.shape(of: indices) + shape[(axis + 1)...]))
    }
  }
  try node.produce(Gather(axis: axis, batchDimensions: batchDimensions), [x, indices])
}

func convertGatherND(_ node: TFLiteNode) throws(DiagnosticError) {
  try node.produce(GatherND(), [try node.input(0, "input"), try node.input(1, "indices")])
}

/// EMBEDDING_LOOKUP: rows of the second input by the ids of the first.
func convertEmbeddingLookup(_ node: TFLiteNode) throws(DiagnosticError) {
  try node.produce(Gather(axis: 0), [try node.input(1, "table"), try node.input(0, "ids")])
}

/// ARG_MAX and ARG_MIN over a constant axis, which the output lacks.
func convertArgReduce(_ kind: ArgReduce.Kind) -> TFLiteConverter {
  { node throws(DiagnosticError) in
    let x = try node.input(0, "input")
    let shape = node.shape(of: x)
    let axis = try node.axis(try node.integer(1, "axis"), rank: shape.count)
    let declared = node.op.outputs.first.flatMap { node.importer.model.tensors[$0].elementType } ?? .int64
    let type = declared.elementClass == .integer ? declared : .int64
    let index = try node.step(ArgReduce(kind, axis: axis, elementType: type), [x], "index")
    try node.reshape(index, to: shape.indices.filter { $0 != axis }.map { shape[$0] })
  }
}

/// TOPK_V2 over the last axis.
func convertTopK(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let op = TopK(axis: node.shape(of: x).count - 1, count: try node.integer(1, "k"), elementType: .int32)
  try node.produceAll(op, [x])
}

func convertCumulativeSum(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let options = node.options(.cumulativeSum)
  let op = CumulativeSum(
    axis: try node.axis(try node.integer(1, "axis"), rank: node.shape(of: x).count), isExclusive: try options?.bool(0) ?? false,
    isReverse: try options?.bool(1) ?? false)
  try node.produce(op, [x])
}

/// ONE_HOT: on where the index is the place along the new axis; an index outside of it is off everywhere.
func convertOneHot(_ node: TFLiteNode) throws(DiagnosticError) {
  let indices = try node.input(0, "indices")
  let depth = try node.integer(1, "depth")
  let (on, off) = (try node.input(2, "on value"), try node.input(3, "off value"))
  var shape = node.shape(of: indices)
  let rank = shape.count + 1
  let axis = try node.axis(Int(try node.options(.oneHot)?.integer(0, default: Int32(0)) ?? -1), rank: rank)
  guard (1...1 << 24).contains(depth) else { throw node.fail("bad-attribute", "depth \(depth) is out of range") }
  shape.insert(1, at: axis)
  var places = Array(repeating: 1, count: rank)
  places[axis] = depth
  let column = try node.step(Reshape(shape: shape), [indices], "column")
  let steps = Tensor(shape: places, integers: (0..<Int64(depth)).map { $0 }, elementType: node.type(of: indices).elementType)
  let isOn = try node.step(Compare(.equal), [column, node.addConstant(steps, "places")], "is_on")
  try node.produce(Select(), [isOn, on, off])
}

/// SCATTER_ND: updates, summed where they meet, in a tensor of zeros.
func convertScatterND(_ node: TFLiteNode) throws(DiagnosticError) {
  let (indices, updates) = (try node.input(0, "indices"), try node.input(1, "updates"))
  let shape = try node.integers(2, "shape")
  let zeros = try node.filled(0, shape, like: node.type(of: updates).elementType)
  try node.produce(ScatterND(kind: .add), [node.addConstant(zeros, "zeros"), indices, updates])
}

func convertZerosLike(_ node: TFLiteNode) throws(DiagnosticError) {
  let type = node.type(of: try node.input(0, "input"))
  try node.produceConstant(try node.filled(0, type.shape, like: type.elementType))
}

func convertTile(_ node: TFLiteNode) throws(DiagnosticError) {
  var x = try node.input(0, "input")
  let repeats = try node.integers(1, "multiples")
  guard repeats.count == node.shape(of: x).count, repeats.allSatisfy({ $0 >= 1 }) else {
    throw node.fail("bad-shape", "multiples \(repeats) do not fit \(node.type(of: x))")
  }
  for step in tiling(node.shape(of: x), repeats) {
    if step.isLast { try node.apply(step.op, x) } else { x = try node.applyStep(step.op, x, step.name) }
  }
}

/// REVERSE_V2: the axes of a constant run backwards.
func convertReverse(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let shape = node.shape(of: x)
  var slice = Slice(starts: shape.map { _ in 0 }, counts: shape, steps: shape.map { _ in 1 })
  for given in try node.integers(1, "axes") {
    let axis = try node.axis(given, rank: shape.count)
    (slice.starts[axis], slice.steps[axis]) = (shape[axis] - 1, -1)
  }
  try node.produce(slice, [x])
}

/// REVERSE_SEQUENCE: along `seq_dim` the first elements of each batch entry run backwards, as many as its length says.
func convertReverseSequence(_ node: TFLiteNode) throws(DiagnosticError) {
  let (x, lengths) = (try node.input(0, "input"), try node.input(1, "lengths"))
  let (shape, options) = (node.shape(of: x), node.options(.reverseSequence))
  let time = try node.axis(Int(try options?.integer(0, default: Int32(0)) ?? 0), rank: shape.count)
  let batch = try node.axis(Int(try options?.integer(1, default: Int32(0)) ?? 0), rank: shape.count)
  guard time != batch, node.shape(of: lengths) == [shape[batch]] else {
    throw node.fail("bad-shape", "lengths \(node.type(of: lengths)) do not fit axis \(batch) of the input, sequences along axis \(time)")
  }
  var emitter = node
  let order = [batch, time] + shape.indices.filter { $0 != batch && $0 != time }
  let ahead = order == Array(shape.indices) ? x : try node.step(Transpose(permutation: order), [x], "batch_first")
  let indices = try emitter.reversedIndices(lengths, batch: shape[batch], time: shape[time], type: node.type(of: lengths).elementType)
  let gather = Gather(axis: 1, batchDimensions: 1)
  guard order != Array(shape.indices) else { return try node.produce(gather, [x, indices]) }
  let back = Transpose(permutation: shape.indices.compactMap { order.firstIndex(of: $0) })
  try node.produce(back, [try node.step(gather, [ahead, indices], "reversed")])
}

/// WHERE of a constant: the places of its elements other than 0, a row each.
func convertWhere(_ node: TFLiteNode) throws(DiagnosticError) {
  let tensor: Tensor
  do { tensor = try node.constant(0, "condition") } catch {
    throw node.fail(
      "unsupported-operator", "it gives as many rows as the data has elements other than 0, shapes are static here",
      hint: "use SELECT_V2 with a mask instead")
  }
  let flat = tensor.floats, rank = tensor.shape.count
  let places = flat.indices.filter { flat[$0] != 0 }
  var rows: [Int64] = []
  for place in places {
    var (rest, row) = (place, [Int64](repeating: 0, count: rank))
    for axis in (0..<rank).reversed() { (row[axis], rest) = (Int64(rest % tensor.shape[axis]), rest / tensor.shape[axis]) }
    rows += row
  }
  try node.produceConstant(Tensor(shape: [places.count, rank], integers: rows))
}

/// MIRROR_PAD: mode 0 leaves the edge out, mode 1 repeats it.
func convertMirrorPad(_ node: TFLiteNode) throws(DiagnosticError) {
  var x = try node.input(0, "input")
  let shape = node.shape(of: x)
  let paddings = try node.integers(1, "paddings")
  guard paddings.count == 2 * shape.count else {
    throw node.fail("bad-shape", "paddings hold \(paddings.count) numbers, expected \(2 * shape.count)")
  }
  let mode: MirrorMode = try node.options(.mirrorPad)?.integer(0, default: Int8(0)) ?? 0 == 0 ? .reflect : .symmetric
  let padded = shape.indices.filter { paddings[2 * $0] != 0 || paddings[2 * $0 + 1] != 0 }
  for axis in padded {
    guard paddings[2 * axis] <= 1 << 24, paddings[2 * axis + 1] <= 1 << 24,
      let sources = mode.sources(size: shape[axis], before: paddings[2 * axis], after: paddings[2 * axis + 1])
    else { throw node.fail("bad-shape", "paddings \(paddings) do not fit \(node.type(of: x))") }
    let indices = node.addConstant(
      Tensor(shape: [sources.count], integers: sources.map { Int64($0) }, elementType: .int32), "axis\(axis)_indices")
    if axis == padded.last { return try node.produce(Gather(axis: axis), [x, indices]) }
    x = try node.step(Gather(axis: axis), [x, indices], "axis\(axis)")
  }
  try node.alias(x)
}

extension TFLiteNode {
  /// A constant of one value.
  func filled(_ value: Float, _ shape: [Int], like type: ElementType) throws(DiagnosticError) -> Tensor {
    let count = try checked { () throws(ShapeError) in try checkedProduct(shape) }
    guard count <= 1 << 24 else { throw fail("bad-shape", "it makes a constant of \(count) elements") }
    return type.elementClass == .float
      ? Tensor(shape: shape, floats: Array(repeating: value, count: count))
      : Tensor(shape: shape, integers: Array(repeating: Int64(value), count: count), elementType: type)
  }

  /// `produce` and `step` of an operator whose type is known at run time only.
  func apply(_ op: any Operator, _ x: ValueID) throws(DiagnosticError) { try produce(op, [x]) }
  func applyStep(_ op: any Operator, _ x: ValueID, _ part: String) throws(DiagnosticError) -> ValueID { try step(op, [x], part) }
}
