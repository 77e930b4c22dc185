import ModelGraph

/// A window over depth, height and width.
struct VolumeWindow {
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var before: [Int]
  var after: [Int]
  var overhang = [0, 0, 0]

  func plane(_ values: [Int]) -> Size2D { Size2D(values[1], values[2]) }
  var padding: Padding2D { Padding2D(top: before[1], left: before[2], bottom: after[1], right: after[2]) }
}

/// What a transposed convolution leaves of its full output, one entry a spatial axis.
struct TransposedWindow {
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var crop: [Int]
  var size: [Int]
}

extension ONNXWindow {
  var volume: VolumeWindow {
    VolumeWindow(kernel: kernel, strides: strides, dilations: dilations, before: before, after: after, overhang: overhang)
  }
}

/// Operators on [N, D, H, W, C], each as images [N * D, H, W, C]: the taps in depth are gathered into the channels.
extension NodeEmitter {
  /// A 3-D convolution with weight [O, KD, KH, KW, C / groups] (constant).
  mutating func volumeConvolution(
    _ x: ValueID, _ weight: ValueID, _ bias: ValueID?, _ window: VolumeWindow, groups: Int
  ) throws(DiagnosticError) -> ValueID {
    let kernel = shape(weight), volume = shape(x)
    let reach = (kernel[1] - 1) * window.dilations[0] + 1, padded = volume[1] + window.before[0] + window.after[0]
    guard padded >= reach, volume[1] > 0, kernel.allSatisfy({ $0 > 0 }) else {
      throw refusal("a kernel \(kernel.dropFirst().dropLast()) does not fit the padded volume \(volume)")
    }
    let count = (padded - reach) / window.strides[0] + 1
    let starts = (0..<kernel[1]).map { $0 * window.dilations[0] }
    let image = try depthTaps(x, starts, count, step: window.strides[0], window.before[0], window.after[0], groups: groups)
    let ordered = try known(weight)
    let moved = try step(Transpose(permutation: [0, 2, 3, 1, 4]), [constant(ordered, "weight")], "weight-order")
    let flat = try step(Reshape(shape: [kernel[0], kernel[2], kernel[3], kernel[1] * kernel[4]]), [moved], "weight-2d")
    let op = Convolution2D(
      strides: window.plane(window.strides), dilations: window.plane(window.dilations), padding: window.padding, groups: groups)
    let result = try step(op, [image, flat] + (bias.map { [$0] } ?? []), "plane")
    let plane = shape(result)
    return try step(Reshape(shape: [volume[0], count] + plane.dropFirst()), [result], "volume")
  }

  /// A maximum or average over boxes: first over height and width, then over depth. An average of averages divides by the same counts.
  mutating func volumePool(
    _ kind: Pool2D.Kind, _ x: ValueID, _ window: VolumeWindow, countsPadding: Bool
  ) throws(DiagnosticError) -> ValueID {
    let volume = shape(x)
    guard volume.allSatisfy({ $0 > 0 }) else { throw refusal("the input has no elements") }
    let images = try step(Reshape(shape: [volume[0] * volume[1]] + volume.dropFirst(2)), [x], "planes")
    let across = Pool2D(
      kind, kernel: window.plane(window.kernel), strides: window.plane(window.strides), dilations: window.plane(window.dilations),
      padding: window.padding, countsPadding: countsPadding, overhang: window.plane(window.overhang))
    let pooled = try step(across, [images], "plane")
    let plane = shape(pooled)
    let deep = try step(Reshape(shape: [volume[0], volume[1], plane[1] * plane[2], plane[3]]), [pooled], "depths")
    let down = Pool2D(
      kind, kernel: Size2D(window.kernel[0], 1), strides: Size2D(window.strides[0], 1), dilations: Size2D(window.dilations[0], 1),
      padding: Padding2D(top: window.before[0], bottom: window.after[0]), countsPadding: countsPadding,
      overhang: Size2D(window.overhang[0], 0))
    let result = try step(down, [deep], "depth")
    return try step(Reshape(shape: [volume[0], shape(result)[1], plane[1], plane[2], plane[3]]), [result], "volume")
  }

  /// A 3-D transposed convolution with weight [O, KD, KH, KW, C / groups] (constant): depth as in `Graph.transposedConvolutionsReplaced`.
  mutating func volumeTransposedConvolution(
    _ x: ValueID, _ weight: ValueID, _ bias: ValueID?, _ window: TransposedWindow, groups: Int
  ) throws(DiagnosticError) -> ValueID {
    let volume = shape(x), tensor = try known(weight), kernel = tensor.shape
    let (stride, spacing) = (window.strides[0], window.dilations[0])
    let taps = ((kernel[1] - 1) * spacing) / stride + 1
    let count = max((window.crop[0] + window.size[0] - 1) / stride + 1, volume[1] + taps - 1)
    guard volume.allSatisfy({ $0 > 0 }), kernel.allSatisfy({ $0 > 0 }), kernel[0] % groups == 0 else {
      throw refusal("a kernel \(kernel) in \(groups) groups does not fit \(volume)")
    }
    let image = try depthTaps(x, Array(0..<taps), count, step: 1, taps - 1, count - volume[1], groups: groups)
    let perGroup = kernel[0] / groups, block = kernel[2] * kernel[3], source = tensor.floats
    // [groups][phases][channels of a group], [KH, KW, taps * C / groups].
    let outputs = stride * kernel[0], depth = taps * kernel[4]
    var floats = Array(repeating: Float(0), count: outputs * block * depth)
    for group in 0..<groups {
      for phase in 0..<stride {
        for channel in 0..<perGroup {
          let target = (group * stride + phase) * perGroup + channel
          for tap in 0..<taps {
            let position = (taps - 1 - tap) * stride + phase
            guard position % spacing == 0, position / spacing < kernel[1] else { continue }
            for place in 0..<block {
              for k in 0..<kernel[4] {
                floats[(target * block + place) * depth + tap * kernel[4] + k] =
                  source[(((group * perGroup + channel) * kernel[1] + position / spacing) * block + place) * kernel[4] + k]
              }
            }
          }
        }
      }
    }
    var parameters: [ValueID?] = [constant(Tensor(shape: [outputs, kernel[2], kernel[3], depth], floats: floats), "weight-2d")]
    if let bias {
      let values = try known(bias).floats
      let repeated = (0..<outputs).map { values[$0 / (stride * perGroup) * perGroup + $0 % perGroup] }
      parameters.append(constant(Tensor(shape: [outputs], floats: repeated), "bias"))
    }
    let op = ConvolutionTranspose2D(
      strides: Size2D(window.strides[1], window.strides[2]), dilations: Size2D(window.dilations[1], window.dilations[2]),
      crop: Size2D(window.crop[1], window.crop[2]), size: Size2D(window.size[1], window.size[2]), groups: groups)
    let plane = try step(op, [image] + parameters, "plane")
    let pixels = window.size[1] * window.size[2]
    let phases = try step(Reshape(shape: [volume[0] * count, pixels, groups, stride, perGroup]), [plane], "phases")
    let moved = try step(Transpose(permutation: [0, 3, 1, 2, 4]), [phases], "interleaved")
    let full = try step(
      Reshape(shape: [volume[0], count * stride, window.size[1], window.size[2], kernel[0]]), [moved], "volume")
    let shape = [volume[0]] + window.size + [kernel[0]]
    return try step(
      Slice(starts: [0, window.crop[0], 0, 0, 0], counts: shape, steps: [1, 1, 1, 1, 1]), [full], "crop")
  }

  /// [N * count, H, W, taps * C]: the planes start, start + step, ... of the padded depth side by side in the channels, within each group.
  private mutating func depthTaps(
    _ x: ValueID, _ starts: [Int], _ count: Int, step stride: Int, _ before: Int, _ after: Int, groups: Int
  ) throws(DiagnosticError) -> ValueID {
    let volume = shape(x)
    let images = [volume[0] * count, volume[2], volume[3]]
    guard starts.count > 1 || stride > 1 || before > 0 || after > 0 else {
      return try step(Reshape(shape: images + [volume[4]]), [x], "planes")
    }
    guard groups >= 1, volume[4] % groups == 0 else { throw refusal("groups \(groups) must divide \(volume[4]) input channels") }
    let padded = try step(Pad(before: [0, before, 0, 0, 0], after: [0, after, 0, 0, 0]), [x], "padded")
    var taps: [ValueID] = []
    for (index, start) in starts.enumerated() {
      let counts = [volume[0], count] + volume.dropFirst(2)
      let tap = try step(Slice(starts: [0, start, 0, 0, 0], counts: counts, steps: [1, stride, 1, 1, 1]), [padded], "tap\(index)")
      let split = [volume[0] * count, volume[2] * volume[3], groups, volume[4] / groups]
      taps.append(try step(Reshape(shape: split), [tap], "tap\(index)-groups"))
    }
    let joined = try step(Concat(axis: 3), taps, "taps")
    return try step(Reshape(shape: images + [starts.count * volume[4]]), [joined], "planes")
  }
}
