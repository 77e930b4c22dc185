/// Brings values to a common scale over `axes` (non-negative, ascending, unique), then y * gamma + beta.
///
/// Layer norm is `standard` over the last axes, instance norm over the spatial ones; group norm splits the channels by a reshape around it.
/// Inputs: x, gamma and beta (both optional and constant, of shapes that broadcast to x). Output like x.
package struct Normalize: Operator {
  package enum Kind: Hashable, Sendable {
    /// (x - mean) / sqrt(variance + epsilon), the variance over n.
    case standard
    /// x / sqrt(mean of squares + epsilon)
    case rootMeanSquare
    /// x / max(sqrt(sum of squares), epsilon)
    case l2
    /// x / max(sum of magnitudes, epsilon)
    case l1
  }
  package var kind: Kind
  package var axes: [Int]
  package var epsilon: Float
  /// Fused activation.
  package var clamp: ClampRange

  /// Values over which the int8 kernels' exact sums run at most.
  package static let maximumCount = 1 << 23

  package init(_ kind: Kind, axes: [Int], epsilon: Float, clamp: ClampRange = .none) {
    (self.kind, self.axes, self.epsilon, self.clamp) = (kind, axes, epsilon, clamp)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard axes == Set(axes).sorted(), axes.allSatisfy({ x.shape.indices.contains($0) }) else {
      throw ShapeError("axes \(axes) must be ascending, unique and inside rank \(x.rank)")
    }
    guard epsilon >= 0, epsilon.isFinite else { throw ShapeError("epsilon \(epsilon) must be finite and not negative") }
    for (index, role) in [(1, "gamma"), (2, "beta")] where inputs.count > index {
      guard let type = inputs[index] else { continue }
      guard try broadcast(x.shape, type.shape) == x.shape else { throw ShapeError("\(role) \(type) does not broadcast to \(x)") }
    }
    return [x]
  }
}

extension Normalize {
  /// x as [outer, axis, channels] with the channels in groups: statistics over axis and the channels of a group, one gamma a channel.
  package struct Block: Hashable, Sendable {
    package var outer = 1
    package var axis = 1
    package var groups = 1
    /// Channels of a group.
    package var size = 1

    package init(outer: Int = 1, axis: Int = 1, groups: Int = 1, size: Int = 1) {
      (self.outer, self.axis, self.groups, self.size) = (outer, axis, groups, size)
    }
  }

  /// The block that a tensor of this shape is where it lies, with gamma and beta of a joint shape; nil where it must be transposed first: for
  /// the order of its axes, or because more than `limit` channels would repeat few gammas.
  package func block(_ shape: [Int], gamma: [Int], limit: Int = 4096) -> Block? {
    let varies = Self.varyingAxes(shape, gamma)
    let long = shape.indices.filter { shape[$0] != 1 }
    var block = Block()
    var left = long[...]
    while let last = left.last, axes.contains(last) { block.size *= shape[left.removeLast()] }
    // As many kept axes are groups as lie behind a reduced one, or reach to the first along which gamma varies.
    while let last = left.last, !axes.contains(last), left.contains(where: { axes.contains($0) || varies.contains($0) }) {
      block.groups *= shape[left.removeLast()]
    }
    while let last = left.last, axes.contains(last), !varies.contains(last) { block.axis *= shape[left.removeLast()] }
    while let last = left.last, !axes.contains(last), !varies.contains(last) { block.outer *= shape[left.removeLast()] }
    guard left.isEmpty else { return nil }
    let distinct = varies.reduce(1) { $0 * shape[$1] }
    return distinct == 1 || block.groups * block.size <= max(16 * distinct, limit) ? block : nil
  }

  /// An order of the axes in which the tensor is a block.
  package func blockOrder(_ shape: [Int], gamma: [Int]) -> [Int] {
    let varies = Self.varyingAxes(shape, gamma)
    // Without gamma the statistics run over contiguous elements.
    let last = varies.isEmpty ? axes : axes.filter(varies.contains)
    let kept = shape.indices.filter { !axes.contains($0) }
    return kept.filter { !varies.contains($0) } + axes.filter { !last.contains($0) } + kept.filter(varies.contains) + last
  }

  private static func varyingAxes(_ shape: [Int], _ gamma: [Int]) -> Set<Int> {
    let offset = shape.count - gamma.count
    return Set(gamma.indices.filter { gamma[$0] != 1 }.map { $0 + offset })
  }
}
