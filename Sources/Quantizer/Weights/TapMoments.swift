import ModelGraph

/// Mean and mean square of what each weight of an output channel is multiplied with, over samples and output positions.
///
/// One entry a weight of a channel, in the weight's own order, for each group of channels that read the same inputs.
struct TapMoments {
  var groups: Int
  /// [group][tap]
  var mean: [[Double]]
  var meanSquare: [[Double]]

  /// Entries of the group that output channel `channel` of `channels` belongs to.
  func group(ofChannel channel: Int, of channels: Int) -> Int { channel / max(channels / max(groups, 1), 1) }
}

extension TapMoments {
  /// A dense layer: weight k meets the elements whose last index is k.
  init(dense input: TensorType, _ moments: InputMoments) {
    let depth = input.shape.last ?? 1
    let rows = depth > 0 ? max(moments.period / depth, 1) : 1
    func average(_ value: (Int) -> Double) -> [Double] {
      (0..<depth).map { k in (0..<rows).reduce(0) { $0 + value($1 * depth + k) } / Double(rows) }
    }
    self.init(groups: 1, mean: [average(moments.mean)], meanSquare: [average(moments.meanSquare)])
  }

  /// A convolution: out-of-image taps count as zeros, which is what the padding holds.
  init(_ op: Convolution2D, input: [Int], weight: [Int], output: [Int], _ moments: InputMoments) {
    let (height, width, channels, depth) = (input[1], input[2], input[3], weight[3])
    groups = op.groups
    mean = Array(repeating: Array(repeating: 0, count: weight[1] * weight[2] * depth), count: op.groups)
    meanSquare = mean
    let positions = Double(max(input[0] * output[1] * output[2], 1))
    for ky in 0..<weight[1] {
      let rows = (0..<output[1]).map { $0 * op.strides.height - op.padding.top + ky * op.dilations.height }
        .filter { 0 <= $0 && $0 < height }
      for kx in 0..<weight[2] {
        let columns = (0..<output[2]).map { $0 * op.strides.width - op.padding.left + kx * op.dilations.width }
          .filter { 0 <= $0 && $0 < width }
        let firstTap = (ky * weight[2] + kx) * depth
        if moments.keepsPositions {
          for y in 0..<input[0] * rows.count {
            let row = (y / rows.count * height + rows[y % rows.count]) * width
            for x in columns { add(moments, at: (row + x) * channels, channels, firstTap, share: 1 / positions) }
          }
        } else {
          add(moments, at: 0, channels, firstTap, share: Double(input[0] * rows.count * columns.count) / positions)
        }
      }
    }
  }

  /// Adds one pixel's channels to the taps that read them.
  private mutating func add(_ moments: InputMoments, at pixel: Int, _ channels: Int, _ firstTap: Int, share: Double) {
    let depth = channels / groups
    for channel in 0..<channels {
      mean[channel / depth][firstTap + channel % depth] += moments.mean(pixel + channel) * share
      meanSquare[channel / depth][firstTap + channel % depth] += moments.meanSquare(pixel + channel) * share
    }
  }
}
