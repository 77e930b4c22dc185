package import ModelGraph

/// Chooses the int8 quantization of a tensor from the histogram of its values.
package struct RangeSearch {
  package let histogram: Histogram

  package init(_ histogram: Histogram) { self.histogram = histogram }

  /// The quantization of [lower, upper]; `limits` is what the tensor can hold at all (a fused clamp), applied last.
  package func choose(_ method: QuantizerOptions.RangeMethod, headroom: Float, limits: ClampRange = .none) -> AffineQuantization {
    let width = histogram.isEmpty ? 0 : histogram.maximum - histogram.minimum
    let margin = width.isFinite ? width * headroom : 0
    func limited(_ lower: Float, _ upper: Float) -> AffineQuantization {
      AffineQuantization(lower: max(lower, limits.lower), upper: min(upper, limits.upper))
    }
    func widened(_ lower: Float, _ upper: Float) -> AffineQuantization {
      // A side that nothing lies on stays closed: widening it would cost resolution for values that do not occur.
      limited(lower < 0 ? lower - margin : lower, upper > 0 ? upper + margin : upper)
    }
    guard !histogram.isEmpty else { return AffineQuantization(lower: 0, upper: 0) }
    let full = widened(histogram.minimum, histogram.maximum)
    switch method {
    case .minMax:
      return full
    case .percentile(let percentile):
      let range = percentileRange(percentile)
      return widened(range.lower, range.upper)
    case .leastError:
      let percentiles = [99.9, 99.99, 99.999].map { percentile in
        let range = percentileRange(percentile)
        return widened(range.lower, range.upper)
      }
      return ([full, clippedForLeastError(from: full, limited)] + percentiles)
        .min { expectedSquaredError($0) < expectedSquaredError($1) } ?? full
    }
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

  /// Shrinks one end and then the other, in 1/64 of the full range, until neither moves.
  private func clippedForLeastError(
    from full: AffineQuantization, _ make: (Float, Float) -> AffineQuantization
  ) -> AffineQuantization {
    let (lower, upper) = (histogram.minimum, histogram.maximum)
    let steps = 64
    var (lowStep, highStep) = (steps, steps)
    var best = full
    var bestError = expectedSquaredError(full)
    func attempt(_ low: Int, _ high: Int) -> Bool {
      let candidate = make(lower * Float(low) / Float(steps), upper * Float(high) / Float(steps))
      let error = expectedSquaredError(candidate)
      guard error < bestError else { return false }
      (best, bestError, lowStep, highStep) = (candidate, error, low, high)
      return true
    }
    for _ in 0..<4 {
      var moved = false
      if upper > 0 { for step in 4...steps where attempt(lowStep, step) { moved = true } }
      if lower < 0 { for step in 4...steps where attempt(step, highStep) { moved = true } }
      if lower < 0 && upper > 0 { for step in 4...steps where attempt(step, step) { moved = true } }
      if !moved { break }
    }
    return best
  }
}
