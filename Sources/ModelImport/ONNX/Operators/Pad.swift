import ModelGraph

/// Constant padding; pads in an attribute before opset 11, in inputs after, with axes from 18 on. Negative pads cut.
func convertPad(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let mode = try c.node.string("mode") ?? "constant"
  guard mode == "constant" else { throw c.unsupported("pads in mode '\(mode)', only constant padding is supported") }
  let x = try c.input(0)
  let shape = c.shape(x)
  let attribute = c.opset == 1 ? "paddings" : "pads"
  guard let pads = try c.integers(attribute: attribute, orInput: 1) else { throw c.failure("bad-node", "its pads are missing") }
  let constant = try c.optionalScalar(2, "value")
  let value = try c.node.float("value") ?? constant ?? 0
  var axes = Array(shape.indices)
  if let given = try c.optionalIntegers(3, "axes") {
    axes = []
    _ = try c.axes(given, rank: shape.count)
    for axis in given { axes.append(try c.axis(axis, rank: shape.count)) }
  }
  guard pads.count == 2 * axes.count else { throw c.failure("bad-node", "pads has \(pads.count) entries, expected \(2 * axes.count)") }

  var cut = Slice(whole: shape)
  var pad = Pad(before: shape.map { _ in 0 }, after: shape.map { _ in 0 }, value: value)
  for (index, axis) in axes.enumerated() {
    let (before, after) = (pads[index], pads[index + axes.count])
    let kept = shape[axis].subtractingReportingOverflow(Int(clamping: min(before, 0).magnitude))
    let count = kept.partialValue.subtractingReportingOverflow(Int(clamping: min(after, 0).magnitude))
    guard !kept.overflow, !count.overflow, count.partialValue > 0 else {
      throw c.failure("bad-shape", "pads \(pads) cut all of axis \(axis)")
    }
    (cut.starts[axis], cut.counts[axis]) = (-min(before, 0), count.partialValue)
    (pad.before[axis], pad.after[axis]) = (max(before, 0), max(after, 0))
  }
  let isPadded = (pad.before + pad.after).contains { $0 > 0 }
  let inner = try c.slice(x, cut, part: isPadded ? "cut" : "", output: isPadded ? nil : 0)
  return [isPadded ? try c.emit(pad, [inner]) : inner]
}
