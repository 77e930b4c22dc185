import RealModule

extension Reduce: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }), let output = outputs.first else { return nil }
    let strides = rowMajorStrides(x.shape)
    let kept = x.shape.indices.filter { !axes.contains($0) }
    let starts = stridedIndices(kept.map { x.shape[$0] }, kept.map { strides[$0] })
    let offsets = stridedIndices(axes.map { x.shape[$0] }, axes.map { strides[$0] })
    guard !offsets.isEmpty else { return nil }
    switch x.elements {
    case .floats(let values):
      let results = starts.map { start in reduced(offsets.lazy.map { values[start + $0] }, count: offsets.count) }
      return [Tensor(shape: output.shape, floats: results, elementType: output.elementType)]
    case .integers(let values):
      var results: [Int64] = []
      for start in starts {
        guard let result = reduced(offsets.map { values[start + $0] }) else { return nil }
        results.append(output.elementType.wrapped(result))
      }
      return [Tensor(shape: output.shape, integers: results, elementType: output.elementType)]
    }
  }

  private func reduced(_ values: some Sequence<Float>, count: Int) -> Float {
    switch kind {
    case .mean: values.reduce(0, +) / Float(count)
    case .sum: values.reduce(0, +)
    case .max: values.reduce(-.infinity) { Binary.Kind.maximum.applied($0, $1) }
    case .min: values.reduce(.infinity) { Binary.Kind.minimum.applied($0, $1) }
    case .product: values.reduce(1, *)
    }
  }

  private func reduced(_ values: [Int64]) -> Int64? {
    let operation: Binary.Kind =
      switch kind {
      case .mean, .sum: .add
      case .max: .maximum
      case .min: .minimum
      case .product: .multiply
      }
    var result = values[0]
    for value in values.dropFirst() {
      guard let next = operation.applied(result, value) else { return nil }
      result = next
    }
    return kind == .mean ? result / Int64(values.count) : result
  }
}

extension Softmax: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }), case .floats(var values) = x.elements else { return nil }
    let strides = rowMajorStrides(x.shape)
    let others = x.shape.indices.filter { $0 != axis }
    for start in stridedIndices(others.map { x.shape[$0] }, others.map { strides[$0] }) {
      let positions = (0..<x.shape[axis]).map { start + $0 * strides[axis] }
      let highest = positions.reduce(-Float.infinity) { max($0, values[$1]) }
      var sum: Float = 0
      for position in positions {
        values[position] = Float.exp(values[position] - highest)
        sum += values[position]
      }
      for position in positions { values[position] /= sum }
    }
    return [Tensor(shape: x.shape, floats: values, elementType: x.type.elementType)]
  }
}
