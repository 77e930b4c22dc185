import ModelGraph

/// LRN: x / (bias + alpha / size * sum of the squares of `size` channels around it) ^ beta.
///
/// The sum is an average pooling along the channels whose padding counts, as PyTorch exports it.
func convertLRN(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  guard shape.count >= 3 else { throw c.failure("bad-shape", "needs channels and spatial axes, the input has rank \(shape.count)") }
  guard let size = try c.node.integer("size"), size > 0, size <= Int(Int32.max) else {
    throw c.failure("bad-attribute", "attribute 'size' must be a positive number of channels")
  }
  let (alpha, beta, bias) = (try c.node.float("alpha") ?? 1e-4, try c.node.float("beta") ?? 0.75, try c.node.float("bias") ?? 1)
  let toLast = [0] + Array(2..<shape.count) + [1]
  let square = try c.emit(Unary(.square), [x], part: "square", output: nil)
  let moved = try c.emit(Transpose(permutation: toLast), [square], part: "channels-last", output: nil)
  let last = c.shape(moved)
  let image = try c.emit(Reshape(shape: [1, last.dropLast().reduce(1, *), shape[1], 1]), [moved], part: "image", output: nil)
  let before = (size - 1) / 2
  let pool = Pool2D(
    .average, kernel: Size2D(1, size), padding: Padding2D(left: before, right: size - 1 - before), countsPadding: true)
  let mean = try c.emit(Reshape(shape: last), [try c.emit(pool, [image], part: "mean", output: nil)], part: "mean-image", output: nil)
  let scaled = try c.emit(Binary(.multiply), [mean, c.scalar(alpha, "alpha")], part: "scaled", output: nil)
  let sum = try c.emit(Binary(.add), [scaled, c.scalar(bias, "bias")], part: "sum", output: nil)
  let divisor = try c.emit(Transpose(permutation: [0, shape.count - 1] + Array(1..<(shape.count - 1))), [sum], part: "divisor", output: nil)
  switch beta {
  case 0.5: return [try c.emit(Binary(.multiply), [x, try c.emit(Unary(.rsqrt), [divisor], part: "root", output: nil)])]
  // The usual exponent as square roots, which have int8 forms.
  case 0.75:
    let root = try c.emit(Unary(.rsqrt), [divisor], part: "root", output: nil)
    let fourth = try c.emit(Unary(.sqrt), [root], part: "fourth-root", output: nil)
    return [try c.emit(Binary(.multiply), [x, try c.emit(Binary(.multiply), [root, fourth], part: "factor", output: nil)])]
  case 1: return [try c.emit(Binary(.divide), [x, divisor])]
  default: return [try c.emit(Binary(.divide), [x, try c.emit(Binary(.power), [divisor, c.scalar(beta, "beta")], part: "power", output: nil)])]
  }
}
