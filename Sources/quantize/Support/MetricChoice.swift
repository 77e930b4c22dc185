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
    let elements = outputShape.reduce(1, *)
    let classes = outputShape.last { $0 > 1 } ?? 1
    let isClasses = classes > 1 && labels.areClasses(rows: samples * (elements / classes), classes: classes)
    if !isClasses, labels.values.count == samples * elements { return [.meanAbsoluteError, .meanSquaredError] }
    return [.top(1)]
  }
}
