/// Matrix product of two tensors, times a factor: output = transposed(clamp((A B) * scale)), NumPy broadcasting over the batch axes.
///
/// Inputs: a, b. A = [..., M, K] is `a` with axis i at axis `aOrder[i]`, B = [..., K, N] likewise; axis i of the output is axis
/// `outputOrder[i]` of [..., M, N]. Transposes around a product are attributes of it: the kernels read and write with any strides.
package struct MatMul: Operator {
  package var aOrder: [Int]
  package var bOrder: [Int]
  package var outputOrder: [Int]
  package var scale: Float
  /// Fused activation.
  package var clamp: ClampRange

  package init(aOrder: [Int], bOrder: [Int], outputOrder: [Int], scale: Float = 1, clamp: ClampRange = .none) {
    (self.aOrder, self.bOrder, self.outputOrder) = (aOrder, bOrder, outputOrder)
    (self.scale, self.clamp) = (scale, clamp)
  }

  /// Products of 255 * 255 that a 32-bit sum holds for certain.
  package static let maximumDepth = Int(Int32.max) / (255 * 255)

  /// The product of tensors of these ranks, at least 2, whose last two axes are exchanged first where asked for.
  package init(aRank: Int, bRank: Int, transposesA: Bool = false, transposesB: Bool = false, scale: Float = 1) {
    func order(_ rank: Int, _ transposes: Bool) -> [Int] {
      transposes && rank >= 2 ? Array(0..<rank - 2) + [rank - 1, rank - 2] : Array(0..<max(rank, 0))
    }
    self.init(
      aOrder: order(aRank, transposesA), bOrder: order(bRank, transposesB), outputOrder: Array(0..<max(aRank, bRank, 0)), scale: scale)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let (a, b) = (try required(inputs, 0, "left factor"), try required(inputs, 1, "right factor"))
    let (left, right) = (try ordered(a, aOrder, "left"), try ordered(b, bOrder, "right"))
    guard left[left.count - 1] == right[right.count - 2] else {
      throw ShapeError("a matrix of \(left[left.count - 1]) columns cannot be multiplied by one of \(right[right.count - 2]) rows: \(a), \(b)")
    }
    let product = try broadcast(left.dropLast(2), right.dropLast(2)) + [left[left.count - 2], right[right.count - 1]]
    guard outputOrder.sorted() == Array(product.indices) else {
      throw ShapeError("\(outputOrder) is not a permutation of the axes of \(product)")
    }
    guard scale > 0, scale.isFinite else { throw ShapeError("the factor \(scale) must be positive and finite") }
    return [try checkedType(a.elementType, outputOrder.map { product[$0] })]
  }

  private func ordered(_ type: TensorType, _ order: [Int], _ role: String) throws(ShapeError) -> [Int] {
    guard type.rank >= 2 else { throw ShapeError("the \(role) factor must have rank 2 or more, found \(type)") }
    guard order.sorted() == Array(type.shape.indices) else {
      throw ShapeError("\(order) is not a permutation of the axes of the \(role) factor \(type)")
    }
    return order.map { type.shape[$0] }
  }

  package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard let a = inputs.first.flatMap({ $0 }), let axis = aOrder.last, a.shape.indices.contains(axis), let output = outputs.first else {
      return 0
    }
    return clampedProduct(output.shape + [a.shape[axis]])
  }
}
