/// Choices of `quantize`; the defaults are what measurement on real nets favours.
package struct QuantizerOptions: Sendable {
  /// How an activation's range is taken from what calibration saw.
  package enum RangeMethod: Hashable, Sendable {
    /// Smallest and largest value seen.
    case minMax
    /// Smallest and largest value to be expected of unseen inputs too; never inside of what was seen. See `Tail`.
    case extrapolated
    /// The range that leaves out a share of (1 - percentile / 100) / 2 on either side.
    case percentile(Double)
    /// The range of least expected squared quantization error: min-max, percentiles, and ends inside and beyond what was seen compete.
    case leastError
  }

  /// How a channel's weight scale is chosen.
  package enum WeightScale: Hashable, Sendable {
    /// Largest magnitude / 127.
    case maximum
    /// Of 0.5...1 times that, the one of least squared output error, expected from the inputs' second moments.
    case leastError
  }

  /// How long the search may take.
  package enum Effort: String, Hashable, Sendable, Codable, CaseIterable {
    /// Extrapolated ranges, channels as they are; biases are corrected where few samples say that it helps.
    case fast
    /// Range methods, bias correction, channel equalization and bias absorption compete.
    case balanced
    /// Besides, weights are rounded for the least error of each layer's output. See `WeightRounding`.
    case best
  }

  package var effort = Effort.balanced
  /// `nil` tries `leastError` and `extrapolated` and keeps the one whose int8 outputs are closer to float.
  package var rangeMethod: RangeMethod?
  package var weightScale = WeightScale.leastError
  /// `nil` corrects biases for the mean error of the weights where that brings int8 outputs closer to float.
  package var correctsBias: Bool?
  /// Whether nets with equalized channels, and with absorbed biases, compete. See `ChannelEqualization`, `BiasAbsorption`.
  package var equalizesChannels = true
  package var precisions = PrecisionRequests()
  /// Layers are promoted to int16 and float until it holds.
  package var limit: QualityLimit?
  /// Whether the last weighted layers write floats, where that costs little. See `FloatTail`.
  package var keepsFloatOutputs = true
  /// Calibration samples on which the finished plan is compared with float, evenly spaced over the set.
  package var comparedSamples = 32

  package init() {}

  /// With what the effort leaves out decided.
  var settled: QuantizerOptions {
    guard effort == .fast else { return self }
    var options = self
    options.rangeMethod = rangeMethod ?? .extrapolated
    options.equalizesChannels = false
    options.comparedSamples = min(comparedSamples, 8)
    return options
  }
}

extension QuantizerOptions.RangeMethod: CustomStringConvertible {
  package var description: String {
    switch self {
    case .minMax: "min-max"
    case .extrapolated: "extrapolated min-max"
    case .percentile(let percentile): "percentile \(percentile)"
    case .leastError: "least error"
    }
  }
}
