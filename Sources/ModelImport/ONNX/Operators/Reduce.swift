import ModelGraph

/// ReduceMean, ReduceSum, ...: axes in an attribute or an input; absent means all, unless `noop_with_empty_axes`.
func convertReduce(_ kind: Reduce.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    let x = try c.input(0)
    let rank = c.shape(x).count
    let given = try c.integers(attribute: "axes", orInput: 1) ?? []
    if given.isEmpty, try c.node.flag("noop_with_empty_axes") { return [x] }
    let axes = given.isEmpty ? Array(0..<rank) : try c.axes(given, rank: rank)
    let keeps = try c.node.flag("keepdims", default: true)
    return [try c.emit(Reduce(kind, axes: axes, keepsDimensions: keeps), [x])]
  }
}
