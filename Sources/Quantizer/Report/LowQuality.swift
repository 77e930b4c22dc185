import ModelGraph

/// Finds, in a few words, why a layer's int8 values are far from float.
struct LowQuality {
  /// Layers under this many dB get a reason: a uniform signal over the whole range has 48 dB in 8 bits, ReLU outputs of real nets 25 to 40.
  static let threshold = 20.0

  let graph: Graph
  let ranges: ActivationRanges
  let statistics: Statistics
  let comparisons: [ValueID: ValueComparison]
  /// By what factor a layer's weight scales had to grow so that its accumulators fit 32 bits; of those where one did.
  let widenedScales: [NodeID: Float]
  /// Scores with a mask added, which only a softmax reads.
  let masked: Set<ValueID>

  /// A range that grew by more than this share over the second half of the samples is likely to grow on.
  static let movingRange = 0.25

  func reason(for node: Node, _ quantization: AffineQuantization) -> String? { lowSQNR(node, quantization) ?? fewSamples(node) }

  /// What calibration samples themselves cannot show: values beyond all of them. Of twice as many values of an exponential tail the largest is larger by
  /// ln 2 of its scale, some tenth; what grows by a quarter is not settled.
  private func fewSamples(_ node: Node) -> String? {
    guard let output = node.outputs.first, (node.op as? any Quantizable)?.fixedQuantization == nil, !masked.contains(output),
      let half = statistics.halfway[output], let all = statistics.histograms[output], half > 0
    else { return nil }
    let growth = all.width / half - 1
    guard growth > Self.movingRange else { return nil }
    return "too few samples: the second half of them widened the range by \(rounded(100 * growth, 0)) %"
  }

  private func lowSQNR(_ node: Node, _ quantization: AffineQuantization) -> String? {
    guard let output = node.outputs.first, let comparison = comparisons[output], let sqnr = comparison.sqnrDecibels else { return nil }
    let isFixed = (node.op as? any Quantizable)?.fixedQuantization != nil
    guard sqnr < Self.threshold else { return isFixed ? nil : crushedChannels(comparison, quantization) }
    if masked.contains(output) { return "masked scores: what the mask pushes down saturates, far below all that a softmax tells apart" }
    // The worst input explains most of it where it is hardly better.
    let worst = node.activationInputs.compactMap { id in comparisons[id]?.sqnrDecibels.map { (id, $0) } }.min { $0.1 < $1.1 }
    if let worst, worst.1 < sqnr + 3, worst.1 < Self.threshold {
      return "error carried from '\(graph[worst.0].name)' (\(rounded(worst.1)) dB)"
    }
    if !isFixed && comparison.clippedNoise > comparison.noise / 2 {
      return
        "clipped range: \(rounded(comparison.clippedShare * 100, 3)) % of values lie outside \(quantization.lower)...\(quantization.upper)"
    }
    if let factor = widenedScales[node.id], factor > 2 {
      return "wide accumulator: a weight scale had to be \(rounded(Double(factor))) times as large so that no sum leaves 32 bits"
    }
    if let reason = unlikeRanges(output) { return reason }
    if let reason = outlierChannel(comparison) { return "outlier channel: \(reason)" }
    for input in node.activationInputs {
      if let reason = comparisons[input].flatMap(outlierChannel) { return "outlier channel of its input '\(graph[input].name)': \(reason)" }
    }
    let peak = Double(comparison.channelPeaks.max() ?? 0)
    if peak < 128 * Double(AffineQuantization.smallestScale) { return "tiny range: no value exceeds \(peak)" }
    if peak > 24 * comparison.rootMeanSquare {
      return "long tail: the largest magnitude is \(rounded(peak / comparison.rootMeanSquare, 0)) times the root mean square"
    }
    if Double(quantization.scale) > comparison.rootMeanSquare {
      return "range too wide: one step (\(quantization.scale)) exceeds the root mean square of the values"
    }
    return "rounding of weights and activations adds up"
  }

  /// A value that shares its scale with others of far wider range.
  private func unlikeRanges(_ value: ValueID) -> String? {
    guard let group = ranges.group(of: value), group.members.count > 1, let own = statistics.histograms[value] else { return nil }
    func width(_ histogram: Histogram?) -> Double { histogram?.width ?? 0 }
    guard let widest = group.members.max(by: { width(statistics.histograms[$0]) < width(statistics.histograms[$1]) }) else { return nil }
    let ratio = width(statistics.histograms[widest]) / max(width(own), .leastNormalMagnitude)
    guard ratio > 8 else { return nil }
    return "unlike ranges: it shares its scale with '\(graph[widest].name)', whose range is \(rounded(ratio, 0)) times as wide"
  }

  private func outlierChannel(_ comparison: ValueComparison) -> String? {
    let peaks = comparison.channelPeaks
    guard peaks.count > 2, let largest = peaks.indices.max(by: { peaks[$0] < peaks[$1] }) else { return nil }
    let median = peaks.sorted()[peaks.count / 2]
    guard median > 0, peaks[largest] > 12 * median else { return nil }
    return "channel \(largest) reaches \(peaks[largest]), \(rounded(Double(peaks[largest] / median), 0)) times the median channel"
  }

  /// One large channel hides in its own layer's SQNR how little it leaves to the others; the next layers show it.
  private func crushedChannels(_ comparison: ValueComparison, _ quantization: AffineQuantization) -> String? {
    let median = comparison.channelPeaks.sorted()[comparison.channelPeaks.count / 2]
    guard median < 4 * quantization.scale, let reason = outlierChannel(comparison) else { return nil }
    return "outlier channel: \(reason), which has \(rounded(Double(median / quantization.scale))) steps left"
  }

  private func rounded(_ x: Double, _ decimals: Int = 1) -> String {
    let unit = [1.0, 10, 100, 1000][max(0, min(decimals, 3))]
    let value = (x * unit).rounded() / unit
    return decimals == 0 && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
  }
}

extension Histogram {
  /// Of the range that holds all values and zero; 0 of none.
  var width: Double { isEmpty ? 0 : Double(max(maximum, 0)) - Double(min(minimum, 0)) }
}
