import ModelGraph

/// What calibration saw of one activation, and how its range was chosen from that.
package struct Observation: Sendable {
  package var minimum: Float
  package var maximum: Float
  /// "least error", "fixed by the operator" ...
  package var method: String
  /// nil where only the ends are known.
  package var histogram: Histogram?

  package init(minimum: Float, maximum: Float, method: String, histogram: Histogram? = nil) {
    (self.minimum, self.maximum, self.method, self.histogram) = (minimum, maximum, method, histogram)
  }

  var ends: [Float] { [minimum, maximum] }
}

extension ActivationRanges {
  /// Of every value that calibration saw in some quantized group.
  func observations(_ statistics: Statistics, _ method: QuantizerOptions.RangeMethod) -> [ValueID: Observation] {
    var observations: [ValueID: Observation] = [:]
    for group in groups.values {
      let isFixed = group.fixed != nil && !group.hasFreeMember
      let chosen = method.description + (group.needsFullRange ? ", nothing clipped" : "")
      for member in group.members {
        guard let histogram = statistics.histograms[member], !histogram.isEmpty else { continue }
        observations[member] = Observation(
          minimum: histogram.minimum, maximum: histogram.maximum, method: isFixed ? "fixed by the operator" : chosen, histogram: histogram)
      }
    }
    return observations
  }
}
