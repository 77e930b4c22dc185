import ModelGraph

/// Gather with constant indices: of constants, a lookup; of activations, slices (one for each run of evenly spaced indices).
func convertGather(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  let axis = try c.axis(try c.node.integer("axis") ?? 0, rank: shape.count)
  guard let given = try c.optionalIntegers(1, "indices") else { throw c.failure("bad-node", "its indices are missing") }
  let indices = given.map { $0 < 0 ? $0 &+ shape[axis] : $0 }
  guard indices.allSatisfy({ (0..<shape[axis]).contains($0) }) else {
    throw c.failure("bad-constant", "an index is outside the \(shape[axis]) entries of axis \(axis)")
  }
  let result = Array(shape[..<axis]) + c.shape(try c.input(1)) + Array(shape[(axis + 1)...])
  if let tensor = c.builder.constant(of: x) {
    return [c.emitConstant(try gathered(c, tensor, axis, indices, result))]
  }
  guard !indices.isEmpty else { throw c.unsupported("selects nothing") }
  var parts: [ValueID] = []
  let runs = evenRuns(indices)
  guard runs.count <= 64 else { throw c.unsupported("selects \(indices.count) scattered entries") }
  for (number, run) in runs.enumerated() {
    var slice = Slice(whole: shape)
    (slice.starts[axis], slice.counts[axis], slice.steps[axis]) = (run.start, run.count, run.step)
    let isResult = runs.count == 1 && slice.counts == result
    parts.append(try c.slice(x, slice, part: isResult ? "" : "run-\(number)", output: isResult ? 0 : nil))
  }
  var value = parts[0]
  if parts.count > 1 {
    var joined = shape
    joined[axis] = indices.count
    value = try c.emit(Concat(axis: axis), parts, part: joined == result ? "" : "join", output: joined == result ? 0 : nil)
  }
  return [try c.reshape(value, to: result)]
}

private func gathered(
  _ c: ONNXConversion, _ tensor: Tensor, _ axis: Int, _ indices: [Int], _ result: [Int]
) throws(DiagnosticError) -> Tensor {
  let count = try c.foldedCount(result)
  let outer = tensor.shape[..<axis].reduce(1, *)
  let inner = tensor.shape[(axis + 1)...].reduce(1, *)
  let size = tensor.shape[axis]
  func collect<Element>(_ values: [Element]) -> [Element] {
    var collected: [Element] = []
    collected.reserveCapacity(count)
    for o in 0..<outer {
      for index in indices {
        let start = (o * size + index) * inner
        collected += values[start..<(start + inner)]
      }
    }
    return collected
  }
  return switch tensor.elements {
  case .floats(let values): Tensor(shape: result, floats: collect(values))
  case .integers(let values): Tensor(shape: result, integers: collect(values), elementType: tensor.type.elementType)
  }
}

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
