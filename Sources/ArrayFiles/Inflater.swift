import CZlib

/// A raw deflate stream. zlib keeps the address of its state, so that lives on the heap.
final class Inflater {
  private(set) var isFinished = false
  var needsInput: Bool { consumed == input.count }

  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private var input: [UInt8] = []
  private var consumed = 0

  init?() {
    stream.initialize(to: z_stream())
    // Negative window bits: no zlib header.
    if inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) != Z_OK { return nil }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func supply(_ bytes: [UInt8]) { (input, consumed) = (bytes, 0) }

  /// Inflates into `bytes` from `start` on. The bytes written, or nil where the data is damaged.
  func inflate(into bytes: inout [UInt8], from start: Int) -> Int? {
    let room = min(bytes.count - start, 1 << 30)
    let (result, written) = input.withUnsafeMutableBufferPointer { source in
      bytes.withUnsafeMutableBufferPointer { destination in
        stream.pointee.next_in = source.baseAddress.map { $0 + consumed }
        stream.pointee.avail_in = uInt(source.count - consumed)
        stream.pointee.next_out = destination.baseAddress.map { $0 + start }
        stream.pointee.avail_out = uInt(room)
        let result = CZlib.inflate(stream, Z_NO_FLUSH)
        consumed = source.count - Int(stream.pointee.avail_in)
        return (result, room - Int(stream.pointee.avail_out))
      }
    }
    isFinished = result == Z_STREAM_END
    // Z_BUF_ERROR says only that more input is needed.
    return result == Z_OK || result == Z_STREAM_END || (result == Z_BUF_ERROR && needsInput) ? written : nil
  }
}
