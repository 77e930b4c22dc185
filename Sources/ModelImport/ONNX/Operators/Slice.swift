import ModelGraph

/// Slice: attributes before opset 10, inputs after; bounds clamp to the axis and count from its end where negative.
func convertSlice(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let rank = c.shape(x).count
  guard let starts = try c.integers(attribute: "starts", orInput: 1), let ends = try c.integers(attribute: "ends", orInput: 2) else {
    throw c.failure("bad-node", "its starts or ends are missing")
  }
  let declared = try c.integers(attribute: "axes", orInput: 3) ?? Array(starts.indices)
  let steps = try c.optionalIntegers(4, "steps") ?? Array(repeating: 1, count: starts.count)
  guard ends.count == starts.count, declared.count == starts.count, steps.count == starts.count else {
    throw c.failure("bad-node", "starts \(starts), ends \(ends), axes \(declared), steps \(steps) differ in length")
  }
  _ = try c.axes(declared, rank: rank)
  var slice = Slice(whole: c.shape(x))
  for index in starts.indices {
    let axis = try c.axis(declared[index], rank: rank)
    guard steps[index] != 0 else { throw c.failure("bad-node", "the step of axis \(axis) is 0") }
    slice.select(axis, start: starts[index], end: ends[index], step: steps[index], size: c.shape(x)[axis])
  }
  return [try c.slice(x, slice)]
}

/// Split into parts of given or equal sizes.
func convertSplit(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  let axis = try c.axis(try c.node.integer("axis") ?? 0, rank: shape.count)
  let count = c.node.outputs.count
  var sizes = try c.integers(attribute: "split", orInput: 1) ?? []
  if sizes.isEmpty {
    let parts = try c.node.integer("num_outputs") ?? count
    guard parts == count, parts > 0 else { throw c.failure("bad-node", "num_outputs \(parts) contradicts \(count) outputs") }
    let size = (shape[axis] + parts - 1) / parts
    sizes = (0..<parts).map { min(size, max(0, shape[axis] - $0 * size)) }
  }
  guard sizes.count == count, sizes.allSatisfy({ $0 >= 0 && $0 <= shape[axis] }), sizes.reduce(0, &+) == shape[axis] else {
    throw c.failure("bad-shape", "sizes \(sizes) do not split axis \(axis) into \(count) parts")
  }
  var results: [ValueID] = []
  var start = 0
  for (index, size) in sizes.enumerated() {
    var slice = Slice(whole: shape)
    (slice.starts[axis], slice.counts[axis]) = (start, size)
    results.append(try c.slice(x, slice, part: "\(index)", output: index))
    start += size
  }
  return results
}

extension Slice {
  /// All of a tensor.
  init(whole shape: [Int]) {
    self.init(starts: Array(repeating: 0, count: shape.count), counts: shape, steps: Array(repeating: 1, count: shape.count))
  }

  /// Elements `start` until `end` by `step` (not 0) of one axis.
  mutating func select(_ axis: Int, start: Int, end: Int, step: Int, size: Int) {
    func bound(_ value: Int, _ range: ClosedRange<Int>) -> Int {
      min(max(value < 0 ? value + size : value, range.lowerBound), range.upperBound)
    }
    let first: Int
    let distance: Int
    if step > 0 {
      first = bound(start, 0...size)
      distance = bound(end, 0...size) - first
    } else {
      first = bound(start, -1...(size - 1))
      distance = first - bound(end, -1...(size - 1))
    }
    let stride = Int(clamping: step.magnitude)
    starts[axis] = first
    counts[axis] = distance > 0 ? (distance - 1) / stride + 1 : 0
    // A step past the axis moves nowhere when one element is taken.
    steps[axis] = counts[axis] > 1 ? step : 1
  }
}

extension ONNXConversion {
  /// A slice, the value itself where it takes all, or an empty constant (only shape arithmetic has those).
  mutating func slice(_ x: ValueID, _ slice: Slice, part: String = "", output: Int? = 0) throws(DiagnosticError) -> ValueID {
    if slice == Slice(whole: shape(x)) { return x }
    if slice.counts.contains(0), let tensor = builder.constant(of: x) {
      let isInteger = tensor.integers != nil
      let empty =
        isInteger
        ? Tensor(shape: slice.counts, integers: [], elementType: tensor.type.elementType) : Tensor(shape: slice.counts, floats: [])
      return emitConstant(empty, part: part, output: output)
    }
    return try emit(slice, [x], part: part, output: output)
  }
}
