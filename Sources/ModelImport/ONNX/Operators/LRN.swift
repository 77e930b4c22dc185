import ModelGraph

/// LRN: x / (bias + alpha / size * sum of the squares of `size` channels around it) ^ beta.
func convertLRN(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard c.shape(x).count >= 3 else { throw c.failure("bad-shape", "needs channels and spatial axes, the input has rank \(c.shape(x).count)") }
  guard let size = try c.node.integer("size"), size > 0, size <= Int(Int32.max) else {
    throw c.failure("bad-attribute", "attribute 'size' must be a positive number of channels")
  }
  let before = (size - 1) / 2
  let op = LocalResponse(
    axis: 1, before: before, after: size - 1 - before, alpha: (try c.node.float("alpha") ?? 1e-4) / Float(size),
    beta: try c.node.float("beta") ?? 0.75, bias: try c.node.float("bias") ?? 1)
  return [try c.emit(op, [x])]
}
