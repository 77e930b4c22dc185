import Foundation
package import ModelGraph

/// Measures one net by one metric, sample by sample, all nets on the same samples in the same order.
///
///     var meter = try MetricMeter(.top(1), outputShape: [1, 10], samples: 600, labels: labels)
///     for sample in samples { try meter.add(try session.run(sample), input: sample[0], float: expected) }
///     let accuracy = try meter.value()      // .value, .standardError; .difference(from: another net's)
package struct MetricMeter: Sendable {
  package let metric: Metric
  private let labels: MetricLabels?
  /// Scores of a row: the last axis of the first output that is longer than 1.
  private let classes: Int
  private let elements: Int
  private var rows = 0
  private var samples = 0
  /// One a row or a sample; of `sqnr` the signals.
  private var terms: [Double] = []
  private var noises: [Double] = []

  /// - Parameters:
  ///   - outputShape: of the net's first output.
  ///   - samples: how many will be added.
  /// - Throws: `bad-labels` where labels are missing, or do not fit the metric, the output and the samples; `bad-metric` where the output does not.
  package init(_ metric: Metric, outputShape: [Int], samples: Int, labels: MetricLabels?) throws(DiagnosticError) {
    (self.metric, self.labels) = (metric, labels)
    classes = outputShape.last { $0 > 1 } ?? 1
    elements = outputShape.reduce(1, *)
    let rows = samples * (elements / max(classes, 1))
    if [.classes, .binary, .values].contains(metric.truth), labels == nil {
      throw Self.fault(metric, "needs labels", hint: "add an array 'y' to the data, or name another")
    }
    switch metric {
    case .top(let k):
      guard k >= 1, k <= classes else { throw Self.fault(metric, "the output has \(classes) scores a row", hint: "give 1 to \(classes)") }
      try labels?.check(rows: rows, classes: classes, unit: elements == classes ? "sample" : "row of \(classes) scores")
    case .auc:
      guard elements <= 2 else {
        throw Self.fault(metric, "takes an output of one score, or of two, found shape \(outputShape)", hint: "cut the net with --outputs, or use a program")
      }
      try labels?.checkBinary(samples: samples)
    case .reconstructionAUC: try labels?.checkBinary(samples: samples)
    case .meanAbsoluteError, .meanSquaredError:
      guard let labels, labels.values.count == samples * elements else {
        throw labels.map { $0.fault("\($0.values.count) numbers for \(samples) samples of \(elements), shape \(outputShape)", hint: "give the output's shape a sample") }
          ?? Self.fault(metric, "needs labels")
      }
      guard labels.values.allSatisfy(\.isFinite) else { throw labels.fault("NaN or infinity among the labels", hint: "repair the data") }
    case .program: throw Self.fault(metric, "is measured by its program")
    case .agreement, .cosine, .sqnr: break
    }
  }

  private static func fault(_ metric: Metric, _ message: String, hint: String = "") -> DiagnosticError {
    DiagnosticError(Diagnostic(code: "bad-metric", message: "metric \(metric.name): \(message)", hint: hint))
  }

  /// - Parameters:
  ///   - outputs: the net's, of the next sample.
  ///   - input: the sample's first input, normalized as the net sees it; for reconstruction.
  ///   - float: the float net's outputs of the same sample; for what is held against them.
  package mutating func add(_ outputs: [[Float]], input: [Float], float: [[Float]]) throws(DiagnosticError) {
    guard let first = outputs.first else { return }
    switch metric {
    case .top(let k):
      for start in stride(from: 0, to: first.count, by: classes) {
        let row = first[start..<start + classes]
        terms.append(labels.map { Self.isAmong(k, Int($0.values[rows]), row) } ?? false ? 1 : 0)
        rows += 1
      }
    case .agreement:
      for start in stride(from: 0, to: first.count, by: classes) {
        let (row, expected) = (first[start..<start + classes], float[0][start..<start + classes])
        terms.append(Self.largest(row) == Self.largest(expected) ? 1 : 0)
      }
    case .auc: terms.append(Double(first.last ?? 0) - (first.count > 1 ? Double(first[0]) : 0))
    case .reconstructionAUC:
      guard input.count == first.count else {
        throw Self.fault(metric, "the first output has \(first.count) elements, the first input \(input.count)", hint: "it is for nets that give back their input")
      }
      terms.append(Self.mean(first, input) { $0 * $0 })
    case .meanAbsoluteError, .meanSquaredError:
      let expected = labels?.values[samples * elements..<(samples + 1) * elements] ?? []
      let isSquare = metric == .meanSquaredError
      terms.append(Self.mean(first, expected) { isSquare ? $0 * $0 : $0.magnitude })
    case .cosine:
      var (product, square, floatSquare) = (0.0, 0.0, 0.0)
      for (values, expected) in zip(outputs, float) {
        for (a, b) in zip(values, expected) {
          product += Double(a) * Double(b)
          square += Double(a) * Double(a)
          floatSquare += Double(b) * Double(b)
        }
      }
      // Two zero vectors point the same way.
      terms.append(square == floatSquare && square == 0 ? 1 : product / max((square * floatSquare).squareRoot(), .leastNormalMagnitude))
    case .sqnr:
      var (signal, noise) = (0.0, 0.0)
      for (values, expected) in zip(outputs, float) {
        for (a, b) in zip(values, expected) {
          signal += Double(b) * Double(b)
          noise += (Double(b) - Double(a)) * (Double(b) - Double(a))
        }
      }
      terms.append(signal)
      noises.append(noise)
    case .program: break
    }
    samples += 1
  }

  /// What was measured; nil where it is undefined: no sample, or a ratio of zeros.
  package func value() -> MetricValue? {
    guard !terms.isEmpty else { return nil }
    switch metric {
    case .auc, .reconstructionAUC: return MetricValue(areaUnder: terms, isPositive: labels.map { $0.values.map { $0 == 1 } } ?? [])
    case .sqnr: return MetricValue(decibelsOf: terms, over: noises)
    case .agreement where classes == 1: return nil
    default: return MetricValue(mean: terms)
    }
  }

  private static func mean(_ a: [Float], _ b: some Sequence<Float>, _ term: (Double) -> Double) -> Double {
    var sum = 0.0
    for (x, y) in zip(a, b) { sum += term(Double(x) - Double(y)) }
    return sum / Double(max(a.count, 1))
  }

  /// Position of the first largest score.
  private static func largest(_ scores: ArraySlice<Float>) -> Int {
    var best = scores.startIndex
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return best - scores.startIndex
  }

  /// Whether fewer than `k` scores come before that of `label`: larger ones, and equal ones at lower positions.
  private static func isAmong(_ k: Int, _ label: Int, _ scores: ArraySlice<Float>) -> Bool {
    let own = scores[scores.startIndex + label]
    var before = 0
    for (position, score) in scores.enumerated() where score > own || (score == own && position < label) { before += 1 }
    // NaN is above nothing; a row of them has its first class as largest.
    return before < k && (!own.isNaN || label == 0)
  }
}

extension MetricLabels {
  fileprivate func check(rows: Int, classes: Int, unit: String) throws(DiagnosticError) {
    guard values.count == rows else { throw fault("\(values.count) labels for \(rows) rows of scores", hint: "give one label a \(unit)") }
    guard let row = values.firstIndex(where: { !($0 == $0.rounded() && (0..<Float(classes)).contains($0)) }) else { return }
    throw fault("label \(Self.worded(values[row])) of row \(row) is outside 0...\(classes - 1), the net's classes")
  }

  fileprivate func checkBinary(samples: Int) throws(DiagnosticError) {
    guard values.count == samples else { throw fault("\(values.count) labels for \(samples) samples", hint: "give one label a sample: 0 or 1") }
    if let sample = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw fault("label \(Self.worded(values[sample])) of sample \(sample), expected 0 or 1 for an area under the curve")
    }
    guard values.contains(0), values.contains(1) else {
      throw fault("all labels are \(Self.worded(values.first ?? 0)): the area under the curve needs both 0 and 1")
    }
  }

  private static func worded(_ value: Float) -> String { value == value.rounded() && value.magnitude < 1e9 ? "\(Int(value))" : "\(value)" }
}
