extension Concat: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let output = outputs.first else { return nil }
    let tensors = inputs.compactMap { $0 }
    let outer = output.shape[..<axis].reduce(1, *)
    let rows = tensors.map { $0.shape[axis...].reduce(1, *) }
    if tensors.allSatisfy({ $0.integers != nil }) {
      let integers = tensors.map { $0.integers ?? [] }
      let values = (0..<outer).flatMap { index in zip(integers, rows).flatMap { $0[(index * $1)..<((index + 1) * $1)] } }
      return [Tensor(shape: output.shape, integers: values, elementType: output.elementType)]
    }
    guard tensors.allSatisfy({ $0.integers == nil }) else { return nil }
    let floats = tensors.map(\.floats)
    let values = (0..<outer).flatMap { index in zip(floats, rows).flatMap { $0[(index * $1)..<((index + 1) * $1)] } }
    return [Tensor(shape: output.shape, floats: values, elementType: output.elementType)]
  }
}

extension Reshape: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    inputs.first.flatMap { $0 }.map { [$0.reshaped(shape)] }
  }
}

extension Transpose: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    inputs.first.flatMap { $0 }.map { [$0.transposed(permutation)] }
  }
}

extension Slice: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }) else { return nil }
    let strides = rowMajorStrides(x.shape)
    let offset = zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    return x.gathered(stridedIndices(counts, zip(strides, steps).map { $0 * $1 }, offset: offset), shape: counts).map { [$0] }
  }
}

extension Pad: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }), let shape = outputs.first?.shape else { return nil }
    let strides = rowMajorStrides(shape)
    let offset = zip(before, strides).reduce(0) { $0 + $1.0 * $1.1 }
    var indices = [Int](repeating: -1, count: shape.reduce(1, *))
    for (source, target) in stridedIndices(x.shape, strides, offset: offset).enumerated() { indices[target] = source }
    return x.gathered(indices, shape: shape, fill: value).map { [$0] }
  }
}

extension Broadcast: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }) else { return nil }
    return x.gathered(stridedIndices(shape, broadcastStrides(x.shape, to: shape)), shape: shape).map { [$0] }
  }
}
