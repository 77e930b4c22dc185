extension Graph {
  /// Replaces each transposed convolution by what computes the same: a convolution with one set of channels for each phase of the strides,
  /// whose pixels are then interleaved, and a crop.
  ///
  /// Output row q * s + r of the uncropped image is the sum over j of x[q - j] * w[j * s + r]: for each phase r < s a convolution of
  /// ceil(K / s) flipped taps over the input as it is. Rows left of the crop are not computed as far as whole rows of phases go.
  func transposedConvolutionsReplaced() -> Graph {
    guard nodes.contains(where: { $0.op is ConvolutionTranspose2D }) else { return self }
    var expansion = GraphExpansion(self)
    for node in nodes {
      guard let op = node.op as? ConvolutionTranspose2D, node.inputs.count > 1, let x = node.inputs[0],
        let weight = node.inputs[1].flatMap({ self[$0].constant })
      else {
        expansion.append(node)
        continue
      }
      expansion.replace(node, op, x, weight)
    }
    return expansion.finish()
  }
}

/// Where the outputs of one axis come from.
private struct PhaseAxis {
  let stride: Int
  /// Taps of each phase.
  let taps: Int
  /// Dilation of the convolution: that of the transposed one where its stride is 1, else 1 (the kernel then holds the zeros).
  let dilation: Int
  /// What is left of the kernel's own dilation.
  private let spacing: Int
  private let kernel: Int
  let before: Int, after: Int
  /// Pixels of each phase, and interleaved pixels to drop before the first output.
  let count: Int, skipped: Int

  init(size: Int, kernel: Int, stride: Int, dilation: Int, crop: Int, output: Int) {
    self.stride = stride
    self.kernel = kernel
    (self.dilation, spacing) = stride == 1 ? (dilation, 1) : (1, dilation)
    taps = ((kernel - 1) * spacing) / stride + 1
    let reach = (taps - 1) * self.dilation
    let start = min(crop / stride, reach)
    before = reach - start
    // Enough pixels for the last output; at least as many as need no negative padding.
    let needed = (crop + output - 1) / stride + 1 - start
    after = max(0, needed + reach - size - before)
    count = size + before + after - reach
    skipped = crop - start * stride
  }

  /// The kernel's tap that tap `tap` of the convolution for `phase` is; nil for a zero.
  func source(_ tap: Int, _ phase: Int) -> Int? {
    let position = (taps - 1 - tap) * stride + phase
    guard position % spacing == 0, position / spacing < kernel else { return nil }
    return position / spacing
  }
}

extension GraphExpansion {
  fileprivate mutating func replace(_ node: Node, _ op: ConvolutionTranspose2D, _ x: ValueID, _ weight: Tensor) {
    let image = graph[x].type.shape
    let rows = PhaseAxis(
      size: image[1], kernel: weight.shape[1], stride: op.strides.height, dilation: op.dilations.height, crop: op.crop.height,
      output: op.size.height)
    let columns = PhaseAxis(
      size: image[2], kernel: weight.shape[2], stride: op.strides.width, dilation: op.dilations.width, crop: op.crop.width,
      output: op.size.width)
    let phases = (0..<rows.stride).flatMap { y in (0..<columns.stride).map { (y, $0) } }
    let bias = node.inputs.count > 2 ? node.inputs[2].flatMap { graph[$0].constant } : nil
    let convolution = Convolution2D(
      dilations: Size2D(rows.dilation, columns.dilation),
      padding: Padding2D(top: rows.before, left: columns.before, bottom: rows.after, right: columns.after), groups: op.groups,
      clamp: op.clamp)
    let outputs = weight.shape[0], perGroup = outputs / op.groups
    let shape = [image[0] * rows.count, columns.count]
    var pixels: ValueID
    if phases.count > 1, op.groups > 1, perGroup == 1, image[3] == op.groups {
      // Depthwise: one convolution a phase keeps the channels side by side.
      var lines: [ValueID] = []
      for y in 0..<rows.stride {
        var parts: [ValueID] = []
        for x1 in 0..<columns.stride {
          let part = convolve(node, "\(y).\(x1)", convolution, x, weight, bias, [(y, x1)], rows, columns)
          parts.append(add(Reshape(shape: shape + [1, outputs]), [part], node, "phase\(y).\(x1)"))
        }
        let line = add(Concat(axis: 2), parts, node, "row\(y)")
        lines.append(add(Reshape(shape: [shape[0], 1, columns.count * columns.stride * outputs]), [line], node, "line\(y)"))
      }
      pixels = add(Concat(axis: 1), lines, node, "interleaved")
    } else {
      pixels = convolve(node, "", convolution, x, weight, bias, phases, rows, columns)
      if phases.count > 1, op.groups == 1 {
        pixels = add(Reshape(shape: shape + [rows.stride, columns.stride, outputs]), [pixels], node, "phases")
        pixels = add(Transpose(permutation: [0, 2, 1, 3, 4]), [pixels], node, "interleaved")
      } else if phases.count > 1 {
        pixels = add(Reshape(shape: shape + [op.groups, rows.stride, columns.stride, perGroup]), [pixels], node, "phases")
        pixels = add(Transpose(permutation: [0, 3, 1, 4, 2, 5]), [pixels], node, "interleaved")
      }
    }
    let full = [image[0], rows.count * rows.stride, columns.count * columns.stride, outputs]
    pixels = add(Reshape(shape: full), [pixels], node, "image")
    let crop = Slice(
      starts: [0, rows.skipped, columns.skipped, 0], counts: [image[0], op.size.height, op.size.width, outputs], steps: [1, 1, 1, 1])
    append(Node(id: node.id, name: node.name, sourceOperator: node.sourceOperator, op: crop, inputs: [pixels], outputs: node.outputs))
  }

  /// The convolution for some phases; its output channels are [groups][phases][channels of a group].
  private mutating func convolve(
    _ node: Node, _ part: String, _ op: Convolution2D, _ x: ValueID, _ weight: Tensor, _ bias: Tensor?, _ phases: [(Int, Int)],
    _ rows: PhaseAxis, _ columns: PhaseAxis
  ) -> ValueID {
    let (outputs, depth) = (weight.shape[0], weight.shape[3])
    let perGroup = outputs / op.groups
    var channels: [Int] = []
    var taps: [Int] = []
    for group in 0..<op.groups {
      for (y, x) in phases {
        for channel in group * perGroup..<(group + 1) * perGroup {
          channels.append(channel)
          for row in 0..<rows.taps {
            for column in 0..<columns.taps {
              guard let ky = rows.source(row, y), let kx = columns.source(column, x) else {
                taps += Array(repeating: -1, count: depth)
                continue
              }
              let tap = ((channel * weight.shape[1] + ky) * weight.shape[2] + kx) * depth
              taps += tap..<tap + depth
            }
          }
        }
      }
    }
    let shape = [channels.count, rows.taps, columns.taps, depth]
    var inputs: [ValueID?] = [x, addConstant(weight.picked(taps, channels, shape), node, "weight")]
    if let bias { inputs.append(addConstant(bias.picked(channels, channels, [channels.count]), node, "bias")) }
    return add(op, inputs, node, part.isEmpty ? "convolution" : "convolution\(part)")
  }
}

extension Tensor {
  /// The elements at `indices`, 0 for -1, in a new shape whose first axis is made of these ones of the tensor's first axis.
  fileprivate func picked(_ indices: [Int], _ channels: [Int], _ shape: [Int]) -> Tensor {
    guard var quantized, quantized.axis == 0 else {
      let values = floats
      return Tensor(shape: shape, floats: indices.map { $0 < 0 ? 0 : values[$0] })
    }
    let depth = indices.count / max(channels.count, 1), isWhole = quantized.scales.count == 1
    let zeroPoints = channels.map { isWhole ? quantized.zeroPoints[0] : quantized.zeroPoints[$0] }
    let levels = quantized.levels
    quantized.levels = indices.enumerated().map { $1 < 0 ? Int64(zeroPoints[$0 / depth]) : levels[$1] }
    if !isWhole { (quantized.scales, quantized.zeroPoints) = (channels.map { [scales = quantized.scales] in scales[$0] }, zeroPoints) }
    return Tensor(shape: shape, quantized: quantized)
  }
}
