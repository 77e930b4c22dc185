import Quantizer
import Testing
import _TestSupport

@Suite struct WeightScaleTests {
  static func error(_ weights: [Float], _ scale: Float, _ importance: [Double]) -> Double {
    zip(weights, importance).reduce(0) { sum, pair in
      let difference = Double(pair.0 - Float(WeightScale.quantized(pair.0, scale)) * scale)
      return sum + pair.1 * difference * difference
    }
  }

  @Test(arguments: 0..<20) func roundTripErrsByHalfAStep(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let weights = random.normals(100, deviation: .random(in: 1e-6...1e6, using: &random))
    let scale = WeightScale.covering(weights[...])
    for weight in weights {
      let value = WeightScale.quantized(weight, scale)
      #expect((-127...127).contains(value))
      #expect(abs(Float(value) * scale - weight) <= scale * 0.5001)
    }
  }

  @Test(arguments: 0..<20) func leastErrorBeatsMaximumAndMatchesBruteForce(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let weights = random.normals(60) + [random.normal() * 4]
    let importance = weights.map { _ in Double.random(in: 0.1...3, using: &random) }
    let full = WeightScale.covering(weights[...])
    let chosen = Self.error(weights, WeightScale.ofLeastError(weights[...], importance: importance), importance)
    let best = (50...100).map { Self.error(weights, full * (Float($0) / 100), importance) }.min() ?? 0
    #expect(chosen <= Self.error(weights, full, importance))
    #expect(chosen <= best * 1.000001)
  }

  @Test func clippedWeightsStayInRange() {
    for (weight, scale) in [(Float(9), Float(0.01)), (-9, 0.01), (.greatestFiniteMagnitude, 1e-30), (0, 0), (1, 0)] {
      #expect((-127...127).contains(WeightScale.quantized(weight, scale)))
    }
  }

  @Test func channelsOfZerosAndTinyWeights() {
    #expect(WeightScale.covering([0, 0, 0]) == 0)
    #expect(WeightScale.ofLeastError([0, 0], importance: [1, 1]) == 0)
    #expect(WeightScale.ofLeastError([.leastNonzeroMagnitude, 0], importance: [1, 1]).isFinite)
    #expect(WeightScale.ofLeastError([1, 2], importance: [0, 0]) > 0)
  }
}
