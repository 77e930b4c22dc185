import ModelGraph

/// Padding by a constant or by what lies beside it (reflect, edge, wrap); pads in an attribute before opset 11, in inputs after, with axes from 18 on. Negative pads cut.
func convertPad(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let mode = try c.node.string("mode") ?? "constant"
  let mirrors: [String: MirrorMode] = ["reflect": .reflect, "edge": .edge, "wrap": .wrap]
  let mirror = mirrors[mode]
  guard mirror != nil || mode == "constant" else {
    throw c.failure("bad-attribute", "mode '\(mode)' is none of constant, reflect, edge, wrap")
  }
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
  guard let mirror, isPadded else { return [isPadded ? try c.emit(pad, [inner]) : inner] }
  return [try mirrored(&c, inner, pad, mirror)]
}

/// Axis by axis, each padded element by the index of what it repeats.
private func mirrored(_ c: inout ONNXConversion, _ x: ValueID, _ pad: Pad, _ mode: MirrorMode) throws(DiagnosticError) -> ValueID {
  var value = x
  let axes = pad.before.indices.filter { pad.before[$0] > 0 || pad.after[$0] > 0 }
  for axis in axes {
    let size = c.shape(value)[axis]
    guard pad.before[axis] <= maximumFoldedCount, pad.after[axis] <= maximumFoldedCount,
      let sources = mode.sources(size: size, before: pad.before[axis], after: pad.after[axis])
    else { throw c.failure("bad-shape", "pads \(pad.before), \(pad.after) have nothing to repeat along axis \(axis) of \(c.type(value))") }
    let indices = c.emitConstant(
      Tensor(shape: [sources.count], integers: sources.map { Int64($0) }), part: "axis\(axis)-indices", output: nil)
    let isLast = axis == axes.last
    value = try c.emit(Gather(axis: axis), [value, indices], part: isLast ? "" : "axis\(axis)", output: isLast ? 0 : nil)
  }
  return value
}
