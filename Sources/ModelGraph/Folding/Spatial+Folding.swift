extension Resample: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }), let output = outputs.first else { return nil }
    let inner = x.shape[(axis + 1)...].reduce(1, *), outer = x.shape[..<axis].reduce(1, *), size = x.shape[axis]
    if isSelection {
      var indices: [Int] = []
      indices.reserveCapacity(output.elementCount)
      for line in 0..<outer {
        for start in first { indices += (line * size + start) * inner..<(line * size + start + 1) * inner }
      }
      return x.gathered(indices, shape: output.shape).map { [$0] }
    }
    guard case .floats(let values) = x.elements else { return nil }
    var results: [Float] = []
    results.reserveCapacity(output.elementCount)
    for line in 0..<outer {
      for (position, start) in first.enumerated() {
        for column in 0..<inner {
          var sum: Float = 0
          for tap in 0..<taps { sum += weights[position * taps + tap] * values[(line * size + start + tap) * inner + column] }
          results.append(sum)
        }
      }
    }
    return [Tensor(shape: output.shape, floats: results, elementType: output.elementType)]
  }
}

extension ConvolutionTranspose2D: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count >= 2, let image = inputs[0], let weight = inputs[1], let output = outputs.first else { return nil }
    let (x, w, shape) = (image.floats, weight.floats, output.shape)
    let bias = inputs.count > 2 ? inputs[2]?.floats : nil
    var sums = (0..<output.elementCount).map { bias?[$0 % shape[3]] ?? 0 }
    let depth = weight.shape[3], perGroup = shape[3] / groups
    for pixel in 0..<image.shape[0] * image.shape[1] * image.shape[2] {
      let (column, row, batch) = (
        pixel % image.shape[2], pixel / image.shape[2] % image.shape[1], pixel / (image.shape[2] * image.shape[1])
      )
      for ky in 0..<weight.shape[1] {
        let y = row * strides.height + ky * dilations.height - crop.height
        guard y >= 0, y < shape[1] else { continue }
        for kx in 0..<weight.shape[2] {
          let across = column * strides.width + kx * dilations.width - crop.width
          guard across >= 0, across < shape[2] else { continue }
          for channel in 0..<shape[3] {
            let source = pixel * image.shape[3] + channel / perGroup * depth
            let tap = ((channel * weight.shape[1] + ky) * weight.shape[2] + kx) * depth
            let target = ((batch * shape[1] + y) * shape[2] + across) * shape[3] + channel
            for k in 0..<depth { sums[target] += x[source + k] * w[tap + k] }
          }
        }
      }
    }
    return [Tensor(shape: shape, floats: sums.map { clamp.applied(to: $0) }, elementType: output.elementType)]
  }
}
