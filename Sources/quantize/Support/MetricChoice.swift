import ArgumentParser
import Quantizer

extension Metric: ExpressibleByArgument {
  public init?(argument: String) { self.init(name: argument) }
  public static var allValueStrings: [String] { names }
}

/// The flags that say what a net is judged by.
struct MetricFlags: ParsableArguments {
  @Option(help: ArgumentHelp("Name of the array of labels.", valueName: "key"))
  var labels: String?

  @Option(help: ArgumentHelp("Count a row as right where its label is among the K largest scores.", valueName: "k"))
  var top: Int?

  @Option(help: "What to judge by; else what the labels ask for. auc and auc-reconstruction (an autoencoder's error) take labels 0 and 1.")
  var metric: Metric?

  @Option(help: ArgumentHelp("Judge by the numbers that a program of yours prints: docs/metrics.md.", valueName: "program"))
  var metricProgram: String?

  func validate() throws {
    if let top, top < 1 { throw Failure.usage("--top \(top): expected 1 or more", code: "bad-metric") }
  }

  /// What to measure beside agreement, cosine and SQNR, which are always measured.
  func metrics(outputShape: [Int], samples: Int, labels: MetricLabels?) throws(Failure) -> [Metric] {
    var metrics: [Metric] = []
    if let top { metrics += top == 1 ? [.top(1)] : [.top(1), .top(top)] }
    if let metric, metric.truth != .float, !metrics.contains(metric) { metrics.append(metric) }
    guard metrics.isEmpty, metric == nil, metricProgram == nil, let labels else { return metrics }
    let fitting = labels.metrics(outputShape: outputShape, samples: samples)
    // The meter says what does not fit.
    return fitting.isEmpty ? [.top(1)] : fitting
  }
}

extension MetricLabels {
  /// What labels of this form ask for; empty where they fit nothing.
  func metrics(outputShape: [Int], samples: Int) -> [Metric] {
    let elements = outputShape.reduce(1, *)
    let classes = outputShape.last { $0 > 1 } ?? 1
    if classes > 1 && areClasses(rows: samples * (elements / classes), classes: classes) { return [.top(1)] }
    return values.count == samples * elements && values.allSatisfy(\.isFinite) ? [.meanAbsoluteError, .meanSquaredError] : []
  }
}
