import ModelGraph

/// Concat; parts without elements, which exporters write in shape arithmetic, are left out.
func convertConcat(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  guard let declared = try c.node.integer("axis") ?? (c.opset < 4 ? 1 : nil) else { throw c.failure("bad-attribute", "attribute 'axis' is missing") }
  let first = try c.input(0)
  let axis = try c.axis(declared, rank: c.shape(first).count)
  var parts: [ValueID] = []
  for index in c.inputs.indices {
    let part = try c.input(index)
    if c.type(part).elementCount > 0 { parts.append(part) }
  }
  if parts.count <= 1 { return [parts.first ?? first] }
  return [try c.emit(Concat(axis: axis), parts)]
}
