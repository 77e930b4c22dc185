import Foundation
import ModelGraph
import Quantizer
import Testing
import _TestSupport

/// Metrics against their definitions, worked out by hand or by the plainest loops.
@Suite struct MetricTests {
  private static func labels(_ values: [Float]) -> MetricLabels { MetricLabels(values: values, source: "data.npz") }

  /// One output a sample; the float net's are `float`, or the same.
  private static func measure(
    _ metric: Metric, _ outputs: [[Float]], labels: [Float]? = nil, inputs: [[Float]] = [], float: [[Float]]? = nil, shape: [Int]? = nil
  ) throws -> MetricValue? {
    var meter = try MetricMeter(metric, outputShape: shape ?? [1, outputs[0].count], samples: outputs.count, labels: labels.map(Self.labels))
    for index in outputs.indices {
      try meter.add([outputs[index]], input: inputs.isEmpty ? [] : inputs[index], float: [float?[index] ?? outputs[index]])
    }
    return meter.value()
  }

  @Test func topCountsLabelsAmongTheLargest() throws {
    let scores: [[Float]] = [[1, 3, 2, 0], [5, 1, 1, 4], [0, 0, 0, 0], [2, 2, 9, 3]]
    let labels: [Float] = [2, 3, 1, 0]
    #expect(try Self.measure(.top(1), scores, labels: labels)?.value == 0)
    // Ties go to the lower position, as for the largest score: in the third row 0, then 1.
    #expect(try Self.measure(.top(2), scores, labels: labels)?.value == 0.75)
    #expect(try Self.measure(.top(3), scores, labels: labels)?.value == 1)
    #expect(try Self.measure(.top(1), scores, labels: [1, 0, 0, 2])?.value == 1)
  }

  /// Two rows of three scores a sample, as of a net that labels every position.
  @Test func rowsOfASampleCountEach() throws {
    let outputs: [[Float]] = [[1, 0, 0, 0, 1, 0], [0, 0, 1, 1, 0, 0]]
    #expect(try Self.measure(.top(1), outputs, labels: [0, 1, 2, 1], shape: [1, 2, 3])?.value == 0.75)
    #expect(try Self.measure(.agreement, outputs, float: [[1, 0, 0, 1, 0, 0], [0, 0, 1, 1, 0, 0]], shape: [1, 2, 3])?.value == 0.75)
  }

  @Test func standardErrorsAreThoseOfMeans() throws {
    let value = MetricValue(mean: [1, 0, 1, 1])
    // Variance of the terms 3/16 * 4/3 = 1/4; of their mean 1/16.
    #expect(value.value == 0.75 && value.standardError == 0.25)
    let other = MetricValue(mean: [1, 1, 1, 1])
    let change = value.difference(from: other)
    #expect(change.value == -0.25 && change.standardError == 0.25)
    let same = value.difference(from: value)
    #expect(same.value == 0 && same.standardError == 0, "the same answers leave nothing to chance")
    #expect(MetricValue(mean: [1]).standardError == nil)
    #expect(value.difference(from: MetricValue(value: 1, contributions: [])).standardError == nil)
  }

  /// Against all pairs, and DeLong's variance written out.
  @Test(arguments: [UInt64(1), 2, 3]) func areaUnderTheCurve(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let count = 60
    let labels = (0..<count).map { $0 < 2 ? Float($0) : Float(Bool.random(using: &random) ? 1 : 0) }
    // Coarse scores: many ties.
    let scores = labels.map { [Float(Int.random(in: 0..<6, using: &random)) + $0] }
    let value = try #require(try Self.measure(.auc, scores, labels: labels))
    let positives = zip(scores, labels).filter { $0.1 == 1 }.map { $0.0[0] }
    let negatives = zip(scores, labels).filter { $0.1 == 0 }.map { $0.0[0] }
    func above(_ p: Float, _ n: Float) -> Double { p > n ? 1 : p == n ? 0.5 : 0 }
    let ofPositives = positives.map { p in negatives.reduce(0.0) { $0 + above(p, $1) } / Double(negatives.count) }
    let ofNegatives = negatives.map { n in positives.reduce(0.0) { $0 + above($1, n) } / Double(positives.count) }
    let area = ofPositives.reduce(0, +) / Double(positives.count)
    func variance(_ terms: [Double]) -> Double { terms.reduce(0) { $0 + ($1 - area) * ($1 - area) } / Double(terms.count - 1) }
    let error = (variance(ofPositives) / Double(positives.count) + variance(ofNegatives) / Double(negatives.count)).squareRoot()
    #expect(abs(value.value - area) < 1e-12)
    #expect(abs(try #require(value.standardError) - error) < 1e-12)
    // Two scores: the second less the first.
    let twin = try Self.measure(.auc, scores.map { [1 - $0[0], 1] }, labels: labels)
    #expect(twin == value)
  }

  @Test func separatedScoresHaveAnAreaOfOne() throws {
    #expect(try Self.measure(.auc, [[1], [2], [3], [4]], labels: [0, 0, 1, 1])?.value == 1)
    #expect(try Self.measure(.auc, [[1], [2], [3], [4]], labels: [1, 1, 0, 0])?.value == 0)
    #expect(try Self.measure(.auc, [[1], [1], [1], [1]], labels: [1, 0, 1, 0])?.value == 0.5)
  }

  @Test func reconstructionErrorIsAScore() throws {
    let inputs: [[Float]] = [[0, 0], [1, 1], [2, 2]]
    // Errors 0, 4, 1: the anomaly, sample 1, is the worst.
    #expect(try Self.measure(.reconstructionAUC, [[0, 0], [3, 3], [1, 3]], labels: [0, 1, 0], inputs: inputs)?.value == 1)
    #expect(try Self.measure(.reconstructionAUC, [[0, 0], [3, 3], [1, 3]], labels: [0, 0, 1], inputs: inputs)?.value == 0.5)
  }

  @Test func errorsAgainstValues() throws {
    let (outputs, right): ([[Float]], [Float]) = ([[1, 2], [3, 5]], [0, 2, 6, 4])
    #expect(try Self.measure(.meanAbsoluteError, outputs, labels: right)?.value == 1.25)
    #expect(try Self.measure(.meanSquaredError, outputs, labels: right)?.value == 2.75)
    // Means of the two samples are 0.5 and 2: half their distance.
    #expect(try Self.measure(.meanAbsoluteError, outputs, labels: right)?.standardError == 0.75)
  }

  @Test func cosineAndSignalToNoise() throws {
    let float: [[Float]] = [[1, 0], [3, 4]]
    #expect(try Self.measure(.cosine, [[0, 2], [6, 8]], float: float)?.value == 0.5)
    #expect(try Self.measure(.cosine, [[0, 0]], float: [[0, 0]])?.value == 1)
    // Signal 26, noise 0.26.
    let value = try #require(try Self.measure(.sqnr, [[1, 0.1], [3, 4.5]], float: float))
    #expect(abs(value.value - 20) < 1e-5)
    #expect(try Self.measure(.sqnr, float, float: float)?.value == .infinity)
    #expect(try Self.measure(.sqnr, [[0, 0]], float: [[0, 0]]) == nil)
  }

  /// The error told for one set of samples against the spread over many.
  @Test func theErrorOfDecibelsIsTheirSpread() throws {
    var random = SeededRandom(seed: 4)
    var (values, errors): ([Double], [Double]) = ([], [])
    for _ in 0..<300 {
      let float = (0..<50).map { _ in random.normals(8, deviation: Float.random(in: 0.5..<2, using: &random)) }
      let int8 = float.map { row in row.map { $0 + random.normal() * 0.05 } }
      let value = try #require(try Self.measure(.sqnr, int8, float: float))
      values.append(value.value)
      errors.append(try #require(value.standardError))
    }
    let mean = values.reduce(0, +) / 300
    let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 299).squareRoot()
    let told = errors.reduce(0, +) / 300
    // 300 draws tell a standard deviation to about 4 %.
    #expect(abs(told / spread - 1) < 0.15, "\(told) against \(spread)")
  }

  @Test func lossesCountInPointsOrUnits() {
    #expect(abs(Metric.top(1).drop(from: 0.98, to: 0.975) - 0.5) < 1e-12)
    #expect(Metric.meanSquaredError.drop(from: 1, to: 1.5) == 0.5)
    #expect(Metric.sqnr.drop(from: 30, to: 40) == -10)
    for name in Metric.names { #expect(Metric(name: name)?.name == name) }
    #expect(Metric(name: "accuracy") == nil)
  }

  @Test func misfitsAreToldBeforeAnythingRuns() {
    func fault(_ metric: Metric, _ shape: [Int], _ values: [Float]?, samples: Int = 3) -> String {
      do throws(DiagnosticError) {
        _ = try MetricMeter(metric, outputShape: shape, samples: samples, labels: values.map(Self.labels))
        return ""
      } catch { return error.description }
    }
    #expect(fault(.top(1), [1, 10], nil).contains("needs labels"))
    #expect(fault(.top(1), [1, 10], [1, 2]).contains("2 labels for 3 rows of scores"))
    #expect(fault(.top(1), [1, 10], [1, 2, 10]).contains("label 10 of row 2 is outside 0...9"))
    #expect(fault(.top(1), [1, 10], [1, 0.5, 2]).contains("label 0.5 of row 1"))
    #expect(fault(.top(1), [1, 10], [1, .nan, 2]).contains("of row 1"))
    #expect(fault(.top(11), [1, 10], [1, 2, 3]).contains("10 scores a row"))
    #expect(fault(.auc, [1, 10], [0, 1, 0]).contains("one score, or of two"))
    #expect(fault(.auc, [1], [0, 2, 0]).contains("label 2 of sample 1, expected 0 or 1"))
    #expect(fault(.auc, [1], [0, 0, 0]).contains("needs both 0 and 1"))
    #expect(fault(.meanSquaredError, [1, 4], [0, 0, 0]).contains("3 numbers for 3 samples of 4"))
    #expect(fault(.meanSquaredError, [1], [0, .infinity, 0]).contains("infinity"))
    #expect(fault(.auc, [1], [0, 1, 0]).isEmpty && fault(.cosine, [1, 4], nil).isEmpty)
  }
}
