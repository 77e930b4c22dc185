extension Dense: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count >= 2, let x = inputs[0]?.floats, let weight = inputs[1], let output = outputs.first else { return nil }
    let (channels, depth) = (weight.shape[0], weight.shape[1])
    let bias = inputs.count > 2 ? inputs[2]?.floats : nil
    let w = weight.floats
    var values: [Float] = []
    values.reserveCapacity(output.elementCount)
    guard channels > 0 else { return nil }
    for row in 0..<(output.elementCount / channels) {
      for channel in 0..<channels {
        var sum = bias?[channel] ?? 0
        for k in 0..<depth { sum += x[row * depth + k] * w[channel * depth + k] }
        values.append(clamp.applied(to: sum))
      }
    }
    return [Tensor(shape: output.shape, floats: values, elementType: output.elementType)]
  }
}

extension Convolution2D: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count >= 2, let image = inputs[0], let weight = inputs[1], let output = outputs.first else { return nil }
    let (x, w) = (image.floats, weight.floats)
    let bias = inputs.count > 2 ? inputs[2]?.floats : nil
    let (height, width, channels) = (image.shape[1], image.shape[2], image.shape[3])
    let (kernelHeight, kernelWidth, depth) = (weight.shape[1], weight.shape[2], weight.shape[3])
    let perGroup = output.shape[3] / groups
    var values: [Float] = []
    values.reserveCapacity(output.elementCount)
    for batch in 0..<output.shape[0] {
      for row in 0..<output.shape[1] {
        for column in 0..<output.shape[2] {
          for channel in 0..<output.shape[3] {
            var sum = bias?[channel] ?? 0
            let firstChannel = channel / perGroup * depth
            for ky in 0..<kernelHeight {
              let y = row * strides.height + ky * dilations.height - padding.top
              guard y >= 0, y < height else { continue }
              for kx in 0..<kernelWidth {
                let across = column * strides.width + kx * dilations.width - padding.left
                guard across >= 0, across < width else { continue }
                let source = ((batch * height + y) * width + across) * channels + firstChannel
                let tap = ((channel * kernelHeight + ky) * kernelWidth + kx) * depth
                for k in 0..<depth { sum += x[source + k] * w[tap + k] }
              }
            }
            values.append(clamp.applied(to: sum))
          }
        }
      }
    }
    return [Tensor(shape: output.shape, floats: values, elementType: output.elementType)]
  }
}

extension Pool2D: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let image = inputs.first.flatMap({ $0 }), case .floats(let x) = image.elements, let output = outputs.first else { return nil }
    let (height, width, channels) = (image.shape[1], image.shape[2], image.shape[3])
    // Kernel sizes are attributes, so no data bounds this loop.
    guard let steps = try? checkedProduct([output.elementCount, kernel.height, kernel.width]), steps <= 1 << 28 else { return nil }
    var values: [Float] = []
    values.reserveCapacity(output.elementCount)
    for batch in 0..<output.shape[0] {
      for row in 0..<output.shape[1] {
        for column in 0..<output.shape[2] {
          for channel in 0..<channels {
            var sum: Float = 0
            var highest = -Float.infinity
            var (inside, padded) = (0, 0)
            for ky in 0..<kernel.height {
              let y = row * strides.height + ky * dilations.height - padding.top
              guard y < height + padding.bottom else { continue }
              for kx in 0..<kernel.width {
                let across = column * strides.width + kx * dilations.width - padding.left
                guard across < width + padding.right else { continue }
                padded += 1
                guard y >= 0, y < height, across >= 0, across < width else { continue }
                inside += 1
                let value = x[((batch * height + y) * width + across) * channels + channel]
                sum += value
                highest = Binary.Kind.maximum.applied(highest, value)
              }
            }
            guard inside > 0 else { return nil }
            values.append(clamp.applied(to: kind == .max ? highest : sum / Float(countsPadding ? padded : inside)))
          }
        }
      }
    }
    return [Tensor(shape: output.shape, floats: values, elementType: output.elementType)]
  }
}
