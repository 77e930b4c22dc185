import CTestSupport

/// Bytes that end at an unreadable page: reading or writing one too far is a fault, writing before them is counted.
final class GuardedBuffer {
  let start: UnsafeMutablePointer<UInt8>
  let count: Int

  init(_ bytes: [UInt8]) {
    guard let memory = guarded_allocate(bytes.count) else { preconditionFailure("no memory for \(bytes.count) bytes") }
    start = memory.assumingMemoryBound(to: UInt8.self)
    count = bytes.count
    for (index, byte) in bytes.enumerated() { start[index] = byte }
  }

  convenience init(count: Int, filling byte: UInt8) { self.init([UInt8](repeating: byte, count: count)) }

  /// The content; then releases, answering how many bytes before the buffer were overwritten.
  consuming func close() -> (bytes: [UInt8], strayWrites: Int) {
    let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
    return (bytes, guarded_free(start, count))
  }
}
