import ModelGraph

/// Elements start, start + step, ... of every axis; starts as the whole tensor.
struct SliceRange {
  var starts: [Int]
  var counts: [Int]
  var steps: [Int]

  init(_ shape: [Int]) {
    starts = shape.map { _ in 0 }
    counts = shape
    steps = shape.map { _ in 1 }
  }

  init(_ shape: [Int], axis: Int, start: Int, count: Int) {
    self.init(shape)
    (starts[axis], counts[axis]) = (start, count)
  }

  var op: Slice { Slice(starts: starts, counts: counts, steps: steps) }
}

/// SLICE: begin and size an axis; size -1 reaches the end.
func convertSlice(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let (begin, size) = (try node.integers(1, "begin"), try node.integers(2, "size"))
  let shape = node.shape(of: x)
  guard begin.count == shape.count, size.count == shape.count else {
    throw node.fail("bad-shape", "begin and size have \(begin.count) and \(size.count) entries, expected \(shape.count)")
  }
  var range = SliceRange(shape)
  for axis in shape.indices {
    guard (0..<shape[axis]).contains(begin[axis]), (-1...shape[axis]).contains(size[axis]) else {
      throw node.fail("bad-shape", "\(size[axis]) elements from \(begin[axis]) leave axis \(axis)")
    }
    (range.starts[axis], range.counts[axis]) = (begin[axis], size[axis] == -1 ? shape[axis] - begin[axis] : size[axis])
  }
  try node.produce(range.op, [x])
}

/// STRIDED_SLICE: Python's slicing, with masks for open ends, an ellipsis, new axes and axes indexed away.
func convertStridedSlice(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.stridedSlice)
  let x = try node.input(0, "input")
  let (begin, end, steps) = (try node.integers(1, "begin"), try node.integers(2, "end"), try node.integers(3, "strides"))
  guard begin.count == end.count, begin.count == steps.count, begin.count <= 16 else {
    throw node.fail("bad-shape", "begin, end and strides have \(begin.count), \(end.count) and \(steps.count) entries")
  }
  let shape = node.shape(of: x)
  var masks: [Int32] = []
  for field in 0..<5 { masks.append(try options.integer(field, default: 0)) }
  func isSet(_ mask: Int, _ entry: Int) -> Bool { masks[mask] >> Int32(entry) & 1 != 0 }
  let endIsOffset = try options.bool(5)

  var range = SliceRange(shape)
  var result: [Int] = []
  var axis = 0
  var hasEllipsis = false
  for entry in begin.indices {
    if isSet(2, entry), !hasEllipsis {
      hasEllipsis = true
      let rest = (entry + 1..<begin.count).count { !isSet(3, $0) }
      while axis + rest < shape.count {
        result.append(shape[axis])
        axis += 1
      }
      continue
    }
    if isSet(3, entry) {
      result.append(1)
      continue
    }
    guard axis < shape.count else { throw node.fail("bad-shape", "it slices more axes than the input has") }
    let part = try AxisSlice(
      node, length: shape[axis], begin: isSet(0, entry) ? nil : begin[entry], end: isSet(1, entry) ? nil : end[entry],
      step: steps[entry], endIsOffset: endIsOffset, isIndex: isSet(4, entry))
    (range.starts[axis], range.counts[axis], range.steps[axis]) = (part.start, part.count, steps[entry])
    if !isSet(4, entry) { result.append(part.count) }
    axis += 1
  }
  result += shape[axis...]
  if range.counts == result { return try node.produce(range.op, [x]) }
  try node.reshape(try node.step(range.op, [x], "slice"), to: result)
}

/// One axis of a strided slice with Python's rules: negative positions count from the end, positions outside are clamped.
private struct AxisSlice {
  var start: Int
  var count: Int

  init(
    _ node: TFLiteNode, length: Int, begin: Int?, end: Int?, step: Int, endIsOffset: Bool, isIndex: Bool
  ) throws(DiagnosticError) {
    guard step != 0, step.magnitude <= Int32.max.magnitude else { throw node.fail("bad-attribute", "a stride of \(step)") }
    func clamped(_ position: Int) -> Int {
      let fromStart = position < 0 ? position &+ length : position
      return step > 0 ? min(max(fromStart, 0), length) : min(max(fromStart, -1), length - 1)
    }
    if isIndex {
      let index = begin.map { $0 < 0 ? $0 &+ length : $0 } ?? 0
      guard (0..<length).contains(index) else {
        throw node.fail("bad-shape", "index \(begin ?? 0) is outside an axis of \(length) elements")
      }
      (start, count) = (index, 1)
      return
    }
    let first = begin.map(clamped) ?? (step > 0 ? 0 : length - 1)
    let last: Int
    if let end {
      last = endIsOffset ? (step > 0 ? min(max(first &+ end, 0), length) : min(max(first &+ end, -1), length - 1)) : clamped(end)
    } else {
      last = step > 0 ? length : -1
    }
    start = first
    count = max(0, step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step)
  }
}

/// SPLIT: equal parts of an axis; the axis is the first input.
func convertSplit(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(1, "input")
  let parts = node.op.outputs.count
  let axis = try node.axis(try node.integer(0, "axis"), rank: node.shape(of: x).count)
  let length = node.shape(of: x)[axis]
  guard length.isMultiple(of: parts) else {
    throw node.fail("bad-shape", "axis \(axis) of \(length) elements does not divide into \(parts) parts")
  }
  try split(node, x, axis: axis, counts: Array(repeating: length / parts, count: parts))
}

/// SPLIT_V: parts of given sizes, one of which may be -1.
func convertSplitV(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  var counts = try node.integers(1, "sizes")
  let axis = try node.axis(try node.integer(2, "axis"), rank: node.shape(of: x).count)
  let length = node.shape(of: x)[axis]
  guard counts.count == node.op.outputs.count, counts.allSatisfy({ (-1...length).contains($0) }) else {
    throw node.fail("bad-shape", "sizes \(counts) do not fit \(node.op.outputs.count) outputs and an axis of \(length) elements")
  }
  if let free = counts.firstIndex(of: -1) {
    counts[free] = 0
    counts[free] = length - counts.reduce(0, +)
  }
  guard counts.allSatisfy({ $0 >= 0 }), counts.reduce(0, +) == length else {
    throw node.fail("bad-shape", "sizes \(counts) do not add up to the \(length) elements of axis \(axis)")
  }
  try split(node, x, axis: axis, counts: counts)
}

private func split(_ node: TFLiteNode, _ x: ValueID, axis: Int, counts: [Int]) throws(DiagnosticError) {
  var start = 0
  for (index, count) in counts.enumerated() {
    try node.produce(SliceRange(node.shape(of: x), axis: axis, start: start, count: count).op, [x], output: index)
    start += count
  }
}
