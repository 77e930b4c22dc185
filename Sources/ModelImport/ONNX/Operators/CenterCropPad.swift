import ModelGraph

/// The middle of each listed axis at the asked length: cut where it is longer, padded with zeros where it is shorter.
func convertCenterCropPad(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  guard let lengths = try c.optionalIntegers(1, "shape") else { throw c.failure("bad-node", "its shape is missing") }
  let given = try c.node.integers("axes") ?? Array(shape.indices)
  _ = try c.axes(given, rank: shape.count)
  guard lengths.count == given.count, lengths.allSatisfy({ $0 >= 1 && $0 <= maximumElementCount }) else {
    throw c.failure("bad-node", "shape \(lengths) does not fit the axes \(given)")
  }
  var cut = Slice(whole: shape)
  var pad = Pad(before: shape.map { _ in 0 }, after: shape.map { _ in 0 })
  for (length, axis) in zip(lengths, given) {
    let axis = try c.axis(axis, rank: shape.count)
    let missing = length - shape[axis]
    if missing >= 0 {
      (pad.before[axis], pad.after[axis]) = (missing / 2, missing - missing / 2)
    } else {
      (cut.starts[axis], cut.counts[axis]) = (-missing / 2, length)
    }
  }
  return [try c.emit(pad, [try c.emit(cut, [x], part: "middle", output: nil)])]
}
