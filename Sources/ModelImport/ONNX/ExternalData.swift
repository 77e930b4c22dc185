import ModelGraph
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Tensor data in files beside the model.
///
/// A model from elsewhere must not make the converter read anything but its own data: locations are relative, hold no "..",
/// and resolve, symbolic links included, to a place inside the model's folder, to a regular file that has no other name.
struct ExternalData {
  var directory: FilePath

  /// Reads the data of a tensor whose `data_location` is external.
  func read(_ tensor: ONNXTensorProto, byteCount: Int) throws(DiagnosticError) -> [UInt8] {
    func failure(_ message: String, _ hint: String = "keep the data file that was exported with the model beside it") -> DiagnosticError {
      DiagnosticError(Diagnostic(code: "bad-external-data", node: tensor.name, sourceOperator: "tensor", message: message, hint: hint))
    }
    var entries: [String: String] = [:]
    for entry in tensor.externalData { entries[entry.key] = entry.value }
    guard let location = entries["location"], !location.isEmpty else { throw failure("names no file for its data") }
    let relative = FilePath(location)
    guard !location.utf8.contains(0), relative.isRelative, relative.root == nil, relative.components.allSatisfy({ $0.kind == .regular })
    else {
      throw failure(
        "its data file '\(location)' is not a plain path inside the model's folder", "paths that are absolute or hold '..' are refused")
    }
    let offset = try number(entries["offset"], default: 0, "offset")
    let length = try number(entries["length"], default: byteCount, "length")
    guard length == byteCount else { throw failure("its shape needs \(byteCount) bytes, the file declares a length of \(length)") }

    let folder = directory.isEmpty ? FilePath(".") : directory
    guard let home = resolved(folder), let path = resolved(folder.appending(relative.components)) else {
      throw failure("its data file '\(location)' does not exist")
    }
    guard path.starts(with: home), path != home else {
      throw failure("its data file '\(location)' leads outside the model's folder", "replace the symbolic link by the file")
    }
    switch try readFile(at: path, offset: offset, length: length) {
    case .bytes(let bytes): return bytes
    case .tooShort: throw failure("needs \(length) bytes from offset \(offset), '\(location)' is shorter")
    case .shared:
      throw failure("its data file '\(location)' is no regular file, or has other names (hard links)", "replace the link by a copy of the file")
    }

    func number(_ text: String?, default absent: Int, _ role: String) throws(DiagnosticError) -> Int {
      guard let text else { return absent }
      guard let value = Int(text), value >= 0 else { throw failure("its \(role) '\(text)' is not a byte count") }
      return value
    }
  }

  private func resolved(_ path: FilePath) -> FilePath? {
    guard let name = realpath(path.string, nil) else { return nil }
    defer { free(name) }
    return FilePath(String(cString: name))
  }
}
