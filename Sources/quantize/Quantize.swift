import ArgumentParser
import Foundation

/// The `quantize` command: converts trained nets to `.swl`, runs them, compares them with float, shows what is in them.
struct Quantize: ParsableCommand {
  static let version = "0.1.0"
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Compile a trained ONNX or TFLite net to a flat int8 file and compare it with float.",
    usage: """
      quantize MODEL.onnx|.tflite --calibrate DATA.npz|.npy|DIR [-o OUT.swl] [--precision int8|int16|float]
               [--plan ram|latency] [--shape NAME=1,3,224,224] [--outputs NAME,...] [--mean M,... --std S,...]
               [--input-layout nchw|nhwc] [--signature KEY] [--report FILE.html|.json] [--force]
               [--save-parameters P.json]
      quantize MODEL.onnx|.tflite --parameters P.json [-o OUT.swl] ...
      quantize run MODEL.swl --input IN.npz|.npy [--output OUT.npz] [--raw]
      quantize compare FLOAT.onnx|.tflite|.swl INT8.swl --data DATA.npz [--labels KEY] [--top K] [--metric NAME]
               [--metric-program PROGRAM] [--json]
      quantize bench MODEL.swl [MODEL2.swl ...] [--threads N] [--profile] [--json]
      quantize inspect MODEL.swl|.onnx|.tflite [--json]
      quantize embed MODEL.swl [-o DIR] [--name NAME] [--trim] [--incbin] [--force]
      """,
    discussion: """
      EXAMPLES:
        Calibrate, quantize and write net.swl:
          quantize net.onnx --calibrate samples.npz
        Accuracy, size and speed of both:
          quantize compare net.onnx net.swl --data labelled.npz
        The outputs for one sample:
          quantize run net.swl --input image.npy

      Exit status: 0 success, 64 wrong usage, 65 bad data (a model, a file or an \
      array), 1 anything else.
      """,
    version: version,
    subcommands: [Convert.self, Run.self, Compare.self, Bench.self, Inspect.self, Embed.self],
    defaultSubcommand: Convert.self)

  static var subcommandNames: [String] { configuration.subcommands.map { $0._commandName } + ["help"] }
}

@main
enum Main {
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      try refuseUnknownSubcommand(arguments)
      try refuseRepeatedOptions(arguments)
      var command = try Quantize.parseAsRoot(arguments)
      try command.run()
    } catch let failure as Failure {
      stop(failure)
    } catch {
      guard Quantize.exitCode(for: error) != .success else { Quantize.exit(withError: error) }
      let message = Quantize.message(for: error).split(separator: "\n").joined(separator: " ")
      stop(Failure.usage(message, hint: "quantize --help"))
    }
    guard fflush(nil) == 0 else { stop(Failure.other("standard output cannot be written: \(String(cString: strerror(errno)))", code: "not-writable")) }
  }

  private static func stop(_ failure: Failure) -> Never {
    Console.error(failure)
    exit(failure.exitStatus)
  }

  /// The parser would take the last of several values without a word.
  private static func refuseRepeatedOptions(_ arguments: [String]) throws(Failure) {
    let lists: Set<String> = ["--precision", "--report", "--shape"]
    var seen: Set<String> = []
    for word in arguments.prefix(while: { $0 != "--" }) where word.hasPrefix("--") || word == "-o" {
      let name = word == "-o" ? "--output" : String(word.prefix { $0 != "=" })
      guard seen.insert(name).inserted || lists.contains(name) else {
        throw Failure.usage("\(name) is given more than once", code: "repeated-option", hint: "it takes one value: give it once")
      }
    }
  }

  /// `quantize runn net.swl` would otherwise be read as a conversion of a model called "runn".
  private static func refuseUnknownSubcommand(_ arguments: [String]) throws(Failure) {
    guard let word = arguments.first, !word.hasPrefix("-"), !word.contains("."), !word.contains("/"),
      !Quantize.subcommandNames.contains(word), !FileManager.default.fileExists(atPath: word)
    else { return }
    let nearest = Quantize.subcommandNames.min { editDistance($0, word) < editDistance($1, word) }
    let suggestion = nearest.flatMap { editDistance($0, word) <= 2 ? "did you mean '\($0)'? " : nil } ?? ""
    throw Failure.usage(
      "unknown subcommand, and no such file: '\(word)'", code: "unknown-subcommand", hint: "\(suggestion)quantize --help lists them")
  }
}

/// Levenshtein distance.
func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, character) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substitution = diagonal + (b[j] == character ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
