package import ModelGraph

/// Chooses the int8 quantization of a tensor from the histogram of its values.
package struct RangeSearch {
  package let histogram: Histogram
  private let lowerTail: Tail
  private let upperTail: Tail

  package init(_ histogram: Histogram) {
    self.histogram = histogram
    (lowerTail, upperTail) = (Tail(histogram, above: false), Tail(histogram, above: true))
  }

  /// - Parameters:
  ///   - coversAll: nothing that was seen may be clipped, whatever the method.
  ///   - limits: what the tensor can hold at all (a fused clamp); applied last.
  package func choose(
    _ method: QuantizerOptions.RangeMethod, coversAll: Bool = false, limits: ClampRange = .none
  ) -> AffineQuantization {
    guard !histogram.isEmpty else { return AffineQuantization(lower: 0, upper: 0) }
    func limited(_ lower: Float, _ upper: Float) -> AffineQuantization {
      AffineQuantization(lower: max(lower, limits.lower), upper: min(upper, limits.upper))
    }
    let full = limited(histogram.minimum, histogram.maximum)
    switch method {
    case .minMax: return full
    case .percentile(let percentile):
      guard !coversAll else { return full }
      let range = percentileRange(percentile)
      return limited(range.lower, range.upper)
    case .extrapolated: return leastError(from: full, keeping: 1, limited)
    case .leastError:
      let best = leastError(from: full, keeping: coversAll ? 1 : 1.0 / 16, limited)
      guard !coversAll else { return best }
      let percentiles = [99.9, 99.99, 99.999].map { percentile in
        let range = percentileRange(percentile)
        return limited(range.lower, range.upper)
      }
      return ([best] + percentiles).min { expectedError($0) < expectedError($1) } ?? best
    }
  }

  /// Of ends between `keeping` times what was seen and some way beyond it, those of least expected error: moves one end,
  /// the other, and both, until nothing improves.
  private func leastError(
    from full: AffineQuantization, keeping: Float, _ make: (Float, Float) -> AffineQuantization
  ) -> AffineQuantization {
    func ends(_ extreme: Float, _ tail: Tail) -> [Float] {
      guard extreme != 0 else { return [0] }
      let inside = stride(from: keeping, through: 1, by: 1.0 / 64).map { extreme * $0 }
      return inside + (1...12).map { extreme + (extreme < 0 ? -1 : 1) * Float(tail.scale) * Float($0) / 2 }
    }
    let lowers = ends(min(histogram.minimum, 0), lowerTail)
    let uppers = ends(max(histogram.maximum, 0), upperTail)
    var (low, high) = (lowers.firstIndex(of: min(histogram.minimum, 0)) ?? 0, uppers.firstIndex(of: max(histogram.maximum, 0)) ?? 0)
    var (best, error) = (full, expectedError(full))
    func attempt(_ nextLow: Int, _ nextHigh: Int) -> Bool {
      let candidate = make(lowers[nextLow], uppers[nextHigh])
      let candidateError = expectedError(candidate)
      guard candidateError < error else { return false }
      (best, error, low, high) = (candidate, candidateError, nextLow, nextHigh)
      return true
    }
    for _ in 0..<4 {
      var moved = false
      for index in uppers.indices where attempt(low, index) { moved = true }
      for index in lowers.indices where attempt(index, high) { moved = true }
      for index in 0..<min(lowers.count, uppers.count) where attempt(index, index) { moved = true }
      if !moved { break }
    }
    return best
  }

  /// `expectedSquaredError` and, beyond what was seen, what unseen inputs are expected to add.
  package func expectedError(_ quantization: AffineQuantization) -> Double {
    expectedSquaredError(quantization)
      + upperTail.squaredError(beyond: Double(quantization.upper) - Double(histogram.maximum))
      + lowerTail.squaredError(beyond: Double(histogram.minimum) - Double(quantization.lower))
  }

  /// Mean of (x - dequantized(quantized(x)))^2 over the values seen.
  ///
  /// A bin's values are taken as spread evenly over it: about its centre's distance d to the nearest level that is
  /// d^2 + width^2 / 12. Values beyond the range have its end as nearest level, and zero is exact.
  package func expectedSquaredError(_ quantization: AffineQuantization) -> Double {
    guard histogram.count > 0 else { return 0 }
    let step = Double(quantization.scale)
    let (lowest, highest) = (Double(-128 - quantization.zeroPoint), Double(127 - quantization.zeroPoint))
    let width = histogram.binWidth / step
    let inside = width < 1 ? width * width / 12 : 0
    var total = 0.0
    for (bin, occurrences) in histogram.bins.enumerated() where occurrences > 0 {
      let center = histogram.center(ofBin: bin) / step
      let level = min(max(center.rounded(.toNearestOrEven), lowest), highest)
      let distance = center - level
      // Bins wider than a step hold every phase of it.
      let error = width < 1 || distance.magnitude > 0.5 ? distance * distance + inside : 1.0 / 12
      total += Double(occurrences) * error
    }
    return total * step * step / Double(histogram.count)
  }

  private func percentileRange(_ percentile: Double) -> (lower: Float, upper: Float) {
    let share = max(0, min(1, (1 - percentile / 100) / 2))
    return (histogram.lowerQuantile(share), histogram.upperQuantile(share))
  }
}
