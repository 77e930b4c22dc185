import SystemPackage

/// A regular file open for reading at any offset.
final class InputFile {
  let path: FilePath
  let size: Int
  private let descriptor: FileDescriptor

  init(_ path: FilePath) throws(ArrayFileError) {
    self.path = path
    do {
      // Checked before opening: opening a pipe would wait for its writer.
      let stat = try Stat(path)
      guard stat.type == .regular else { throw ArrayFileError(file: path.string, "is not a regular file; expected .npy or .npz") }
      size = Int(stat.size)
      descriptor = try FileDescriptor.open(path, .readOnly)
    } catch let error as ArrayFileError {
      throw error
    } catch {
      throw ArrayFileError(file: path.string, "cannot be opened: \(error)")
    }
  }

  deinit { try? descriptor.close() }

  /// Exactly `count` bytes.
  func read(at offset: Int, count: Int, _ role: String) throws(ArrayFileError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw ArrayFileError(file: path.string, "\(role) needs \(count) bytes at offset \(offset), but the file has \(size): truncated?")
    }
    var bytes = [UInt8](repeating: 0, count: count)
    do {
      try bytes.withUnsafeMutableBytes { buffer in
        var filled = 0
        while filled < count {
          let got = try descriptor.read(
            fromAbsoluteOffset: Int64(offset + filled), into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
          guard got > 0 else { throw Errno.ioError }
          filled += got
        }
      }
    } catch {
      throw ArrayFileError(file: path.string, "\(role) cannot be read: \(error)")
    }
    return bytes
  }
}

extension [UInt8] {
  /// The little-endian integer at `offset`.
  /// - Precondition: its bytes are inside.
  func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
    withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
  }
}
