internal import SwiftletCore

/// Reads the metadata section: SHA-256 of the rest, a count, then that many pairs of length-prefixed UTF-8 strings (docs/format.md).
func parseMetadata(_ section: UnsafeRawBufferPointer, _ extent: Extent) throws(FormatError) -> [(key: String, value: String)] {
  var offset = 0
  func damaged() -> FormatError { FormatError(.metadata, at: extent.offset + UInt64(offset)) }
  // A copy: the mapped file may change between checking and reading.
  let bytes = [UInt8](section)
  guard bytes.count >= 36 else { throw damaged() }
  var hash = SHA256()
  bytes.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[32...])) }
  let digest = hash.finalize()
  for index in 0..<32 where bytes[index] != digest[index] { throw damaged() }
  func number() -> Int? {
    guard bytes.count - offset >= 4 else { return nil }
    defer { offset += 4 }
    return (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
  func string() -> String? {
    guard let count = number(), count <= bytes.count - offset else { return nil }
    defer { offset += count }
    return String(validating: bytes[offset..<offset + count], as: UTF8.self)
  }
  offset = 32
  guard let count = number(), count <= (bytes.count - offset) / 8 else { throw damaged() }
  var pairs: [(key: String, value: String)] = []
  pairs.reserveCapacity(count)
  for _ in 0..<count {
    guard let key = string(), let value = string() else { throw damaged() }
    pairs.append((key, value))
  }
  guard offset == bytes.count else { throw damaged() }
  return pairs
}
