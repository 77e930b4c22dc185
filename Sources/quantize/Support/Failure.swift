/// Why the command stops, and the exit status that says so.
struct Failure: Error {
  var exitStatus: Int32
  var message: String

  /// Wrong usage: a flag, a combination, a value.
  static func usage(_ message: String) -> Failure { Failure(exitStatus: 64, message: message) }
  /// A model, a file or an array that cannot be used.
  static func badData(_ message: String) -> Failure { Failure(exitStatus: 65, message: message) }
  /// Anything else: an output that cannot be written, say.
  static func other(_ message: String) -> Failure { Failure(exitStatus: 1, message: message) }
}
