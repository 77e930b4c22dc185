import ModelGraph
import Quantizer
import Testing
import _TestSupport

@Suite struct AffineQuantizationTests {
  @Test func reluOutputsStartAtMinus128() {
    for upper in [Float(1e-6), 0.3, 6, 255, 1e20] {
      let quantization = AffineQuantization(lower: 0, upper: upper)
      #expect(quantization.zeroPoint == -128)
      #expect(abs(quantization.upper - upper) <= upper * 1e-5)
    }
    #expect(AffineQuantization(lower: -4, upper: 0).zeroPoint == 127)
  }

  @Test func zeroIsExactAndScalesAreSane() {
    var random = SeededRandom(seed: 3)
    let extremes: [Float] = [
      0, -0.0, 1, -1, Float.leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1e-38, 1e-20, -1e-10, .greatestFiniteMagnitude,
      -.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
      random.normal(),
    ]
    for lower in extremes {
      for upper in extremes {
        let quantization = AffineQuantization(lower: lower, upper: upper)
        #expect(quantization.scale.isNormal && quantization.scale > 0, "\(lower)...\(upper)")
        #expect((1 / quantization.scale).isNormal)
        #expect((-128...127).contains(quantization.zeroPoint))
        #expect(quantization.dequantized(quantization.quantized(0)) == 0)
        let limit = AffineQuantization.largestMagnitude
        for end in [lower, upper] where end.isFinite {
          let held = min(max(end, -limit), limit)
          guard lower <= 0, upper >= 0, quantization.scale > AffineQuantization.smallestScale else { continue }
          #expect(abs(quantization.dequantized(quantization.quantized(held)) - held) <= quantization.scale, "\(lower)...\(upper)")
        }
      }
    }
  }

  @Test func roundTripErrsByHalfAStepInsideTheRange() {
    var random = SeededRandom(seed: 4)
    for _ in 0..<200 {
      let quantization = AffineQuantization(lower: random.normal() - 1, upper: random.normal() + 1)
      let x = Float.random(in: quantization.lower...quantization.upper, using: &random)
      #expect(abs(quantization.dequantized(quantization.quantized(x)) - x) <= quantization.scale * 0.5001)
    }
    let quantization = AffineQuantization(lower: -1, upper: 1)
    #expect(quantization.quantized(.infinity) == 127)
    #expect(quantization.quantized(-.infinity) == -128)
  }
}
