import ArgumentParser
import ArrayFiles
import Foundation
import ModelCompiler
import ModelGraph
import Quantizer
import Swiftlet

/// `quantize compare`: a float net and its int8 twin on the same data.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare an int8 file with its float original: accuracy, agreement, error, size and speed.",
    discussion: """
      The float net may be the ONNX or TFLite model, read with the options that the int8 file was converted with, or a \
      float .swl file. A model that came quantized is compared with itself computed in float: its weights as the numbers that they \
      stand for, nothing rounded in between. An array of the integers that it takes (int8, uint8) holds levels, any other real numbers. With labels in the data (array 'y', or --labels KEY) both nets are judged by them: whole numbers are classes (top-1), \
      numbers in the output's shape are what it should be (mean absolute and squared error). Every figure comes with its standard error, \
      a difference with that of the paired samples.
      """)

  @Argument(help: "Float model: .onnx, .tflite or a float .swl.")
  var float: String

  @Argument(help: "Quantized model: .swl.")
  var int8: String

  @Option(help: "Inputs, and labels where there are any: .npz, .npy or a folder of them, or of images (a folder a class).")
  var data: String

  @OptionGroup var judging: MetricFlags

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    FloatBackend.prepare()
    let quantized = try loadQuantized()
    let reference = try loadReference(quantized)
    try checkTwins(reference, quantized)
    try noteOtherSource(reference, quantized)
    let files = try ArrayGroup.open(data, for: quantized.sampleInputs)
    let samples = try Samples(files, for: quantized.sampleInputs, ignoring: judging.labels ?? "y", source: data)
    let labels = try Labels.read(files, key: judging.labels, inputs: quantized.sampleInputs, source: data)
    let metrics = try judging.metrics(outputShape: quantized.outputs.first?.shape ?? [], samples: samples.count, labels: labels)
    let program = try judging.metricProgram.map { path throws(Failure) in try MetricProgram(path, data: data, labels: labels) }
    let normalization = try metrics.contains(.reconstructionAUC) ? normalization(of: quantized) : (mean: 0, std: 1)
    let result = try Comparison.measure(
      float: reference, int8: quantized, samples: samples, metrics: metrics, labels: labels, program: program,
      reconstructs: { $0.map { ($0 - normalization.mean) / normalization.std } }, progress: Progress("comparing"))
    if json {
      try Console.printJSON(result)
    } else {
      print(result.table(floatName: float, int8Name: int8))
    }
  }

  /// What the file makes of raw input: the net gives back what it sees after that.
  private func normalization(of model: Model) throws(Failure) -> (mean: Float, std: Float) {
    let options = try storedOptions(of: model)
    guard options.mean.count <= 1, options.std.count <= 1 else {
      throw Failure.usage(
        "--metric \(Metric.reconstructionAUC.name): \(int8) normalizes channel by channel, so that its output is not held against raw input",
        code: "bad-metric", hint: "judge with --metric-program")
    }
    return (options.mean.first ?? 0, options.std.first ?? 1)
  }

  /// The options that the file was converted with.
  private func storedOptions(of model: Model) throws(Failure) -> ConversionOptions {
    guard let stored = model.metadata.first(where: { $0.key == ConversionOptions.metadataKey })?.value else { return ConversionOptions() }
    guard let options = try? JSONDecoder().decode(ConversionOptions.self, from: Data(stored.utf8)) else {
      throw Failure.badData("\(int8): its conversion options cannot be read", code: "bad-metadata", hint: "convert it again")
    }
    return options
  }

  private func loadQuantized() throws -> Model {
    guard case .compiled = try SourceModel.kind(of: int8) else {
      throw Failure.badData("\(int8): the second model must be a compiled .swl file", code: "not-compiled", hint: "make it with: quantize \(int8) --calibrate DATA.npz")
    }
    let model = try SourceModel.load(int8)
    guard model.isQuantized else {
      throw Failure.badData("\(int8): holds a float program where an int8 one is compared", code: "not-quantized", hint: "convert with --precision int8")
    }
    return model
  }

  private func loadReference(_ quantized: Model) throws -> Model {
    switch try SourceModel.kind(of: float) {
    case .compiled:
      let model = try SourceModel.load(float)
      guard !model.isQuantized else {
        throw Failure.badData("\(float): the first model must be float, this one is quantized", code: "not-float", hint: "give the ONNX or TFLite model")
      }
      return model
    case .importable:
      let graph = try SourceModel.importGraph(float, options: try storedOptions(of: quantized)).floatTwin()
      return try SourceModel.load(try SourceModel.compile(graph, CompilerOptions(plan: nil), path: float).bytes, path: float)
    }
  }

  /// The same inputs and outputs do not make two files the same net.
  private func noteOtherSource(_ reference: Model, _ quantized: Model) throws(Failure) {
    guard let made = SourceRecord.of(quantized) else { return }
    let given: SourceRecord?
    if case .importable = try SourceModel.kind(of: float) { given = try SourceRecord(path: float) } else { given = SourceRecord.of(reference) }
    guard let given, given.sha256 != made.sha256 else { return }
    Console.note("warning: \(int8) was made from another model than \(float) (\(made.name), SHA-256 \(made.sha256.prefix(12))...)")
  }

  private func checkTwins(_ reference: Model, _ quantized: Model) throws {
    for (role, a, b) in [("inputs", reference.inputs, quantized.inputs), ("outputs", reference.outputs, quantized.outputs)] {
      guard a.map(\.name) == b.map(\.name), a.map(\.shape) == b.map(\.shape) else {
        func listing(_ tensors: [TensorDescription]) -> String { tensors.map { "\($0.name) \($0.shape)" }.joined(separator: ", ") }
        throw Failure.badData(
          "\(float) and \(int8) are not the same net: \(role) \(listing(a)) against \(listing(b))")
      }
    }
  }
}
