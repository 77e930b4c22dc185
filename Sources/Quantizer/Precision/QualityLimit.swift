import Foundation
import ModelCompiler
import ModelGraph
import Swiftlet

/// What quantization may cost. Layers are promoted to int16 and float until it holds.
package struct QualityLimit: Sendable {
  package enum Bound: Sendable {
    /// At least this signal to quantization noise ratio over all outputs, in decibels.
    case signalToNoise(decibels: Double)
    /// The metric is worse than float's by at most so much: in points (hundredths) of shares, in the metric's own unit of others.
    case drop(Double, of: Metric, labels: MetricLabels?)
  }

  package var bound: Bound
  /// Judged on these: sample -> graph input -> elements; on some of the calibration samples where nil.
  package var samples: [[[Float]]]?
  /// What a net that gives its input back would give for a sample's first input.
  package var reconstructs: @Sendable ([Float]) -> [Float]

  package init(_ bound: Bound, samples: [[[Float]]]? = nil, reconstructs: @escaping @Sendable ([Float]) -> [Float] = { $0 }) {
    (self.bound, self.samples, self.reconstructs) = (bound, samples, reconstructs)
  }

  /// "SQNR of at least 30.0 dB" and the like.
  var description: String {
    switch bound {
    case .signalToNoise(let decibels): "SQNR of at least \(oneDecimal(decibels)) dB"
    case .drop(let drop, let metric, _) where metric.isShare: "\(metric.name) drop of at most \(oneDecimal(drop)) points"
    case .drop(let drop, let metric, _): "\(metric.name) worse by at most \(drop)"
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
  /// What the metric is worse by than float; 0 where no metric limits.
  var drop = 0.0

  var decibels: Double { noise > 0 ? 10 * log10(signal / noise) : .infinity }
}

/// Runs plans over the samples that a limit is judged on.
struct LimitJudge {
  let limit: QualityLimit
  private let samples: [[[Float]]]
  /// [sample][output]
  private let expected: [[[Float]]]
  /// Of the metric that limits: one that has seen nothing, and float's value.
  private var metric: (meter: MetricMeter, float: Double)?

  /// - Parameter fallback: samples where the limit has none of its own.
  /// - Throws: `bad-labels`, `bad-metric` where labels and metric do not fit the outputs, and what keeps the samples from running.
  init(_ limit: QualityLimit, _ float: ObservedProgram, fallback: [[[Float]]]) throws(DiagnosticError) {
    self.limit = limit
    samples = limit.samples ?? fallback
    var expected: [[[Float]]] = []
    do throws(RunError) { for sample in samples { expected.append(try float.session.run(sample)) } } catch { throw DiagnosticError(running: error) }
    self.expected = expected
    guard case .drop(_, let metric, let labels) = limit.bound else { return }
    let fresh = try MetricMeter(metric, outputShape: float.graph.outputs.first?.type.shape ?? [], samples: samples.count, labels: labels)
    var meter = fresh
    for (sample, outputs) in zip(samples, expected) {
      try meter.add(outputs, input: limit.reconstructs(sample.first ?? []), float: outputs)
    }
    guard let value = meter.value()?.value, value.isFinite else {
      throw DiagnosticError(
        Diagnostic(
          code: "bad-metric", message: "metric \(metric.name) is undefined for the float net on \(samples.count) samples",
          hint: metric == .sqnr ? "limit the SQNR itself" : "choose one that fits the outputs"))
    }
    self.metric = (fresh, value)
  }

  var sampleCount: Int { samples.count }

  /// - Parameter count: of the samples, evenly spaced; all where nil.
  func score(_ plan: QuantizationPlan, for graph: Graph, on count: Int? = nil) throws(DiagnosticError) -> QualityScore {
    // The arena's size does not matter here, and searching the smallest takes longer than running it.
    var options = CompilerOptions(plan: plan)
    options.overlaps = false
    let model = try loaded(try compile(graph, options: options))
    var score = QualityScore()
    var meter = count == nil ? metric?.meter : nil
    var (signal, noise) = (Array(repeating: 0.0, count: graph.outputs.count), Array(repeating: 0.0, count: graph.outputs.count))
    let session: Session
    do throws(RunError) { session = try Session(model) } catch { throw DiagnosticError(running: error) }
    for index in evenlySpaced(count ?? samples.count, of: samples.count) {
      let outputs: [[Float]]
      do throws(RunError) { outputs = try session.run(samples[index]) } catch { throw DiagnosticError(running: error) }
      for (output, (actual, expected)) in zip(outputs, expected[index]).enumerated() {
        for (actual, expected) in zip(actual, expected) where expected.isFinite {
          let error = Double(actual) - Double(expected)
          noise[output] += error * error
          signal[output] += Double(expected) * Double(expected)
        }
      }
      try meter?.add(outputs, input: limit.reconstructs(samples[index].first ?? []), float: expected[index])
    }
    if let metric, let meter {
      // A metric that the plan makes undefined is as bad as can be.
      score.drop = (meter.value()?.value).map { meter.metric.drop(from: metric.float, to: $0) } ?? .infinity
      if score.drop.isNaN { score.drop = .infinity }
    }
    (score.signal, score.noise) = (signal.reduce(0, +), noise.reduce(0, +))
    score.relativeNoise = zip(noise, signal).reduce(0) { $0 + $1.0 / max($1.1, .leastNormalMagnitude) }
    return score
  }

  func holds(_ score: QualityScore) -> Bool {
    switch limit.bound {
    case .signalToNoise(let decibels): score.decibels >= decibels
    case .drop(let most, let metric, _): score.drop <= most + (metric.isShare ? 1e-9 : 0)
    }
  }

  func wording(_ score: QualityScore) -> String {
    switch limit.bound {
    case .signalToNoise: score.decibels.isFinite ? "\(oneDecimal(score.decibels)) dB" : "no noise"
    case .drop(_, let metric, _): metric.isShare ? "\((score.drop * 100).rounded() / 100) points" : "\(Float(score.drop))"
    }
  }
}
