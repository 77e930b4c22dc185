import ArgumentParser
import ModelImport

/// How a source model is read: what `convert` is told, kept in the file's metadata so that `compare` reads it the same way.
struct ConversionOptions: Codable, Hashable {
  var shapes: [String: [Int]] = [:]
  var outputs: [String] = []
  var mean: [Float] = []
  var std: [Float] = []
  var inputLayout: ImageLayout?
  var signature: String?

  static let metadataKey = "conversion"

  var importOptions: ImportOptions { ImportOptions(shapes: shapes, outputs: outputs, signature: signature) }
}

enum ImageLayout: String, Codable, CaseIterable, ExpressibleByArgument {
  case nchw, nhwc
}

/// The flags that say how a source model is read.
struct ConversionFlags: ParsableArguments {
  @Option(parsing: .singleValue, help: ArgumentHelp("Shape of an input, for dynamic dimensions: NAME=1,3,224,224. Repeatable.", valueName: "name=dims"))
  var shape: [String] = []

  @Option(help: ArgumentHelp("Cut the net at these tensors and make them its outputs.", valueName: "name,..."))
  var outputs: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Mean that every input value is reduced by: one number, or one a channel.", valueName: "m,..."))
  var mean: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Divisor after the mean: the net sees (x - mean) / std.", valueName: "s,..."))
  var std: String?

  @Option(help: "Layout in which the device hands over images; the source model's own by default.")
  var inputLayout: ImageLayout?

  @Option(help: ArgumentHelp("Signature of a TFLite model: its graph, and its names of inputs and outputs.", valueName: "key"))
  var signature: String?

  func parsed() throws(Failure) -> ConversionOptions {
    var options = ConversionOptions()
    for entry in shape {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let dims = parts.last.map { $0.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) } } ?? []
      guard parts.count == 2, !parts[0].isEmpty, dims.allSatisfy({ ($0 ?? 0) > 0 }) else {
        throw Failure.usage("--shape \(entry): expected NAME=1,3,224,224 with positive dimensions", code: "bad-shape")
      }
      options.shapes[String(parts[0])] = dims.compactMap(\.self)
    }
    if let outputs {
      options.outputs = outputs.split(separator: ",").map(String.init)
      if options.outputs.isEmpty { throw Failure.usage("--outputs: expected one or more tensor names, separated by commas") }
    }
    options.mean = try Self.numbers(mean, flag: "--mean")
    options.std = try Self.numbers(std, flag: "--std")
    if options.std.contains(where: { $0 == 0 }) { throw Failure.usage("--std: a divisor of 0", code: "bad-normalization") }
    options.inputLayout = inputLayout
    options.signature = signature
    return options
  }

  private static func numbers(_ text: String?, flag: String) throws(Failure) -> [Float] {
    guard let text else { return [] }
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard values.allSatisfy({ $0?.isFinite ?? false }) else {
      throw Failure.usage("\(flag) \(text): expected finite numbers separated by commas, such as \(flag) 123.7,116.3,103.5")
    }
    return values.compactMap(\.self)
  }
}
