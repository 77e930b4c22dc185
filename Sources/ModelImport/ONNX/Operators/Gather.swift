import ModelGraph

/// Gather. Constant indices into an activation that are evenly spaced are slices, one for each run of them.
func convertGather(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (x, indices) = (try c.input(0), try c.input(1))
  let shape = c.shape(x)
  let axis = try c.axis(try c.node.integer("axis") ?? 0, rank: shape.count)
  guard c.builder.constant(of: x) == nil, let given = c.builder.constant(of: indices)?.integers?.map({ Int($0) }) else {
    return [try c.emit(Gather(axis: axis), [x, indices])]
  }
  let positions = given.map { $0 < 0 ? $0 &+ shape[axis] : $0 }
  guard positions.allSatisfy({ (0..<shape[axis]).contains($0) }) else {
    throw c.failure("bad-constant", "an index is outside the \(shape[axis]) entries of axis \(axis)")
  }
  guard !positions.isEmpty else { throw c.unsupported("selects nothing") }
  let runs = evenRuns(positions)
  guard runs.count <= maximumSlices else { return [try c.emit(Gather(axis: axis), [x, indices])] }
  let result = Array(shape[..<axis]) + c.shape(indices) + Array(shape[(axis + 1)...])
  var parts: [ValueID] = []
  for (number, run) in runs.enumerated() {
    var slice = Slice(whole: shape)
    (slice.starts[axis], slice.counts[axis], slice.steps[axis]) = (run.start, run.count, run.step)
    let isResult = runs.count == 1 && slice.counts == result
    parts.append(try c.slice(x, slice, part: isResult ? "" : "run-\(number)", output: isResult ? 0 : nil))
  }
  var value = parts[0]
  if parts.count > 1 {
    var joined = shape
    joined[axis] = positions.count
    value = try c.emit(Concat(axis: axis), parts, part: joined == result ? "" : "join", output: joined == result ? 0 : nil)
  }
  return [try c.reshape(value, to: result)]
}

/// More runs than these are quicker to follow by index.
private let maximumSlices = 8

/// Cuts a list into the longest runs start, start + step, ... with a step other than 0.
private func evenRuns(_ indices: [Int]) -> [(start: Int, count: Int, step: Int)] {
  var runs: [(start: Int, count: Int, step: Int)] = []
  for index in indices {
    if var run = runs.last {
      let step = index - (run.start + (run.count - 1) * run.step)
      if step != 0, run.count == 1 || step == run.step {
        run = (run.start, run.count + 1, step)
        runs[runs.count - 1] = run
        continue
      }
    }
    runs.append((index, 1, 1))
  }
  return runs
}
