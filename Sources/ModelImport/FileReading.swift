import ModelGraph
import SystemPackage

/// All bytes of a file.
/// - Throws: `unreadable-file` with the system's own reason.
func readFile(at path: FilePath) throws(DiagnosticError) -> [UInt8] {
  do {
    let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    return try file.closeAfter {
      // The size is only a hint: a pipe has none, and a folder claims more than can be allocated before its first read fails.
      var bytes = [UInt8](repeating: 0, count: 1 << 16)
      var count = try bytes.withUnsafeMutableBytes { try fill($0, from: file) }
      if count == bytes.count, let size = try? file.seek(offset: 0, from: .end), size > Int64(count) {
        _ = try file.seek(offset: Int64(count), from: .start)
        bytes += [UInt8](repeating: 0, count: Int(size) - count)
        count += try bytes.withUnsafeMutableBytes { try fill(UnsafeMutableRawBufferPointer(rebasing: $0[count...]), from: file) }
      }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      while count == bytes.count {
        let more = try chunk.withUnsafeMutableBytes { try fill($0, from: file) }
        guard more > 0 else { break }
        bytes += chunk.prefix(more)
        count += more
      }
      bytes.removeLast(bytes.count - count)
      return bytes
    }
  } catch {
    throw unreadable(path, error)
  }
}

/// What a part of a file is.
enum FilePart {
  case bytes([UInt8])
  case tooShort
  /// No regular file, or one with further names: it may be another user's, linked here to be read.
  case shared
}

/// `length` bytes of a file from `offset` on. Never waits on a pipe.
func readFile(at path: FilePath, offset: Int, length: Int) throws(DiagnosticError) -> FilePart {
  do {
    let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking, .noFollow])
    return try file.closeAfter {
      let status = try file.stat()
      guard status.type == .regular, status.linkCount == 1 else { return .shared }
      let size = Int(try file.seek(offset: 0, from: .end))
      guard offset >= 0, length >= 0, offset <= size, length <= size - offset else { return .tooShort }
      try file.seek(offset: Int64(offset), from: .start)
      var bytes = [UInt8](repeating: 0, count: length)
      let count = try bytes.withUnsafeMutableBytes { try fill($0, from: file) }
      return count == length ? .bytes(bytes) : .tooShort
    }
  } catch {
    throw unreadable(path, error)
  }
}

/// Reads until `buffer` is full or the file ends; returns the bytes read.
private func fill(_ buffer: UnsafeMutableRawBufferPointer, from file: FileDescriptor) throws -> Int {
  var count = 0
  while count < buffer.count {
    let read = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
    if read == 0 { break }
    count += read
  }
  return count
}

private func unreadable(_ path: FilePath, _ error: any Error) -> DiagnosticError {
  DiagnosticError(
    Diagnostic(code: "unreadable-file", message: "\(path) cannot be read: \(error)", hint: "check the path and its permissions"))
}
