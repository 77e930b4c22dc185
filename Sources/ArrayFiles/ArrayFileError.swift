/// Why an array file cannot be read or written: one line that names the file, the array, what was found and what was expected.
package struct ArrayFileError: Error, Hashable, Sendable, CustomStringConvertible {
  package var file: String
  /// The array's name within the file; "" where the fault is the file's.
  package var array: String
  package var message: String

  package init(file: String, array: String = "", _ message: String) {
    (self.file, self.array, self.message) = (file, array, message)
  }

  package var description: String {
    let line = array.isEmpty ? "\(file): \(message)" : "\(file): array '\(array)': \(message)"
    return String(line.map { $0.isNewline ? " " : $0 })
  }
}
