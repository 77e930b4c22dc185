import ArrayFiles
import ModelGraph
import Swiftlet

/// Why the command stops, and the exit status that says so. Prints as `[code] what was found and expected; hint: what to do`, a line each.
struct Failure: Error {
  var exitStatus: Int32
  var lines: [String]

  /// A damaged file may have as many faults as nodes.
  private static let maximumLines = 1000

  private init(_ exitStatus: Int32, _ code: String, _ message: String, _ hint: String?) {
    self.exitStatus = exitStatus
    lines = ["[\(code)] \(message)" + (hint.map { "; hint: \($0)" } ?? "")]
  }

  /// Wrong usage: a flag, a combination, a value.
  static func usage(_ message: String, code: String = "bad-usage", hint: String? = nil) -> Failure { Failure(64, code, message, hint) }
  /// A model, a file or an array that cannot be used.
  static func badData(_ message: String, code: String = "bad-data", hint: String? = nil) -> Failure { Failure(65, code, message, hint) }
  /// Anything else: an output that cannot be written, say.
  static func other(_ message: String, code: String = "failed", hint: String? = nil) -> Failure { Failure(1, code, message, hint) }

  /// Every fault that the import, the quantizer or the compiler found in a file; status 2 where all is well but a limit cannot be held.
  init(_ error: DiagnosticError, path: String) {
    exitStatus = error.diagnostics.contains { $0.code == "limit-not-held" } ? 2 : 65
    lines = error.diagnostics.prefix(Self.maximumLines).map { diagnostic in
      let rest = diagnostic.description.dropFirst(diagnostic.code.count + 3)
      return "[\(diagnostic.code)] " + (rest.hasPrefix(path) ? "\(rest)" : "\(path): \(rest)")
    }
    let left = error.diagnostics.count - lines.count
    if left > 0 { lines.append("[more] \(path): \(left) further faults are not listed") }
  }

  init(_ error: ModelError, path: String) {
    let place = error.byteOffset.map { ", at byte \($0)" } ?? ""
    self.init(65, kebabCase(error.code), "\(path): \(error.message)\(place)", error.hint)
  }

  /// `context` is the model or the data that the run was about.
  init(_ error: RunError, context: String) {
    let status: Int32 =
      switch error.code {
      case .unknownISA, .isaUnavailable: 64
      case .outOfMemory: 1
      default: 65
      }
    self.init(status, kebabCase(error.code.rawValue), "\(context): \(error.message)", error.hint)
  }

  init(_ error: ArrayFileError) { self.init(65, "bad-array", "\(error)", nil) }
}

/// "arenaTooSmall" as "arena-too-small", "unknownISA" as "unknown-isa".
func kebabCase(_ name: String) -> String {
  var result = ""
  var previousIsLower = false
  for character in name {
    if character.isUppercase && previousIsLower { result += "-" }
    previousIsLower = character.isLowercase
    result += character.lowercased()
  }
  return result
}
