import ModelGraph
import Quantizer
import Testing
import _TestSupport

@Suite struct RangeSearchTests {
  /// Measured, not expected: quantizes and dequantizes each value.
  static func squaredError(_ values: [Float], _ quantization: AffineQuantization) -> Double {
    values.reduce(0) { sum, value in
      let error = Double(value) - Double(quantization.dequantized(quantization.quantized(value)))
      return sum + error * error
    } / Double(values.count)
  }

  static func distributions(_ random: inout SeededRandom) -> [(name: String, values: [Float])] {
    let normal = random.normals(4_000)
    return [
      ("normal", normal), ("relu", normal.map { max($0, 0) }), ("uniform", (0..<4_000).map { _ in .random(in: -2...5, using: &random) }),
      ("heavy tail", normal.map { $0 * $0 * $0 }), ("outlier", normal + [900]), ("negative", normal.map { -abs($0) - 3 }),
      ("far from zero", normal.map { $0 + 40 }),
    ]
  }

  @Test(arguments: 0..<4) func expectedErrorIsTheMeasuredOne(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for (name, values) in Self.distributions(&random) where name != "outlier" {
      let search = RangeSearch(HistogramTests.histogram(values))
      for share in [Float(1), 0.8, 0.5] {
        let quantization = AffineQuantization(lower: (values.min() ?? 0) * share, upper: (values.max() ?? 0) * share)
        let measured = Self.squaredError(values, quantization)
        #expect(abs(search.expectedSquaredError(quantization) - measured) <= 0.15 * measured, "\(name) \(share)")
      }
    }
  }

  /// Over ends inside and beyond what was seen.
  @Test(arguments: 0..<4) func searchIsCloseToBruteForce(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for (name, values) in Self.distributions(&random) {
      let (low, high) = (min(values.min() ?? 0, 0), max(values.max() ?? 0, 0))
      let search = RangeSearch(HistogramTests.histogram(values))
      var (best, bestCovering) = (Double.infinity, Double.infinity)
      for lower in 1...50 {
        for upper in 1...50 {
          let error = search.expectedError(AffineQuantization(lower: low * Float(lower) / 30, upper: high * Float(upper) / 30))
          best = min(best, error)
          if lower >= 30 && upper >= 30 { bestCovering = min(bestCovering, error) }
        }
      }
      let chosen = search.expectedError(search.choose(.leastError))
      #expect(chosen <= best * 1.05, "\(name): \(chosen) against \(best)")
      let covering = search.choose(.extrapolated)
      #expect(search.expectedError(covering) <= bestCovering * 1.05, "\(name)")
      #expect(covering.lower <= low + covering.scale && covering.upper >= high - covering.scale, "\(name)")
    }
  }

  @Test func rangesHoldWhatTheyAreFor() {
    var random = SeededRandom(seed: 5)
    for (name, values) in Self.distributions(&random) {
      let quantization = RangeSearch(HistogramTests.histogram(values)).choose(.minMax)
      #expect(quantization.lower <= (values.min() ?? 0) + quantization.scale, "\(name)")
      #expect(quantization.upper >= (values.max() ?? 0) - quantization.scale, "\(name)")
      #expect(quantization.dequantized(quantization.quantized(0)) == 0, "\(name)")
    }
  }

  @Test func percentilesCutTails() {
    var random = SeededRandom(seed: 6)
    let search = RangeSearch(HistogramTests.histogram(random.normals(10_000) + [1_000]))
    #expect(search.choose(.percentile(99.9)).upper < 5)
    #expect(search.choose(.minMax).upper > 990)
  }

  /// What 500 values cannot show of a normal distribution, 100,000 more do.
  @Test(arguments: 0..<8) func extrapolatedRangesClipUnseenValuesLess(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let search = RangeSearch(HistogramTests.histogram(random.normals(500)))
    let unseen = random.normals(100_000)
    let plain = Self.squaredError(unseen, search.choose(.minMax))
    let extrapolated = Self.squaredError(unseen, search.choose(.extrapolated))
    #expect(extrapolated < plain, "\(extrapolated) against \(plain)")
  }

  @Test func valuesThatEndAbruptlyAreNotExtrapolated() {
    var random = SeededRandom(seed: 3)
    let pixels = (0..<5_000).map { _ in Float(Int.random(in: 0...255, using: &random)) }
    let quantization = RangeSearch(HistogramTests.histogram(pixels)).choose(.extrapolated)
    #expect(quantization == AffineQuantization(scale: 1, zeroPoint: -128))
  }

  @Test func limitsBoundEveryMethod() {
    var random = SeededRandom(seed: 8)
    let search = RangeSearch(HistogramTests.histogram(random.normals(300).map { min(max($0 * 4, 0), 6) }))
    for method in [QuantizerOptions.RangeMethod.minMax, .extrapolated, .leastError, .percentile(99.99)] {
      let quantization = search.choose(method, limits: ClampRange(lower: 0, upper: 6))
      #expect(quantization.zeroPoint == -128)
      #expect(quantization.upper <= 6.0001, "\(method)")
    }
  }
}
