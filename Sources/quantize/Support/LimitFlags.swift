import ArgumentParser
import Quantizer

/// The flags that set a limit to what quantization may cost.
struct LimitFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Promote layers to int16 and float, those that gain most for their cost first, until the top-1 accuracy is at most this many points below float's. Needs labels: array 'y' of --data or --calibrate.",
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

  var isSet: Bool { maxDrop != nil || minSqnr != nil }

  func check() throws(Failure) {
    if maxDrop != nil && minSqnr != nil { throw Failure.usage("--max-drop and --min-sqnr exclude each other: give one limit") }
    if let maxDrop, !(maxDrop.isFinite && maxDrop >= 0) {
      throw Failure.usage("--max-drop \(maxDrop): expected 0 or more points of accuracy, such as --max-drop 0.5")
    }
    if let minSqnr, !minSqnr.isFinite { throw Failure.usage("--min-sqnr \(minSqnr): expected decibels, such as --min-sqnr 30") }
    for (name, value) in [("--data", data), ("--labels", labels)] where value != nil && !isSet {
      throw Failure.usage("\(name) is for --max-drop and --min-sqnr: give one of them")
    }
    if labels != nil && maxDrop == nil { throw Failure.usage("--labels is for --max-drop") }
  }

  /// - Parameter calibration: where the samples come from without `--data`.
  func limit(inputs: [SampleInput], calibration: String) throws(Failure) -> QualityLimit? {
    guard isSet else { return nil }
    let source = data ?? calibration
    if let minSqnr {
      guard let data else { return QualityLimit(.signalToNoise(decibels: minSqnr)) }
      return QualityLimit(.signalToNoise(decibels: minSqnr), samples: try samples(try ArrayGroup.open(data, for: inputs), inputs, data))
    }
    let files = try ArrayGroup.open(source, for: inputs)
    guard let labels = try Labels.read(files, key: labels, inputs: inputs, source: source) else {
      throw Failure.usage(
        "--max-drop needs labels: \(source) holds none", code: "no-labels",
        hint: "add an array 'y' with the class of each sample, name another with --labels, or give labelled samples with --data")
    }
    let classes = labels.values.map { Int(exactly: $0) }
    if let position = classes.firstIndex(of: nil) {
      throw Failure.badData("\(source): label \(position) is \(labels.values[position]), --max-drop needs classes: 0, 1, 2 ...", code: "bad-labels")
    }
    return QualityLimit(.accuracy(points: maxDrop ?? 0, labels: classes.compactMap(\.self)), samples: try samples(files, inputs, source))
  }

  private func samples(_ files: [ArrayGroup], _ inputs: [SampleInput], _ source: String) throws(Failure) -> [[[Float]]] {
    let samples = try Samples(files, for: inputs, ignoring: labels ?? "y", source: source)
    return (0..<samples.count).map { samples[$0] }
  }
}
