import ModelGraph

/// The second output of MaxPool: for each window the place of its maximum (the first of equal ones) in the whole input, row by row, or with
/// storage order 1 column by column within an image.
///
/// The taps of all windows side by side, the index of the largest, and from that its place: a base for each window and an offset for each tap.
func maxPoolIndices(_ c: inout ONNXConversion, _ x: ValueID, _ window: ONNXWindow) throws(DiagnosticError) -> ValueID {
  let shape = c.shape(x), spatial = Array(shape[2...]), axes = spatial.indices
  let taps = window.kernel.reduce(1) { $0.multipliedReportingOverflow(by: $1).overflow ? .max : $0 * $1 }
  guard taps <= 256 else { throw c.unsupported("gives the places of maxima over \(taps) elements, at most 256 are supported") }
  let counts = axes.map { axis in
    let padded = spatial[axis] + window.before[axis] + window.after[axis] + window.overhang[axis]
    return (padded - (window.kernel[axis] - 1) * window.dilations[axis] - 1) / window.strides[axis] + 1
  }
  guard counts.allSatisfy({ $0 >= 1 }) else { throw c.refusal("the window does not fit the padded input \(c.type(x))") }
  let zeros = [0, 0]
  let pad = Pad(before: zeros + window.before, after: zeros + axes.map { window.after[$0] + window.overhang[$0] }, value: -.infinity)
  let padded = try c.emit(pad, [x], part: "indices-padded", output: nil)

  let steps = try c.node.integer("storage_order") ?? 0 == 0 ? rowMajor(spatial) : Array(rowMajor(spatial.reversed()).reversed())
  var parts: [ValueID] = []
  var offsets: [Int64] = []
  for tap in 0..<taps {
    var (rest, place) = (tap, Array(repeating: 0, count: spatial.count))
    for axis in axes.reversed() { (place[axis], rest) = (rest % window.kernel[axis], rest / window.kernel[axis]) }
    let starts = axes.map { place[$0] * window.dilations[$0] }
    let slice = Slice(
      starts: zeros + starts, counts: Array(shape[..<2]) + counts, steps: [1, 1] + window.strides)
    let part = try c.emit(slice, [padded], part: "indices-tap\(tap)", output: nil)
    parts.append(try c.reshape(part, to: [1] + shape[..<2] + counts, part: "indices-part\(tap)", output: nil))
    offsets.append(Int64(axes.reduce(0) { $0 + starts[$1] * steps[$1] }))
  }
  let stacked = try c.emit(Concat(axis: 0), parts, part: "indices-taps", output: nil)
  let chosen = try c.emit(ArgReduce(.max, axis: 0), [stacked], part: "indices-chosen", output: nil)
  let table = c.emitConstant(Tensor(shape: [taps], integers: offsets), part: "indices-offsets", output: nil)
  let offset = try c.reshape(
    try c.emit(Gather(axis: 0), [table, chosen], part: "indices-offset", output: nil), to: shape[..<2] + counts, part: "indices-shaped",
    output: nil)
  let windows = try c.foldedCount(counts)
  let bases = (0..<windows).map { index -> Int64 in
    var (rest, sum) = (index, 0)
    for axis in axes.reversed() {
      sum += (rest % counts[axis] * window.strides[axis] - window.before[axis]) * steps[axis]
      rest /= counts[axis]
    }
    return Int64(sum)
  }
  let size = spatial.reduce(1, *)
  let images = (0..<shape[0] * shape[1]).map { Int64($0 * size) }
  let base = c.emitConstant(Tensor(shape: [1, 1] + counts, integers: bases), part: "indices-windows", output: nil)
  let image = c.emitConstant(
    Tensor(shape: Array(shape[..<2]) + axes.map { _ in 1 }, integers: images), part: "indices-images", output: nil)
  let inImage = try c.emit(Binary(.add), [offset, base], part: "indices-in-image", output: nil)
  return try c.emit(Binary(.add), [inImage, image], output: 1)
}

private func rowMajor(_ shape: [Int]) -> [Int] {
  shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
}

/// MaxUnpool: each value at its index, zeros elsewhere. The indices count in the output that the window's attributes infer; a larger output
/// shape is filled up with zeros behind.
func convertMaxUnpool(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (x, indices) = (try c.input(0), try c.input(1))
  let shape = c.shape(x)
  guard let kernel = try c.node.integers("kernel_shape"), shape.count >= 3, kernel.count == shape.count - 2, c.shape(indices) == shape else {
    throw c.failure("bad-node", "a kernel for each spatial axis and indices of the input's shape are expected, found \(c.type(indices))")
  }
  let strides = try c.node.integers("strides") ?? kernel.map { _ in 1 }
  let pads = try c.node.integers("pads") ?? Array(repeating: 0, count: 2 * kernel.count)
  guard strides.count == kernel.count, pads.count == 2 * kernel.count,
    (kernel + strides + pads).allSatisfy((0...Int(Int32.max)).contains)
  else { throw c.failure("bad-attribute", "kernel \(kernel), strides \(strides) and pads \(pads) do not fit the input") }
  let inferred = Array(shape[..<2]) + kernel.indices.map {
    (shape[$0 + 2] - 1) * strides[$0] + kernel[$0] - pads[$0] - pads[$0 + kernel.count]
  }
  let target = try c.optionalIntegers(2, "output_shape") ?? inferred
  guard target.count == inferred.count, inferred.allSatisfy({ $0 >= 1 }), zip(target, inferred).allSatisfy({ $0 >= $1 }) else {
    throw c.failure("bad-shape", "output shape \(target) does not hold the inferred \(inferred)")
  }
  let count = try c.foldedCount(inferred)
  let zeros = c.emitConstant(Tensor(shape: [count], floats: Array(repeating: 0, count: count)), part: "zeros", output: nil)
  let flat = [shape.reduce(1, *)]
  let values = try c.reshape(x, to: flat, part: "values", output: nil)
  let places = try c.reshape(indices, to: flat, part: "places", output: nil)
  let filled = try c.emit(ScatterElements(axis: 0), [zeros, places, values], part: "filled", output: nil)
  guard target != inferred else { return [try c.reshape(filled, to: inferred)] }
  let image = try c.reshape(filled, to: inferred, part: "image", output: nil)
  return [try c.emit(Pad(before: target.map { _ in 0 }, after: zip(target, inferred).map { $0 - $1 }), [image])]
}
