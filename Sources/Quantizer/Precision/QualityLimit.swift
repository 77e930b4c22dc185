import Foundation
import ModelCompiler
import ModelGraph
import Swiftlet

/// What quantization may cost. Layers are promoted to int16 and float until it holds.
package struct QualityLimit: Sendable {
  package enum Bound: Hashable, Sendable {
    /// At least this signal to quantization noise ratio over all outputs, in decibels.
    case signalToNoise(decibels: Double)
    /// At most so many points (hundredths) of accuracy lost: the share of rows of the first output whose largest score is the label's.
    case accuracy(points: Double, labels: [Int])
  }

  package var bound: Bound
  /// Judged on these: sample -> graph input -> elements; on some of the calibration samples where nil.
  package var samples: [[[Float]]]?

  package init(_ bound: Bound, samples: [[[Float]]]? = nil) { (self.bound, self.samples) = (bound, samples) }

  /// "SQNR of 30.0 dB" and the like.
  var description: String {
    switch bound {
    case .signalToNoise(let decibels): "SQNR of at least \(oneDecimal(decibels)) dB"
    case .accuracy(let points, _): "top-1 drop of at most \(oneDecimal(points)) points"
    }
  }
}

func oneDecimal(_ x: Double) -> String { x.isFinite ? "\((x * 10).rounded() / 10)" : "\(x)" }

/// How far a plan's outputs are from float, in all the ways that limits ask for.
struct QualityScore {
  /// Of all outputs together.
  var signal = 0.0
  var noise = 0.0
  /// Noise / signal, summed over the outputs: what ranks promotions.
  var relativeNoise = 0.0
  var hits = 0
  var rows = 0

  var decibels: Double { noise > 0 ? 10 * log10(signal / noise) : .infinity }
}

/// Runs plans over the samples that a limit is judged on.
struct LimitJudge {
  let limit: QualityLimit
  private let samples: [[[Float]]]
  /// [sample][output]
  private let expected: [[[Float]]]
  private let classes: Int
  private(set) var floatHits = 0

  /// - Parameter fallback: samples where the limit has none of its own.
  /// - Throws: `bad-labels` where they do not fit the rows of the first output, and what keeps the samples from running.
  init(_ limit: QualityLimit, _ float: ObservedProgram, fallback: [[[Float]]]) throws(DiagnosticError) {
    self.limit = limit
    samples = limit.samples ?? fallback
    classes = float.graph.outputs.first?.type.shape.last { $0 > 1 } ?? 1
    var expected: [[[Float]]] = []
    do throws(RunError) { for sample in samples { expected.append(try float.session.run(sample)) } } catch { throw DiagnosticError(running: error) }
    self.expected = expected
    guard case .accuracy(_, let labels) = limit.bound else { return }
    let rows = expected.reduce(0) { $0 + ($1.first?.count ?? 0) / classes }
    guard rows == labels.count, labels.allSatisfy((0..<classes).contains) else {
      throw DiagnosticError(
        Diagnostic(
          code: "bad-labels", message: "\(labels.count) labels for \(rows) rows of \(classes) scores, expected one a row in 0...\(classes - 1)",
          hint: "the first output gives the scores; its last axis longer than 1 holds the classes"))
    }
    var score = QualityScore()
    for outputs in expected { count(outputs, &score) }
    floatHits = score.hits
  }

  var sampleCount: Int { samples.count }

  /// - Parameter count: of the samples, evenly spaced; all where nil.
  func score(_ plan: QuantizationPlan, for graph: Graph, on count: Int? = nil) throws(DiagnosticError) -> QualityScore {
    // The arena's size does not matter here, and searching the smallest takes longer than running it.
    var options = CompilerOptions(plan: plan)
    options.overlaps = false
    let model = try loaded(try compile(graph, options: options))
    var score = QualityScore()
    var (signal, noise) = (Array(repeating: 0.0, count: graph.outputs.count), Array(repeating: 0.0, count: graph.outputs.count))
    do throws(RunError) {
      let session = try Session(model)
      for index in evenlySpaced(count ?? samples.count, of: samples.count) {
        let outputs = try session.run(samples[index])
        for (output, (actual, expected)) in zip(outputs, expected[index]).enumerated() {
          for (actual, expected) in zip(actual, expected) where expected.isFinite {
            let error = Double(actual) - Double(expected)
            noise[output] += error * error
            signal[output] += Double(expected) * Double(expected)
          }
        }
        if count == nil { self.count(outputs, &score) }
      }
    } catch { throw DiagnosticError(running: error) }
    (score.signal, score.noise) = (signal.reduce(0, +), noise.reduce(0, +))
    score.relativeNoise = zip(noise, signal).reduce(0) { $0 + $1.0 / max($1.1, .leastNormalMagnitude) }
    return score
  }

  func holds(_ score: QualityScore) -> Bool {
    switch limit.bound {
    case .signalToNoise(let decibels): score.decibels >= decibels
    case .accuracy(let points, _): drop(score) <= points + 1e-9
    }
  }

  func wording(_ score: QualityScore) -> String {
    switch limit.bound {
    case .signalToNoise: score.decibels.isFinite ? "\(oneDecimal(score.decibels)) dB" : "no noise"
    case .accuracy: "\((drop(score) * 100).rounded() / 100) points"
    }
  }

  /// Points of accuracy lost against float.
  private func drop(_ score: QualityScore) -> Double { 100 * Double(floatHits - score.hits) / Double(max(score.rows, 1)) }

  private func count(_ outputs: [[Float]], _ score: inout QualityScore) {
    guard case .accuracy(_, let labels) = limit.bound, let scores = outputs.first else { return }
    for start in stride(from: 0, to: scores.count, by: classes) {
      var best = start
      for index in start..<start + classes where scores[index] > scores[best] { best = index }
      if score.rows < labels.count, best - start == labels[score.rows] { score.hits += 1 }
      score.rows += 1
    }
  }
}
