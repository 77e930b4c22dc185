import ModelGraph

/// Operators that put slices where indices say: segments, sparse values, a slice moved into a tensor.

/// SEGMENT_SUM: the sums of slices along the first axis by their segment, a constant that ascends. As many segments as it names.
func convertSegmentSum(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "data")
  let ids = try node.integers(1, "segment ids")
  guard ids == ids.sorted(), let last = ids.last, ids[0] >= 0, last < 1 << 24 else {
    throw node.fail("bad-attribute", "segment ids must ascend from 0, found \(ids.prefix(8))")
  }
  try scatterSegments(node, x, try node.input(1, "segment ids"), count: last + 1, .add)
}

/// UNSORTED_SEGMENT_SUM, _PROD, _MAX, _MIN: the number of segments is a constant; a segment without slices holds the neutral element.
func convertUnsortedSegment(_ kind: ScatterKind) -> TFLiteConverter {
  { node throws(DiagnosticError) in
    let (x, ids) = (try node.input(0, "data"), try node.input(1, "segment ids"))
    if let constant = node.importer.builder.constant(of: ids)?.integers, constant.contains(where: { $0 < 0 }) {
      throw node.fail("unsupported-attribute", "a negative segment id drops its slice: not supported", hint: "gather the other slices first")
    }
    try scatterSegments(node, x, ids, count: try node.integer(2, "number of segments"), kind)
  }
}

private func scatterSegments(
  _ node: TFLiteNode, _ x: ValueID, _ ids: ValueID, count: Int, _ kind: ScatterKind
) throws(DiagnosticError) {
  let (shape, axes) = (node.shape(of: x), node.shape(of: ids))
  guard !axes.isEmpty, shape.starts(with: axes), count >= 1 else {
    throw node.fail("bad-shape", "segment ids \(axes) do not fit the data \(node.type(of: x)) and \(count) segments")
  }
  let type = node.type(of: x).elementType
  let neutral: Float =
    switch kind {
    case .multiply: 1
    case .maximum: type.elementClass == .float ? -Float.greatestFiniteMagnitude : Float(type.lowest)
    case .minimum: type.elementClass == .float ? Float.greatestFiniteMagnitude : -Float(type.lowest)
    default: 0
    }
  guard kind != .minimum || type.elementClass == .float else {
    throw node.fail("unsupported-type", "the smallest of a segment is supported of floats, found \(type.rawValue)")
  }
  let start = try node.filled(neutral, [count] + shape[axes.count...], like: type)
  let tuples = try node.step(Reshape(shape: axes + [1]), [ids], "tuples")
  try node.produce(ScatterND(kind: kind), [node.addConstant(start, "start"), tuples, x])
}

/// SPARSE_TO_DENSE: values at indices of a tensor that holds the default elsewhere. The shape is a constant.
func convertSparseToDense(_ node: TFLiteNode) throws(DiagnosticError) {
  let (indices, values) = (try node.input(0, "indices"), try node.input(2, "values"))
  let shape = try node.integers(1, "shape")
  let fill = try node.constant(3, "default value")
  guard fill.count == 1, !shape.isEmpty, node.shape(of: indices).count <= 2 else {
    throw node.fail("bad-shape", "indices \(node.type(of: indices)) and \(fill.count) default values do not fit the shape \(shape)")
  }
  let start = try node.step(Broadcast(shape: shape), [try node.input(3, "default value")], "start")
  // One index, a vector of indices of one axis, or a row of them for each value.
  let given = node.shape(of: indices)
  let tuples = given.count == 2 ? given : shape.count == 1 ? [given.first ?? 1, 1] : [1, given.first ?? 1]
  guard tuples[1] == shape.count else { throw node.fail("bad-shape", "indices \(node.type(of: indices)) do not name places in \(shape)") }
  let places = try node.step(Reshape(shape: tuples), [indices], "tuples")
  let updates =
    node.type(of: values).elementCount == 1
    ? try node.step(Broadcast(shape: [tuples[0]]), [try node.step(Reshape(shape: [1]), [values], "value")], "values") : values
  try node.produce(ScatterND(kind: .set), [start, places, updates])
}

/// DYNAMIC_UPDATE_SLICE: the operand with a part replaced that begins at indices, moved so that the update lies inside.
func convertDynamicUpdateSlice(_ node: TFLiteNode) throws(DiagnosticError) {
  let (operand, update, start) = (try node.input(0, "operand"), try node.input(1, "update"), try node.input(2, "start indices"))
  let (shape, part) = (node.shape(of: operand), node.shape(of: update))
  guard part.count == shape.count, node.shape(of: start) == [shape.count], zip(part, shape).allSatisfy({ $0 >= 1 && $0 <= $1 }) else {
    throw node.fail("bad-shape", "the update \(node.type(of: update)) does not fit the operand or the start indices")
  }
  // Axes at the end that are replaced whole need no index; the others make tuples.
  let depth = max(1, (shape.indices.last { part[$0] != shape[$0] } ?? 0) + 1)
  guard depth <= 6 else { throw node.fail("unsupported-attribute", "it moves along \(depth) axes, at most 6 are supported") }
  let type = node.type(of: start).elementType
  func integers(_ values: [Int], _ shape: [Int], _ name: String) -> ValueID {
    node.addConstant(Tensor(shape: shape, integers: values.map { Int64($0) }, elementType: type), name)
  }
  let count = part[..<depth].reduce(1, *)
  guard count <= 1 << 22 else { throw node.fail("bad-shape", "it makes a constant of \(count) tuples") }
  var grid: [Int] = []
  for index in 0..<count {
    var (rest, tuple) = (index, [Int](repeating: 0, count: depth))
    for axis in (0..<depth).reversed() { (tuple[axis], rest) = (rest % part[axis], rest / part[axis]) }
    grid += tuple
  }
  let first = try node.step(SliceRange([shape.count], axis: 0, start: 0, count: depth).op, [start], "start")
  let least = try node.step(Binary(.maximum), [first, integers(Array(repeating: 0, count: depth), [depth], "zero")], "from_zero")
  let room = integers((0..<depth).map { shape[$0] - part[$0] }, [depth], "room")
  let place = try node.step(Binary(.minimum), [least, room], "place")
  let tuples = try node.step(Binary(.add), [integers(grid, Array(part[..<depth]) + [depth], "grid"), place], "tuples")
  try node.produce(ScatterND(kind: .set), [operand, tuples, update])
}

/// BUCKETIZE: how many of the boundaries, which ascend, are at most each element.
func convertBucketize(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let boundaries = try node.options(.bucketize)?.integers(0, of: UInt32.self).map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) } ?? []
  guard boundaries == boundaries.sorted(), boundaries.allSatisfy(\.isFinite) else {
    throw node.fail("bad-attribute", "its boundaries must be finite and ascend, found \(boundaries.prefix(8))")
  }
  let shape = node.shape(of: x)
  guard !boundaries.isEmpty else { return try node.produceConstant(try node.filled(0, shape, like: .int32)) }
  let floats = node.type(of: x).elementType.elementClass == .float ? x : try node.step(Cast(to: .float32), [x], "floats")
  let column = try node.step(Reshape(shape: shape + [1]), [floats], "column")
  let reached = try node.step(
    Compare(.lessOrEqual), [node.addConstant(Tensor(shape: [boundaries.count], floats: boundaries), "boundaries"), column], "reached")
  let counts = try node.step(Cast(to: .int32), [reached], "ones")
  try node.produce(Reduce(.sum, axes: [shape.count], keepsDimensions: false), [counts])
}

extension ElementType {
  /// The smallest number of an integer type; at run time integers have 32 bits.
  fileprivate var lowest: Int {
    switch self {
    case .int8: -128
    case .int16: -32768
    case .int32, .int64: Int(Int32.min)
    default: 0
    }
  }
}
