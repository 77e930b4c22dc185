import ArgumentParser
import ArrayFiles
import Foundation
import ModelCompiler
import ModelGraph
import Quantizer
import Swiftlet

/// `quantize MODEL`: import, calibrate, quantize, write.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert a trained ONNX or TFLite net to a .swl file (the default subcommand).",
    discussion: """
      int8 needs calibration samples: 100 typical inputs are enough for most nets. The activations seen in a float run over them fix \
      each tensor's range; weights are quantized per channel. A model that is quantized already (TFLite int8 or uint8, ONNX with \
      QuantizeLinear) needs none: it keeps its scales, zero points, weights and biases bit for bit.
      """)

  enum PlanChoice: String, CaseIterable, ExpressibleByArgument { case ram, latency }

  @Argument(help: "Trained model: .onnx or .tflite.")
  var model: String

  @Option(help: ArgumentHelp("Calibration samples: .npz, .npy or a folder of them, or of PNG and JPEG images.", valueName: "data"))
  var calibrate: String?

  @Option(name: .shortAndLong, help: "File to write; MODEL.swl in the current folder by default.")
  var output: String?

  @OptionGroup var precisionFlags: PrecisionFlags
  @OptionGroup var limitFlags: LimitFlags

  @Option(
    help: ArgumentHelp(
      "fast: one choice of ranges; balanced: range methods, bias correction and channel equalization compete; best: weights are rounded for the least error of each layer's output besides.",
      valueName: "effort"))
  var effort: QuantizerOptions.Effort = .balanced

  @Option(help: "ram: the smallest arena, outputs over inputs; latency: apart, so that several threads can share every step.")
  var plan: PlanChoice = .ram

  @Flag(name: .customLong("int8-outputs"), help: ArgumentHelp(
    "Outputs are int8 levels. Without it the last layers give floats straight from their accumulators where that costs little."))
  var int8Outputs = false

  @OptionGroup var flags: ConversionFlags

  @Option(
    name: .customLong("report"), parsing: .singleValue,
    help: ArgumentHelp("Write the report: a page with pictures (.html), or JSON. Repeatable.", valueName: "file.html|.json"))
  var reports: [String] = []

  @Option(help: ArgumentHelp("Write the scales that calibration chose, to review and to pin: docs/parameters.md.", valueName: "file.json"))
  var saveParameters: String?

  @Option(help: ArgumentHelp("Take these scales instead of calibrating: a file of --save-parameters.", valueName: "file.json"))
  var parameters: String?

  @Flag(help: "Replace existing output files.")
  var force = false

  func run() throws {
    // The page tells latencies, float's among them.
    if reports.contains(where: HTMLReport.isName) { FloatBackend.prepare() }
    let options = try flags.parsed()
    let precisions = try precisionFlags.parsed()
    let isFloat = precisions.isFloatOnly
    try limitFlags.check()
    if isFloat && limitFlags.isSet { throw Failure.usage("a float program holds every limit: --max-drop and --min-sqnr are for int8") }
    let path = output ?? ((model as NSString).lastPathComponent as NSString).deletingPathExtension + ".swl"
    guard case .importable = try SourceModel.kind(of: model) else {
      throw Failure.badData("\(model): already a compiled .swl file", code: "already-compiled", hint: "give the ONNX or TFLite model that it was made from")
    }
    if isFloat && calibrate != nil {
      Console.note("note: --calibrate is not needed for --precision float and is ignored")
    }
    let read = [model] + [calibrate, parameters].compactMap(\.self)
    let file = try OutputFile(path, overwrite: force, apartFrom: read + reports + [saveParameters].compactMap(\.self))
    let reportFiles = try reports.indices.map { index throws(Failure) in
      try OutputFile(reports[index], overwrite: force, apartFrom: read + [path] + [saveParameters].compactMap(\.self) + reports[..<index])
    }
    let parameterFile = try saveParameters.map { name throws(Failure) in try OutputFile(name, overwrite: force, apartFrom: read + [path]) }
    var graph = try SourceModel.importGraph(model, options: options)
    let arrivesQuantized = !isFloat && graph.isQuantized
    try refuseUnusedParameters(arrivesQuantized: arrivesQuantized, precisions)
    let isGiven = calibrate != nil || parameters != nil
    let keepsWeightsOnly = precisions == PrecisionRequests() && !limitFlags.isSet && !isGiven && !arrivesQuantized && graph.hasQuantizedWeights
    if arrivesQuantized && (precisions != PrecisionRequests() || limitFlags.isSet) {
      throw Failure.usage(
        "\(model) is quantized and keeps the precision that its layers came with", code: "arrives-quantized",
        hint: "quantize the float net that it was made from, or convert with --precision float")
    } else if arrivesQuantized && calibrate != nil {
      Console.note("note: \(model) is quantized and keeps the scales that it came with; --calibrate is ignored")
    } else if keepsWeightsOnly {
      Console.note("note: only the weights of \(model) are quantized: they run in float; --calibrate DATA makes an int8 program that keeps them")
    } else if !isFloat && !isGiven && !arrivesQuantized {
      throw missingCalibration
    }
    if !options.mean.isEmpty || !options.std.isEmpty { print("input: \(normalizationText(options))") }
    var compilerOptions = CompilerOptions(plan: nil)
    compilerOptions.overlaps = plan == .ram
    compilerOptions.metadata = [
      (ConversionOptions.metadataKey, try Console.encodeJSON(options)),
      (SourceRecord.metadataKey, try Console.encodeJSON(try SourceRecord(path: model))),
    ]
    var report: QuantizationReport?
    var pictures: [LayerPicture] = []
    var warnings: [Diagnostic] = []
    if arrivesQuantized {
      do {
        let imported = try importedQuantization(of: graph)
        (graph, compilerOptions.plan, warnings) = (imported.graph, imported.plan, imported.warnings)
        report = imported.report
        pictures = imported.pictures
      } catch {
        throw Failure(error, path: model)
      }
    } else if isFloat {
      graph = graph.floatTwin()
    } else if isGiven {
      let result =
        try calibrate.map { try quantized(graph, precisions, from: $0) } ?? ParameterFile.apply(parameters ?? "", to: graph, model: model)
      if let parameterFile { try ParameterFile.write(result, of: graph, model: model, to: parameterFile) }
      (graph, compilerOptions.plan, warnings) = (result.graph, result.plan, result.warnings)
      if result.isMeasured {
        (report, pictures) = (result.report, result.pictures)
        compilerOptions.metadata.append((SourceRecord.quantizationKey, try Console.encodeJSON(report)))
      } else {
        Console.note("note: nothing was measured of these parameters; quantize compare does that")
      }
    }
    warnings += graph.paddedRows
    let compiled = try SourceModel.compile(graph, compilerOptions, path: model)
    let loaded = try SourceModel.load(compiled.bytes, path: model)
    try file.write(compiled.bytes)
    let summary = ConversionSummary(
      source: model, sourceBytes: fileBytes(model), output: path, graph: graph, model: loaded, quantization: report,
      warnings: warnings)
    print(summary.text)
    for reportFile in reportFiles {
      guard HTMLReport.isName(reportFile.path) else {
        try reportFile.write(Array(try Console.encodeJSON(summary.report).utf8) + [10])
        continue
      }
      let page = HTMLReport(
        summary: summary.report, model: loaded, pictures: pictures, warnings: warnings.map(\.description),
        comparison: try isFloat ? nil : calibrate.map { try comparison(of: loaded, options, on: $0) })
      try reportFile.write(Array(page.html.utf8))
    }
  }

  /// Against float on the calibration samples, by their labels where there are any.
  private func comparison(of quantized: Model, _ options: ConversionOptions, on data: String) throws -> Comparison {
    let graph = try SourceModel.importGraph(model, options: options).floatTwin()
    let float = try SourceModel.load(try SourceModel.compile(graph, CompilerOptions(plan: nil), path: model).bytes, path: model)
    let files = try ArrayGroup.open(data, for: quantized.sampleInputs)
    let samples = try Samples(files, for: quantized.sampleInputs, ignoring: limitFlags.labels ?? "y", source: data)
    let hasLabels = files.allSatisfy { $0.names.contains(limitFlags.labels ?? "y") }
    let labels = try hasLabels ? Labels.read(files, key: limitFlags.labels, inputs: quantized.sampleInputs, source: data) : nil
    let metrics = labels?.metrics(outputShape: quantized.outputs.first?.shape ?? [], samples: samples.count) ?? []
    return try Comparison.measure(
      float: float, int8: quantized, samples: samples, metrics: metrics, labels: labels, program: nil, reconstructs: { $0 },
      progress: Progress("comparing"))
  }

  /// What would be silently left undone.
  private func refuseUnusedParameters(arrivesQuantized: Bool, _ precisions: PrecisionRequests) throws(Failure) {
    let flags = [("--parameters", parameters), ("--save-parameters", saveParameters)].filter { $0.1 != nil }.map(\.0).joined(separator: " and ")
    guard !flags.isEmpty else { return }
    if parameters != nil && calibrate != nil {
      throw Failure.usage("--parameters and --calibrate both say where scales come from", code: "bad-usage", hint: "give one of them")
    }
    if precisions.isFloatOnly { throw Failure.usage("\(flags): a float program has no scales", hint: "leave out --precision float") }
    if parameters != nil && precisions != PrecisionRequests() {
      throw Failure.usage("--parameters says the precision of each layer, and so does --precision", hint: "edit the layers' precision in the file")
    }
    if parameters != nil && limitFlags.isSet {
      throw Failure.usage("--max-drop and --min-sqnr choose precisions by samples: --parameters has them chosen already", hint: "give --calibrate DATA")
    }
    if arrivesQuantized { throw Failure.usage("\(flags): \(model) is quantized and keeps the scales that it came with", hint: "leave the option out") }
    if saveParameters != nil && calibrate == nil && parameters == nil {
      throw Failure.usage("--save-parameters: nothing is calibrated whose scales could be saved", hint: "give --calibrate DATA")
    }
  }

  private var missingCalibration: Failure {
    Failure.usage(
      "\(model) holds a float net: int8 and int16 need calibration samples", code: "no-calibration",
      hint: """
        give 100 or so typical inputs: --calibrate DATA.npz (arrays named like the net's inputs, the samples along a leading axis; \
        numpy.savez makes one), an .npy, or a folder of them; --precision float converts without
        """)
  }

  private func normalizationText(_ options: ConversionOptions) -> String {
    func listing(_ values: [Float], _ fallback: String) -> String {
      values.count > 1 ? "[\(values.map { significant(Double($0)) }.joined(separator: ", "))]" : values.first.map { significant(Double($0)) } ?? fallback
    }
    return "(x - \(listing(options.mean, "0"))) / \(listing(options.std, "1"))"
  }

  private func fileBytes(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  private func quantized(_ graph: Graph, _ precisions: PrecisionRequests, from path: String) throws -> QuantizationResult {
    let inputs = graph.inputs.map { SampleInput(name: $0.name, shape: $0.type.shape) }
    var options = QuantizerOptions()
    (options.precisions, options.effort) = (precisions, effort)
    options.keepsFloatOutputs = !int8Outputs
    options.limit = try limitFlags.limit(graph: graph, inputs: inputs, calibration: path, options: try flags.parsed())
    let samples = try Samples(try ArrayGroup.open(path, for: inputs), for: inputs, ignoring: limitFlags.labels ?? "y", source: path)
    let progress = Progress("calibrating")
    defer { progress.finish() }
    do {
      return try quantize(graph, calibration: CalibrationSet(samples: (0..<samples.count).map { samples[$0] }), options: options) {
        progress.update($0, of: $1)
      }
    } catch {
      let aboutData = error.diagnostics.allSatisfy { !["limit-not-held", "no-int16-form", "no-such-layer"].contains($0.code) }
      throw Failure(error, path: aboutData ? path : model)
    }
  }
}

extension QuantizerOptions.Effort: ExpressibleByArgument {}
