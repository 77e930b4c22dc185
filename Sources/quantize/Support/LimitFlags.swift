import ArgumentParser
import ModelGraph
import Quantizer

/// The flags that set a limit to what quantization may cost.
struct LimitFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Promote layers to int16 and float, those that gain most for their cost first, until accuracy is at most this far below float's: points (hundredths) of top-1 and other shares, else the metric's own unit. Labels: array 'y' of --data or --calibrate.",
      valueName: "points"))
  var maxDrop: Double?

  @Option(
    help: ArgumentHelp(
      "The same until the outputs' signal to quantization noise ratio is at least this many decibels.", valueName: "db"))
  var minSqnr: Double?

  @Option(
    help: ArgumentHelp("Samples that a limit is judged on, with labels for --max-drop: .npz, .npy or a folder of them; the calibration samples by default.", valueName: "data"))
  var data: String?

  @Option(help: ArgumentHelp("Name of the array of labels, 'y' by default.", valueName: "key"))
  var labels: String?

  @Option(help: "What --max-drop counts; else what the labels ask for: top-1 of classes, mean-absolute-error of numbers.")
  var metric: Metric?

  @Option(help: ArgumentHelp("The same: a row is right where its label is among the K largest scores.", valueName: "k"))
  var top: Int?

  var isSet: Bool { maxDrop != nil || minSqnr != nil }

  func check() throws(Failure) {
    if maxDrop != nil && minSqnr != nil { throw Failure.usage("--max-drop and --min-sqnr exclude each other: give one limit") }
    if let maxDrop, !(maxDrop.isFinite && maxDrop >= 0) {
      throw Failure.usage("--max-drop \(maxDrop): expected 0 or more, such as --max-drop 0.5 for half a point")
    }
    if let minSqnr, !minSqnr.isFinite { throw Failure.usage("--min-sqnr \(minSqnr): expected decibels, such as --min-sqnr 30") }
    for (name, value) in [("--data", data), ("--labels", labels)] where value != nil && !isSet {
      throw Failure.usage("\(name) is for --max-drop and --min-sqnr: give one of them")
    }
    for (name, isGiven) in [("--labels", labels != nil), ("--metric", metric != nil), ("--top", top != nil)] where isGiven && maxDrop == nil {
      throw Failure.usage("\(name) is for --max-drop")
    }
    if metric != nil && top != nil { throw Failure.usage("--metric and --top both say what --max-drop counts: give one") }
    if let top, top < 1 { throw Failure.usage("--top \(top): expected 1 or more", code: "bad-metric") }
    if metric == .sqnr { throw Failure.usage("--metric sqnr: float has no noise to fall below", code: "bad-metric", hint: "give --min-sqnr") }
  }

  /// - Parameters:
  ///   - calibration: where the samples come from without `--data`.
  ///   - options: whose normalization stands between a sample and what a net gives back of it.
  func limit(graph: Graph, inputs: [SampleInput], calibration: String, options: ConversionOptions) throws(Failure) -> QualityLimit? {
    guard isSet else { return nil }
    let source = data ?? calibration
    if let minSqnr {
      guard let data else { return QualityLimit(.signalToNoise(decibels: minSqnr)) }
      return QualityLimit(.signalToNoise(decibels: minSqnr), samples: try samples(try ArrayGroup.open(data, for: inputs), inputs, data))
    }
    let files = try ArrayGroup.open(source, for: inputs)
    let asked = top.map { Metric.top($0) } ?? metric
    let needsLabels = asked.map { $0.truth != .float } ?? true
    let labels = needsLabels || self.labels != nil ? try Labels.read(files, key: self.labels, inputs: inputs, source: source) : nil
    guard labels != nil || !needsLabels else {
      throw Failure.usage(
        "--max-drop needs labels: \(source) holds none", code: "no-labels",
        hint: "add an array 'y' with the class of each sample, name another with --labels, give labelled samples with --data, or count what needs none: --metric agreement")
    }
    let samples = try samples(files, inputs, source)
    let shape = graph.outputs.first?.type.shape ?? []
    // The meter says what does not fit.
    let metric = asked ?? labels?.metrics(outputShape: shape, samples: samples.count).first ?? .top(1)
    let (mean, std) = (options.mean.first ?? 0, options.std.first ?? 1)
    if metric == .reconstructionAUC && max(options.mean.count, options.std.count) > 1 {
      throw Failure.usage("--metric \(metric.name): the net normalizes channel by channel, so that its output is not held against raw input", code: "bad-metric")
    }
    return QualityLimit(.drop(maxDrop ?? 0, of: metric, labels: labels), samples: samples) { $0.map { ($0 - mean) / std } }
  }

  private func samples(_ files: [ArrayGroup], _ inputs: [SampleInput], _ source: String) throws(Failure) -> [[[Float]]] {
    let samples = try Samples(files, for: inputs, ignoring: labels ?? "y", source: source)
    return (0..<samples.count).map { samples[$0] }
  }
}
