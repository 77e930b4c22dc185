import ModelGraph

/// Second moments of what a layer's weights meet, and some rows held out to judge by.
///
/// Taps are cut into blocks of up to `blockLimit`, between which no correlation is kept: memory and time grow with the square and the cube.
struct TapCovariance {
  static let blockLimit = 1024
  /// Rows enough for a block's moments, over all samples.
  static let rowsPerTap = 3
  static let leastRows = 2048
  static let heldOutRows = 256

  let taps: TapSamples
  let blocks: [Range<Int>]
  /// [group][block]: sums of products, the upper triangle row-major.
  private var sums: [[[Float]]]
  private var means: [[Double]]
  private var count = 0
  /// [row][group * depth]
  private(set) var heldOut: [[Float]] = []
  private var row: [Float]

  init(_ taps: TapSamples) {
    self.taps = taps
    blocks = stride(from: 0, to: taps.depth, by: Self.blockLimit).map { $0..<min($0 + Self.blockLimit, taps.depth) }
    sums = Array(repeating: blocks.map { Array(repeating: 0, count: $0.count * $0.count) }, count: taps.groups)
    means = Array(repeating: Array(repeating: 0, count: taps.depth), count: taps.groups)
    row = Array(repeating: 0, count: taps.groups * taps.depth)
  }

  /// Floats that the sums take.
  static func footprint(_ taps: TapSamples) -> Int {
    let blocks = taps.depth / blockLimit
    let rest = taps.depth % blockLimit
    return taps.groups * (blocks * blockLimit * blockLimit + rest * rest)
  }

  /// Adds some positions of one run.
  /// - Parameters:
  ///   - sample: its number, which moves the positions.
  ///   - isHeldOut: keeps the rows to judge by.
  mutating func add(_ values: Span<Float>, sample: Int, of samples: Int, isHeldOut: Bool) {
    let wanted = isHeldOut ? Self.heldOutRows : max(Self.leastRows, Self.rowsPerTap * min(taps.depth, Self.blockLimit))
    let rows = min(taps.positions, wanted / max(samples, 1) + 1)
    for index in 0..<rows {
      // Spread over the output, at other places in each sample (7919 is prime).
      let position = (index * taps.positions / rows + sample * 7919) % taps.positions
      taps.gather(values, at: position, into: &row)
      if isHeldOut { heldOut.append(row) } else { addRow() }
    }
  }

  private mutating func addRow() {
    count += 1
    for group in 0..<taps.groups {
      let start = group * taps.depth
      for tap in 0..<taps.depth { means[group][tap] += Double(row[start + tap]) }
      for (index, block) in blocks.enumerated() {
        let size = block.count
        row.withUnsafeBufferPointer { row in
          sums[group][index].withUnsafeMutableBufferPointer { sums in
            let first = start + block.lowerBound
            for i in 0..<size {
              let x = row[first + i]
              guard x != 0 else { continue }
              for j in i..<size { sums[i * size + j] += x * row[first + j] }
            }
          }
        }
      }
    }
  }

  /// E[x x^T], less the product of the means where the bias makes up for mean errors.
  private func moments(_ group: Int, _ index: Int, centered: Bool) -> [Float] {
    let (block, scale) = (blocks[index], 1 / Float(max(count, 1)))
    var moments = sums[group][index].map { $0 * scale }
    guard centered else { return moments }
    let mean = means[group][block].map { Float($0 / Double(max(count, 1))) }
    for i in mean.indices { for j in i..<mean.count { moments[i * mean.count + j] -= mean[i] * mean[j] } }
    return moments
  }

  /// The levels of a layer's weights, channel by channel, and how far their output errors on held-out rows are from those of plain rounding.
  /// - Returns: nil where plain rounding is not worse.
  func rounded(_ weights: [Float], scales: [Float], centered: Bool) -> [Int8]? {
    guard count > 0, !heldOut.isEmpty, !scales.isEmpty else { return nil }
    var levels: [Int8] = []
    levels.reserveCapacity(weights.count)
    let channels = scales.count
    let rounders = (0..<taps.groups).map { group in
      blocks.indices.map { index in WeightRounding(moments: moments(group, index, centered: centered), count: blocks[index].count) }
    }
    for (channel, scale) in scales.enumerated() {
      let (group, start) = (channel / max(channels / taps.groups, 1), channel * taps.depth)
      for (block, rounder) in zip(blocks, rounders[group]) {
        let slice = weights[start + block.lowerBound..<start + block.upperBound]
        levels += rounder?.rounded(slice, scale: scale) ?? slice.map { WeightScale.quantized($0, scale) }
      }
    }
    let plain = weights.indices.map { WeightScale.quantized(weights[$0], scales[$0 / taps.depth]) }
    let (before, after) = (
      error(weights, plain, scales: scales, centered: centered), error(weights, levels, scales: scales, centered: centered)
    )
    return after < before ? levels : nil
  }

  /// Sum over channels of the mean squared (with `centered`: the variance of the) output error on held-out rows.
  private func error(_ weights: [Float], _ levels: [Int8], scales: [Float], centered: Bool) -> Double {
    var total = 0.0
    let perGroup = max(scales.count / taps.groups, 1)
    for (channel, scale) in scales.enumerated() {
      let (from, first) = (channel * taps.depth, channel / perGroup * taps.depth)
      let differences = (0..<taps.depth).map { Float(levels[from + $0]) * scale - weights[from + $0] }
      var (sum, square) = (0.0, 0.0)
      for row in heldOut {
        var output: Float = 0
        row.withUnsafeBufferPointer { row in
          differences.withUnsafeBufferPointer { differences in
            for tap in 0..<differences.count { output += differences[tap] * row[first + tap] }
          }
        }
        sum += Double(output)
        square += Double(output) * Double(output)
      }
      let rows = Double(heldOut.count)
      total += square / rows - (centered ? sum * sum / (rows * rows) : 0)
    }
    return total
  }
}
