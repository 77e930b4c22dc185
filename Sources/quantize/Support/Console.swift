import Foundation

/// Output to people: results on standard output, progress and errors on standard error.
enum Console {
  static func error(_ failure: Failure) {
    for line in failure.lines { note("error: \(line)") }
  }

  static func note(_ message: String) {
    FileHandle.standardError.write(Data("\(message)\n".utf8))
  }

  /// JSON with sorted keys, one document, for machines.
  static func printJSON(_ value: some Encodable) throws(Failure) {
    print(try encodeJSON(value))
  }

  static func encodeJSON(_ value: some Encodable) throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw Failure.other("cannot write JSON: \(error)")
    }
  }
}

/// One line on a terminal that is rewritten as work goes on; nothing where standard error is not a terminal.
final class Progress {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let label: String
  private var shown = ""
  private var lastUpdate = ContinuousClock.now - .seconds(1)

  init(_ label: String) { self.label = label }

  func update(_ done: Int, of total: Int) {
    let now = ContinuousClock.now
    guard isTerminal, done == total || now - lastUpdate > .milliseconds(100) else { return }
    lastUpdate = now
    let width = 24
    let filled = total > 0 ? width * done / total : width
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
    shown = "\(label) [\(bar)] \(done)/\(total)"
    FileHandle.standardError.write(Data("\r\(shown)".utf8))
  }

  /// Clears the line.
  func finish() {
    guard !shown.isEmpty else { return }
    FileHandle.standardError.write(Data("\r\(String(repeating: " ", count: shown.count))\r".utf8))
    shown = ""
  }
}
