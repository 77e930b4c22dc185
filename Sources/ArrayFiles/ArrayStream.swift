import CZlib
import SystemPackage

/// The bytes of one .npy, in order: a whole file, or a stored or deflated zip member whose checksum is verified at the end.
final class ArrayStream {
  enum Compression { case stored, deflated }

  /// Bytes that the stream yields in all, as the file declares.
  let size: Int
  let name: String
  var path: String { file.path.string }

  private let file: InputFile
  private var offset: Int
  private let end: Int
  private let checksum: UInt32?
  private var runningChecksum = crc32(0, nil, 0)
  private var produced = 0
  private var inflater: Inflater?

  private static let chunk = 1 << 18

  /// - Precondition: the `storedSize` bytes from `offset` on are inside the file.
  init(
    _ file: InputFile, name: String, offset: Int = 0, storedSize: Int, size: Int, compression: Compression = .stored,
    checksum: UInt32? = nil
  ) throws(ArrayFileError) {
    (self.file, self.name, self.offset, self.end, self.size, self.checksum) = (file, name, offset, offset + storedSize, size, checksum)
    switch compression {
    case .stored:
      guard size == storedSize else { throw error("\(storedSize) stored bytes cannot hold the declared \(size)") }
    case .deflated:
      // Deflate cannot expand further than 1032 times; a big array that expands more than a hundred times is taken for a bomb.
      guard size / 1032 <= storedSize, size <= 1 << 28 || size / 100 <= storedSize else {
        throw error("\(storedSize) compressed bytes declare \(size): more than real data expands to")
      }
      guard let inflater = Inflater() else { throw error("out of memory for inflating") }
      self.inflater = inflater
    }
  }

  func error(_ message: String) -> ArrayFileError { ArrayFileError(file: path, array: name, message) }

  /// The next `count` bytes.
  func read(_ count: Int, _ role: String) throws(ArrayFileError) -> [UInt8] {
    guard count <= size - produced else { throw error("\(role) needs \(count) bytes, only \(size - produced) follow: truncated?") }
    let bytes = if inflater == nil { try readStored(count, role) } else { try readDeflated(count, role) }
    produced += count
    if checksum != nil {
      bytes.withUnsafeBufferPointer { buffer in
        for start in stride(from: 0, to: count, by: Self.chunk) {
          let part = UnsafeBufferPointer(rebasing: buffer[start..<Swift.min(start + Self.chunk, count)])
          runningChecksum = crc32(runningChecksum, part.baseAddress, uInt(part.count))
        }
      }
    }
    return bytes
  }

  /// Verifies that nothing follows and that the checksum agrees.
  func finish() throws(ArrayFileError) {
    guard produced == size else { throw error("\(size - produced) bytes follow the array") }
    if let inflater {
      var extra = [UInt8](repeating: 0, count: 1)
      guard try inflate(inflater, into: &extra, from: 0, "end") == 0, inflater.isFinished else {
        throw error("the compressed data does not end after the declared \(size) bytes")
      }
    }
    guard checksum.map({ $0 == UInt32(truncatingIfNeeded: runningChecksum) }) ?? true else {
      throw error("checksum mismatch: the data is damaged")
    }
  }

  private func readStored(_ count: Int, _ role: String) throws(ArrayFileError) -> [UInt8] {
    let bytes = try file.read(at: offset, count: count, role)
    offset += count
    return bytes
  }

  private func readDeflated(_ count: Int, _ role: String) throws(ArrayFileError) -> [UInt8] {
    guard let inflater else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = try inflate(inflater, into: &bytes, from: filled, role)
      guard got > 0 else { throw error("the compressed data ends inside \(role)") }
      filled += got
    }
    return bytes
  }

  /// Bytes written from `start` on; 0 at the end of the compressed data.
  private func inflate(_ inflater: Inflater, into bytes: inout [UInt8], from start: Int, _ role: String) throws(ArrayFileError) -> Int {
    while start < bytes.count, !inflater.isFinished {
      if inflater.needsInput {
        guard offset < end else { return 0 }
        let chunk = Swift.min(Self.chunk, end - offset)
        inflater.supply(try file.read(at: offset, count: chunk, role))
        offset += chunk
      }
      guard let got = inflater.inflate(into: &bytes, from: start) else { throw error("the compressed data is damaged in \(role)") }
      if got > 0 { return got }
    }
    return 0
  }
}
