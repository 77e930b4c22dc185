/// Helpers of `outputTypes`: they turn every misfit, and every overflow, into a `ShapeError`.

/// No tensor has more elements than this: byte counts of any element type stay far from overflow.
package let maximumElementCount = 1 << 40

func required(_ inputs: [TensorType?], _ index: Int, _ role: String, rank: Int? = nil) throws(ShapeError) -> TensorType {
  guard index < inputs.count, let type = inputs[index] else { throw ShapeError("\(role) is missing") }
  if let rank, type.rank != rank { throw ShapeError("\(role) must have rank \(rank), found \(type)") }
  return type
}

func checkedSum(_ a: Int, _ b: Int) throws(ShapeError) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  guard !overflow, sum <= maximumElementCount else { throw ShapeError("a dimension of \(a) + \(b) elements is too large") }
  return sum
}

/// The element count of a shape. Throws where a dimension is negative or the count exceeds `maximumElementCount`.
package func checkedProduct(_ shape: [Int]) throws(ShapeError) -> Int {
  var product = 1
  for dimension in shape {
    guard dimension >= 0 else { throw ShapeError("shape \(shape) has a negative dimension") }
    let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
    guard !overflow, next <= maximumElementCount else { throw ShapeError("shape \(shape) has too many elements") }
    product = next
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
