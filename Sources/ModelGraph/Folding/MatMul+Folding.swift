extension MatMul: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 2, let left = inputs[0], let right = inputs[1], let output = outputs.first,
      case .floats = left.elements, case .floats = right.elements
    else { return nil }
    let (a, b) = (left.transposed(aOrder), right.transposed(bOrder))
    var product = [Int](repeating: 0, count: outputOrder.count)
    for (axis, place) in outputOrder.enumerated() { product[place] = output.shape[axis] }
    let (rows, columns, depth) = (product[product.count - 2], product[product.count - 1], a.shape[a.shape.count - 1])
    let batch = Array(product.dropLast(2))
    let aStarts = stridedIndices(batch, broadcastStrides(Array(a.shape.dropLast(2)), to: batch)).map { $0 * rows * depth }
    let bStarts = stridedIndices(batch, broadcastStrides(Array(b.shape.dropLast(2)), to: batch)).map { $0 * depth * columns }
    let (x, y) = (a.floats, b.floats)
    var values: [Float] = []
    values.reserveCapacity(output.elementCount)
    for (aStart, bStart) in zip(aStarts, bStarts) {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum: Float = 0
          for k in 0..<depth { sum += x[aStart + row * depth + k] * y[bStart + k * columns + column] }
          values.append(clamp.applied(to: sum * scale))
        }
      }
    }
    return [Tensor(shape: product, floats: values, elementType: output.elementType).transposed(outputOrder)]
  }
}
