import ArgumentParser
import ModelGraph
import Quantizer

/// What `--precision` asks for.
struct PrecisionFlags: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "int8, int16 or float for the whole net, or NAME=int8|int16|float for layers and tensors: a name, or a pattern with * and ?. Repeatable, the last one that matches counts.",
      discussion: """
        int16 is int16 activations times int8 weights: a layer reads and writes 16 bits, and so does what reads its output. float computes a layer in float32. \
        What has no int16 form runs in float, and the report says so.
        """,
      valueName: "[name=]precision"))
  var precision: [String] = []

  func parsed() throws(Failure) -> PrecisionRequests {
    var requests = PrecisionRequests()
    var hasBase = false
    for entry in precision {
      // Names may hold "="; precisions do not.
      let parts = entry.lastIndex(of: "=").map { (String(entry[..<$0]), String(entry[entry.index(after: $0)...])) }
      let wanted: Precision? =
        switch parts?.1 ?? entry {
        case "int8": .int8
        case "int16": .int16
        case "float": .float32
        default: nil
        }
      guard let wanted, parts?.0.isEmpty != true else {
        throw Failure.usage(
          "--precision \(entry): expected int8, int16 or float, or NAME=int16 and the like", code: "bad-precision",
          hint: "names are those of the report, patterns have * and ?: --precision 'block1*=int16'")
      }
      if parts == nil, hasBase {
        throw Failure.usage(
          "--precision \(entry): a second precision for the whole net", code: "repeated-option", hint: "name the layers that it is for: NAME=\(entry)")
      }
      hasBase = hasBase || parts == nil
      if let parts { requests.exceptions.append(PrecisionRequests.Exception(parts.0, wanted)) } else { requests.base = wanted }
    }
    return requests
  }
}

extension PrecisionRequests {
  /// Nothing is to be quantized.
  var isFloatOnly: Bool { base == .float32 && exceptions.allSatisfy { $0.precision == .float32 } }
}
