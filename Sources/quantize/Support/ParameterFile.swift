import Foundation
import ModelGraph
import Quantizer

/// Quantization parameters as a JSON file.
enum ParameterFile {
  /// Reads `path` and lays it over `graph`, the model at `model`.
  static func apply(_ path: String, to graph: Graph, model: String) throws(Failure) -> QuantizationResult {
    let parameters = try read(path)
    do throws(DiagnosticError) {
      var result = try parameters.applied(to: graph)
      let source = try? SourceRecord(path: model)
      if let source, let made = parameters.source, made.sha256 != source.sha256 {
        Console.note("warning: \(path) was saved from another model file than \(model) (\(made.name), SHA-256 \(made.sha256.prefix(12))...)")
        result.isMeasured = false
      }
      return result
    } catch { throw Failure(error, path: path) }
  }

  static func write(_ result: QuantizationResult, of graph: Graph, model: String, to file: OutputFile) throws(Failure) {
    let source = try SourceRecord(path: model)
    let parameters: QuantizationParameters
    do throws(DiagnosticError) {
      parameters = try QuantizationParameters(result, for: graph, source: .init(name: source.name, sha256: source.sha256))
    } catch { throw Failure(error, path: model) }
    try file.write(Array(withNumbersOnOneLine(try Console.encodeJSON(parameters)).utf8) + [10])
  }

  /// Arrays of numbers, which the encoder writes a line each: a person compares layers, not elements.
  static func withNumbersOnOneLine(_ json: String) -> String {
    var result: [UInt8] = []
    var (start, isString, isEscaped): (Int?, Bool, Bool) = (nil, false, false)
    for byte in json.utf8 {
      result.append(byte)
      if isString {
        (isString, isEscaped) = (isEscaped || byte != UInt8(ascii: "\""), !isEscaped && byte == UInt8(ascii: "\\"))
        continue
      }
      switch byte {
      case UInt8(ascii: "["): start = result.count - 1
      case UInt8(ascii: "{"): start = nil
      case UInt8(ascii: "\""): isString = true
      case UInt8(ascii: "]"):
        guard let open = start else { break }
        let elements = result[(open + 1)..<(result.count - 1)].split { $0 == 10 || $0 == 32 }.joined(separator: [32])
        result.replaceSubrange((open + 1)..<(result.count - 1), with: Array(elements))
        start = nil
      default: break
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func read(_ path: String) throws(Failure) -> QuantizationParameters {
    guard let data = FileManager.default.contents(atPath: path) else { throw Failure.badData("\(path): cannot be read", code: "unreadable") }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return try decoder.decode(QuantizationParameters.self, from: data)
    } catch let error as DecodingError {
      throw Failure.badData("\(path): not quantization parameters: \(worded(error))", code: "bad-parameters", hint: "save them with --save-parameters")
    } catch {
      throw Failure.badData("\(path): \(error)", code: "bad-parameters", hint: "save them with --save-parameters")
    }
  }

  private static func worded(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
      let path = (context.codingPath + [key].compactMap(\.self)).map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
      return path.isEmpty ? "the document" : String(path.drop { $0 == "." })
    }
    switch error {
    case .keyNotFound(let key, let context): return "\(place(context, key)) is missing"
    case .valueNotFound(_, let context): return "\(place(context)) is null"
    case .typeMismatch(let type, let context): return "\(place(context)) is not of type \(type)"
    case .dataCorrupted(let context): return "\(place(context)): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}
