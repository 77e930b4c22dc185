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

  @Test(arguments: 0..<4) func leastErrorIsCloseToExhaustiveSearch(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for (name, values) in Self.distributions(&random) {
      let (low, high) = (min(values.min() ?? 0, 0), max(values.max() ?? 0, 0))
      var best = Double.infinity
      for lower in 1...40 {
        for upper in 1...40 {
          best = min(best, Self.squaredError(values, AffineQuantization(lower: low * Float(lower) / 40, upper: high * Float(upper) / 40)))
        }
      }
      let search = RangeSearch(HistogramTests.histogram(values))
      let chosen = Self.squaredError(values, search.choose(.leastError, headroom: 0))
      let full = Self.squaredError(values, search.choose(.minMax, headroom: 0))
      #expect(chosen <= best * 1.1, "\(name): \(chosen) against \(best)")
      #expect(chosen <= full * 1.02, "\(name): \(chosen) against min-max \(full)")
    }
  }

  @Test func rangesHoldWhatTheyAreFor() {
    var random = SeededRandom(seed: 5)
    for (name, values) in Self.distributions(&random) {
      let quantization = RangeSearch(HistogramTests.histogram(values)).choose(.minMax, headroom: 0)
      #expect(quantization.lower <= (values.min() ?? 0) + quantization.scale, "\(name)")
      #expect(quantization.upper >= (values.max() ?? 0) - quantization.scale, "\(name)")
      #expect(quantization.dequantized(quantization.quantized(0)) == 0, "\(name)")
    }
  }

  @Test func percentilesCutTails() {
    var random = SeededRandom(seed: 6)
    let search = RangeSearch(HistogramTests.histogram(random.normals(10_000) + [1_000]))
    #expect(search.choose(.percentile(99.9), headroom: 0).upper < 5)
    #expect(search.choose(.minMax, headroom: 0).upper > 990)
  }

  @Test func headroomWidensOpenSidesWithinLimits() {
    let search = RangeSearch(HistogramTests.histogram([0, 1, 2, 4]))
    let wide = search.choose(.minMax, headroom: 0.25)
    #expect(abs(wide.upper - 5) < 0.01)
    #expect(wide.zeroPoint == -128)
    let limited = search.choose(.minMax, headroom: 1, limits: ClampRange(lower: 0, upper: 6))
    #expect(abs(limited.upper - 6) < 0.01)
  }
}
