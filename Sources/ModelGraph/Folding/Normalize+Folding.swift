extension Normalize: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }), case .floats(var values) = x.elements else { return nil }
    let strides = rowMajorStrides(x.shape)
    let kept = x.shape.indices.filter { !axes.contains($0) }
    let starts = stridedIndices(kept.map { x.shape[$0] }, kept.map { strides[$0] })
    let offsets = stridedIndices(axes.map { x.shape[$0] }, axes.map { strides[$0] })
    let count = Float(offsets.count)
    for start in starts {
      let mean = kind == .standard ? offsets.reduce(0) { $0 + values[start + $1] } / count : 0
      let total = offsets.reduce(Float(0)) { sum, offset in
        let distance = values[start + offset] - mean
        return sum + (kind == .l1 ? abs(distance) : distance * distance)
      }
      let divisor =
        switch kind {
        case .standard, .rootMeanSquare: (total / count + epsilon).squareRoot()
        case .l2: max(total.squareRoot(), epsilon)
        case .l1: max(total, epsilon)
        }
      for offset in offsets { values[start + offset] = (values[start + offset] - mean) / divisor }
    }
    for (index, kind) in [(1, Binary.Kind.multiply), (2, .add)] where inputs.count > index {
      guard let operand = inputs[index] else { continue }
      let places = stridedIndices(x.shape, broadcastStrides(operand.shape, to: x.shape))
      let operands = operand.floats
      for position in values.indices { values[position] = kind.applied(values[position], operands[places[position]]) }
    }
    return [Tensor(shape: x.shape, floats: values.map(clamp.applied), elementType: x.type.elementType)]
  }
}

extension PRelu: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 2, let x = inputs[0], let slope = inputs[1], case .floats(let values) = x.elements else { return nil }
    let places = stridedIndices(x.shape, broadcastStrides(slope.shape, to: x.shape))
    let slopes = slope.floats
    let results = zip(values, places).map { value, place in clamp.applied(to: value < 0 ? value * slopes[place] : value) }
    return [Tensor(shape: x.shape, floats: results, elementType: x.type.elementType)]
  }
}
