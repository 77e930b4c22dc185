/// Helpers of `outputTypes`: they turn every misfit, and every overflow, into a `ShapeError`.

/// No tensor has more elements than this: byte counts of any element type stay far from overflow.
package let maximumElementCount = 1 << 40

func required(_ inputs: [TensorType?], _ index: Int, _ role: String, rank: Int? = nil) throws(ShapeError) -> TensorType {
  guard index < inputs.count, let type = inputs[index] else { throw ShapeError("\(role) is missing") }
  if let rank, type.rank != rank { throw ShapeError("\(role) must have rank \(rank), found \(type)") }
  return try checkedType(type.elementType, type.shape)
}

/// The type, whose element count then cannot overflow.
func checkedType(_ elementType: ElementType, _ shape: [Int]) throws(ShapeError) -> TensorType {
  _ = try checkedProduct(shape)
  return TensorType(elementType, shape)
}

/// Both hold floats, both integers or both truth values.
func checkSameClass(_ a: TensorType, _ b: TensorType) throws(ShapeError) {
  guard a.elementType.elementClass == b.elementType.elementClass else { throw ShapeError("cannot mix \(a) and \(b)") }
}

/// The optional bias, the third input, has one element an output channel.
func checkBias(_ inputs: [TensorType?], outputs: Int) throws(ShapeError) {
  guard inputs.count > 2, let bias = inputs[2] else { return }
  let count = try checkedProduct(bias.shape)
  guard count == outputs else { throw ShapeError("bias has \(count) elements, expected \(outputs)") }
}

func checkedSum(_ a: Int, _ b: Int) throws(ShapeError) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  guard !overflow, sum <= maximumElementCount else { throw ShapeError("a dimension of \(a) + \(b) elements is too large") }
  return sum
}

/// The element count of a shape. Throws where a dimension is negative, or one of them or the count exceeds `maximumElementCount`.
package func checkedProduct(_ shape: [Int]) throws(ShapeError) -> Int {
  var product = 1
  for dimension in shape {
    guard dimension >= 0 else { throw ShapeError("shape \(shape) has a negative dimension") }
    // An axis of no elements must not hide the size of the others: a transpose or a reduction may move or drop it.
    let (next, overflow) = product.multipliedReportingOverflow(by: max(dimension, 1))
    guard !overflow, next <= maximumElementCount else { throw ShapeError("shape \(shape) has too many elements") }
    product = next
  }
  return shape.contains(0) ? 0 : product
}

/// The product of non-negative factors, `Int.max` where it is larger.
func clampedProduct(_ factors: [Int]) -> Int {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    product = overflow ? Int.max : next
  }
  return product
}

/// The NumPy broadcast of two shapes.
package func broadcast(_ a: [Int], _ b: [Int]) throws(ShapeError) -> [Int] {
  let rank = max(a.count, b.count)
  let paddedA = Array(repeating: 1, count: rank - a.count) + a
  let paddedB = Array(repeating: 1, count: rank - b.count) + b
  var result: [Int] = []
  for (x, y) in zip(paddedA, paddedB) {
    guard x == y || x == 1 || y == 1 else { throw ShapeError("shapes \(a) and \(b) do not broadcast") }
    result.append(x == 1 ? y : x)
  }
  _ = try checkedProduct(result)
  return result
}

/// Output height and width of a sliding window; all attributes are checked.
func windowedSize(
  of image: Size2D, kernel: Size2D, strides: Size2D, dilations: Size2D, padding: Padding2D
) throws(ShapeError) -> Size2D {
  Size2D(
    try windowCount(image.height, kernel.height, strides.height, dilations.height, padding.top, padding.bottom, "height"),
    try windowCount(image.width, kernel.width, strides.width, dilations.width, padding.left, padding.right, "width"))
}

private func windowCount(
  _ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ before: Int, _ after: Int, _ axis: String
) throws(ShapeError) -> Int {
  let limit = Int(Int32.max)
  guard (1...limit).contains(kernel), (1...limit).contains(stride), (1...limit).contains(dilation),
    (0...limit).contains(before), (0...limit).contains(after)
  else {
    throw ShapeError("\(axis): kernel \(kernel), stride \(stride), dilation \(dilation), padding \(before) and \(after) are out of range")
  }
  let reach = (kernel - 1) * dilation + 1
  let padded = size + before + after
  guard padded >= reach else { throw ShapeError("\(axis): a kernel that spans \(reach) does not fit \(padded) padded elements") }
  return (padded - reach) / stride + 1
}

/// Every one of `windows` along an axis, the first starting at -`before`, has a tap inside the `size` elements of the image.
/// The attributes are those that `windowedSize` accepted.
func everyWindowHoldsATap(size: Int, windows: Int, kernel: Int, stride: Int, dilation: Int, before: Int) -> Bool {
  guard windows >= 1, (windows - 1) * stride - before < size, before <= (kernel - 1) * dilation else { return false }
  guard before > 0, dilation > size else { return true }
  // Taps may step over an image shorter than the dilation. A window that starts in the padding at s first reaches the image at
  // s mod dilation; how many of these are `size` or more is a difference of two sums of quotients.
  let starts = min(windows, (before - 1) / stride + 1), first = dilation - 1 - (before - 1) % dilation
  return floorSum(starts, stride, first + dilation - size, dilation) == floorSum(starts, stride, first, dilation)
}

/// The sum over i < n of (a * i + b) / m rounded down, modulo 2^64, in as many steps as Euclid's algorithm; n, a, m < 2^31, b < 2^32.
private func floorSum(_ n: Int, _ a: Int, _ b: Int, _ m: Int) -> Int {
  var (n, a, b, m) = (n, a, b, m)
  var sum = 0
  while n > 0 {
    sum &+= n * (n - 1) / 2 &* (a / m) &+ n &* (b / m)
    (a, b) = (a % m, b % m)
    let end = a * n + b
    (n, a, b, m) = (end / m, m, end % m, a)
  }
  return sum
}
