/// An operator that can be computed at compile time.
protocol Foldable: Operator {
  /// Outputs of these types, which `outputTypes` gave for these inputs; nil where the value cannot be known or held
  /// (integer overflow, division by zero, mixed element types).
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]?
}

/// Computes an operator on constants. Integers stay Int64, so that importers can use it for shape arithmetic.
///
/// nil where the inputs do not fit, the operator has no evaluation, or the result would be more than `expansion` elements and
/// four times as large as the inputs: a small file must not unfold into a huge constant.
package func evaluate(_ op: any Operator, _ inputs: [Tensor?], expansion: Int = 1 << 16) -> [Tensor]? {
  guard let foldable = op as? any Foldable else { return nil }
  let types = inputs.map { $0?.type }
  guard let outputs = try? op.outputTypes(of: types) else { return nil }
  let available = inputs.reduce(0) { $0 + ($1?.count ?? 0) }
  for output in outputs {
    guard let count = try? checkedProduct(output.shape), count <= max(expansion, 4 * available) else { return nil }
  }
  guard op.multiplyAccumulates(inputs: types, outputs: outputs) <= 1 << 28 else { return nil }
  guard let results = foldable.evaluated(inputs, outputs), results.allSatisfy(\.fitsElementType) else { return nil }
  return results
}

extension Tensor {
  /// Every integer is in the range of the element type, which would otherwise have wrapped around.
  fileprivate var fitsElementType: Bool {
    guard let integers else { return true }
    let range: ClosedRange<Int64>
    switch type.elementType {
    case .bool: range = 0...1
    case .int8: range = -128...127
    case .uint8: range = 0...255
    case .int16: range = -32768...32767
    case .int32: range = Int64(Int32.min)...Int64(Int32.max)
    default: return true
    }
    return integers.allSatisfy(range.contains)
  }
}

/// Elements between neighbours along each axis.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  return strides
}

/// offset + sum of index * stride, for all indices of `shape` in row-major order.
func stridedIndices(_ shape: [Int], _ strides: [Int], offset: Int = 0) -> [Int] {
  guard !shape.contains(0) else { return [] }
  var result = [offset]
  for (length, stride) in zip(shape, strides) where length != 1 {
    var next: [Int] = []
    next.reserveCapacity(result.count * length)
    for start in result {
      for index in 0..<length { next.append(start + index * stride) }
    }
    result = next
  }
  return result
}

/// Strides that read a tensor of `shape` as if it were broadcast to `target`.
func broadcastStrides(_ shape: [Int], to target: [Int]) -> [Int] {
  let strides = zip(shape, rowMajorStrides(shape)).map { $0 == 1 ? 0 : $1 }
  return [Int](repeating: 0, count: target.count - shape.count) + strides
}
