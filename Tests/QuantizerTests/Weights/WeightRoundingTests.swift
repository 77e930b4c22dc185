import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Weights rounded for the least error of their layer's output.
@Suite struct WeightRoundingTests {
  /// Inputs of correlation 0.9: what the first rounding leaves (0.4), the second makes up for: (0.4 + 0.4 * 0.9 / 1.01) rounds to 1.
  @Test func theSecondWeightMakesUpForTheFirst() throws {
    let rounding = try #require(WeightRounding(moments: [1, 0.9, 0.9, 1], count: 2))
    #expect(rounding.rounded([0.4, 0.4], scale: 1) == [1, 0])
    let independent = try #require(WeightRounding(moments: [1, 0, 0, 1], count: 2))
    #expect(independent.rounded([0.4, 0.4], scale: 1) == [0, 0])
    // The weight with the larger input is rounded first, to the nearest level.
    let unequal = try #require(WeightRounding(moments: [4, 1.8, 1.8, 1], count: 2))
    #expect(unequal.rounded([0.4, 0.4], scale: 1) == [0, 1])
    #expect(rounding.rounded([300, -300], scale: 1)[1] == -127)
    #expect(rounding.rounded([1, 1], scale: 0) == [0, 0])
    #expect(WeightRounding(moments: [0, 0, 0, 0], count: 2) == nil)
    #expect(WeightRounding(moments: [.nan, 0, 0, 1], count: 2) == nil)
  }

  /// Mean squared output error over inputs of six latent causes, against that of nearest levels.
  @Test(arguments: [UInt64(1), 2, 3]) func correlatedInputsLoseMuchLess(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let count = 24
    let mixing = random.normals(6 * count)
    let rows = (0..<400).map { _ in
      let causes = random.normals(6)
      return (0..<count).map { k in (0..<6).reduce(random.normal() * 0.1) { $0 + causes[$1] * mixing[$1 * count + k] } }
    }
    var moments = [Float](repeating: 0, count: count * count)
    for row in rows[..<300] { for i in 0..<count { for j in 0..<count { moments[i * count + j] += row[i] * row[j] / 300 } } }
    let weights = random.normals(count)
    let scale = (weights.map(\.magnitude).max() ?? 1) / 7
    let levels = try #require(WeightRounding(moments: moments, count: count)).rounded(weights[...], scale: scale)
    func error(_ levels: [Int8]) -> Float {
      rows[300...].reduce(0) { sum, row in
        let difference = (0..<count).reduce(Float(0)) { $0 + (Float(levels[$1]) * scale - weights[$1]) * row[$1] }
        return sum + difference * difference
      }
    }
    let nearest = error(weights.map { WeightScale.quantized($0, scale) })
    #expect(error(levels) < nearest / 4, "\(error(levels)) against \(nearest)")
  }

  /// Weights alone round where activations have 16 bits, so that the gain shows; unseen inputs of the same kind.
  @Test func bestEffortGainsOnUnseenInputs() throws {
    let graph = try Nets.perceptron(seed: 11)
    let set = Self.correlated(80, seed: 12)
    var options = Nets.int8Throughout
    options.precisions.base = .int16
    let balanced = try Nets.quantized(graph, set, options)
    options.effort = .best
    let best = try Nets.quantized(graph, set, options)
    #expect(best.report.roundedLayers > 0 && best.report.effort == "best" && balanced.report.roundedLayers == 0)
    let unseen = Self.correlated(60, seed: 13)
    let decibels = try [balanced, best].map { result in
      let (float, quantized) = (try Nets.session(graph, nil), try Nets.session(result.graph, result.plan))
      return try unseen.samples.reduce(into: (signal: 0.0, noise: 0.0)) { sums, sample in
        for (a, b) in zip(try float.run(sample)[0], try quantized.run(sample)[0]) {
          sums.signal += Double(a * a)
          sums.noise += Double((a - b) * (a - b))
        }
      }
    }.map { $0.signal / $0.noise }
    print("rounding: \(decibels)")
    #expect(decibels[1] > 1.5 * decibels[0], "\(decibels)")
  }

  @Test func fastEffortTriesLittle() throws {
    let graph = try Nets.convolutional(seed: 14)
    var options = Nets.int8Throughout
    options.effort = .fast
    let result = try Nets.quantized(graph, Nets.samples(graph, 20, seed: 15), options)
    #expect(result.report.rangeMethod == "extrapolated min-max" && !result.report.equalizesChannels)
    #expect(result.report.comparedSamples == 8)
    #expect(try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 16)[0] > 30)
  }

  /// Twenty inputs made of five causes and a little noise.
  static func correlated(_ count: Int, seed: UInt64) -> CalibrationSet {
    var (mixing, random) = (SeededRandom(seed: 99), SeededRandom(seed: seed))
    let weights = mixing.normals(5 * 20, deviation: 0.45)
    return CalibrationSet(
      samples: (0..<count).map { _ in
        let causes = random.normals(5)
        return [(0..<20).map { k in (0..<5).reduce(random.normal() * 0.1) { $0 + causes[$1] * weights[$1 * 20 + k] } }]
      })
  }
}
