import Quantizer
import Testing
import _TestSupport

@Suite struct ChannelQuantizerTests {
  static func channel(_ weights: [Float], bias: Double = 0, inputScale: Float = 0.02, outputScale: Float = 0.05) -> QuantizedChannel {
    ChannelQuantizer.quantize(
      weights[...], scale: WeightScale.covering(weights[...]), bias: bias, inputScale: inputScale, outputScale: outputScale)
  }

  @Test(arguments: 0..<50) func accumulatorsFit32BitsWhateverTheValues(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    func scale(_ low: Int, _ high: Int) -> Float {
      Float(sign: .plus, exponent: Int.random(in: low...high, using: &random), significand: 1.3)
    }
    let weights = random.normals(Int.random(in: 1...5_000, using: &random), deviation: scale(-60, 60))
    let (input, output) = (scale(-40, 40), scale(-40, 40))
    let channel = Self.channel(weights, bias: Double(random.normal()) * Double(scale(-60, 60)), inputScale: input, outputScale: output)
    #expect(channel.accumulatorBound <= Int(Int32.max))
    #expect(channel.scale.isNormal && channel.scale > 0)
    #expect(channel.values.allSatisfy { $0 != -128 })
    let requantization = Float(Double(input) * Double(channel.scale) / Double(output))
    #expect(requantization.isNormal)
  }

  @Test func layersTooDeepFor32BitsGetCoarserWeights() {
    let channel = Self.channel(Array(repeating: 1, count: 200_000))
    #expect(channel.accumulatorBound <= Int(Int32.max))
    #expect(abs(Float(channel.values[0]) * channel.scale - 1) < 0.1)
  }

  @Test func hugeBiasesGrowTheScaleAndKeepTheirValue() {
    let channel = Self.channel([1e-6, -1e-6], bias: 1_000)
    #expect(channel.accumulatorBound <= Int(Int32.max))
    #expect(abs(Double(channel.bias) * Double(channel.scale) * Double(Float(0.02)) - 1_000) < 1)
  }

  @Test func channelsOfZerosAreTheirBias() {
    let channel = Self.channel([0, 0, 0], bias: 1.7)
    #expect(channel.values == [0, 0, 0])
    #expect(abs(Double(channel.bias) * Double(channel.scale) * Double(Float(0.02)) - 1.7) < 1e-4)
    let silent = Self.channel([0, 0])
    #expect(silent.bias == 0)
    #expect(silent.scale.isNormal)
  }

  @Test func ordinaryBiasesErrByHalfAUnit() {
    let channel = Self.channel([0.5, -0.25], bias: 0.3)
    let unit = Double(channel.scale) * Double(Float(0.02))
    #expect(abs(Double(channel.bias) * unit - 0.3) <= unit / 2)
  }
}
