import ArgumentParser
import Foundation
import ModelCompiler
import Swiftlet

/// `quantize inspect`: what is in a model.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a model's inputs, outputs, instructions, sizes and what holds the arena's peak.",
    discussion: "An ONNX or TFLite model is shown as the float program that it compiles to.")

  @Argument(help: "Model: .swl, .onnx or .tflite.")
  var model: String

  @OptionGroup var flags: ConversionFlags

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let inspection = Inspection(try loaded(), path: model, fileBytes: fileSize())
    if json {
      try Console.printJSON(inspection)
    } else {
      print(inspection.text)
    }
  }

  private func loaded() throws -> Model {
    let options = try flags.parsed()
    switch try SourceModel.kind(of: model) {
    case .compiled:
      guard options == ConversionOptions() else {
        throw Failure.usage("--shape, --outputs, --mean, --std and --input-layout are for .onnx and .tflite models; \(model) is compiled")
      }
      return try SourceModel.load(model)
    case .importable:
      let graph = try SourceModel.importGraph(model, options: options)
      return try SourceModel.load(try SourceModel.compile(graph, CompilerOptions(plan: nil), path: model).bytes, path: model)
    }
  }

  private func fileSize() -> Int {
    (try? FileManager.default.attributesOfItem(atPath: model)[.size] as? Int) ?? 0
  }
}
