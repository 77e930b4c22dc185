import ModelGraph

/// A bounds-checked reader of the FlatBuffers wire format. Nothing in the bytes is trusted, alignment included.
///
/// Little-endian. A table begins with a signed offset back to its vtable: `[u16 vtable bytes][u16 table bytes][u16 field]...`, where
/// an absent or zero field takes its default. Vectors and strings are `[u32 count]` and elements, reached through u32 offsets
/// relative to their own position.
///
/// Offsets may point anywhere, so a small file can name the same vector a million times: what is read in all is bounded by `budget`.
final class FlatBuffer {
  /// Of one vector.
  static let maximumTables = 1 << 20

  let bytes: [UInt8]
  private var budget: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    budget = 16 * bytes.count + 4096
  }

  func integer<T: FixedWidthInteger>(_ type: T.Type = T.self, at position: Int) throws(DiagnosticError) -> T {
    try check(position, MemoryLayout<T>.size)
    return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: T.self)) }
  }

  /// The file's root table; `identifier` is compared with bytes 4 to 7.
  func root(identifier: String) throws(DiagnosticError) -> FlatTable {
    guard bytes.count >= 8, bytes[4..<8].elementsEqual(identifier.utf8) else {
      throw damaged(at: 4, "the identifier '\(identifier)' is missing")
    }
    return try FlatTable(self, at: try target(ofOffsetAt: 0))
  }

  /// Where the u32 offset at `position` leads.
  func target(ofOffsetAt position: Int) throws(DiagnosticError) -> Int {
    let target = position + Int(try integer(UInt32.self, at: position))
    guard target < bytes.count else { throw damaged(at: position, "an offset leads to byte \(target) of \(bytes.count)") }
    return target
  }

  /// The bytes of the vector whose offset stands at `position`.
  func vector(ofOffsetAt position: Int, elementSize: Int) throws(DiagnosticError) -> Range<Int> {
    let start = try target(ofOffsetAt: position)
    let count = Int(try integer(UInt32.self, at: start))
    let first = start + 4
    guard count <= (bytes.count - first) / elementSize else {
      throw damaged(at: start, "\(count) elements of \(elementSize) bytes do not fit the \(bytes.count - first) bytes that remain")
    }
    return first..<first + count * elementSize
  }

  func spend(_ count: Int, at position: Int) throws(DiagnosticError) {
    budget -= count
    guard budget >= 0 else { throw damaged(at: position, "its tables share more data than the file could hold") }
  }

  func check(_ position: Int, _ size: Int) throws(DiagnosticError) {
    guard position >= 0, position <= bytes.count - size else {
      throw damaged(at: position, "\(size) bytes are needed there and the file has \(bytes.count)")
    }
  }

  func damaged(at position: Int, _ message: String) -> DiagnosticError {
    DiagnosticError(
      Diagnostic(
        code: "bad-file", message: "the file is damaged at byte \(position): \(message)",
        hint: "expected a whole TensorFlow Lite model; download or export it again"))
  }
}

/// One table of a `FlatBuffer`; fields are named by their position in the schema.
struct FlatTable {
  private let buffer: FlatBuffer
  private let position: Int
  private let vtable: Int
  private let fieldCount: Int

  init(_ buffer: FlatBuffer, at position: Int) throws(DiagnosticError) {
    let back = Int(try buffer.integer(Int32.self, at: position))
    let vtable = position - back
    let size = Int(try buffer.integer(UInt16.self, at: vtable))
    guard size >= 4, size.isMultiple(of: 2) else { throw buffer.damaged(at: vtable, "a vtable of \(size) bytes") }
    try buffer.check(vtable, size)
    try buffer.spend(4, at: position)
    (self.buffer, self.position, self.vtable, fieldCount) = (buffer, position, vtable, (size - 4) / 2)
  }

  func integer<T: FixedWidthInteger>(_ field: Int, default fallback: T) throws(DiagnosticError) -> T {
    guard let place = try place(of: field) else { return fallback }
    return try buffer.integer(at: place)
  }

  func float(_ field: Int, default fallback: Float) throws(DiagnosticError) -> Float {
    Float(bitPattern: try integer(field, default: fallback.bitPattern))
  }

  func bool(_ field: Int, default fallback: Bool = false) throws(DiagnosticError) -> Bool {
    try integer(field, default: UInt8(fallback ? 1 : 0)) != 0
  }

  func table(_ field: Int) throws(DiagnosticError) -> FlatTable? {
    guard let place = try place(of: field) else { return nil }
    return try FlatTable(buffer, at: try buffer.target(ofOffsetAt: place))
  }

  /// UTF-8; invalid bytes become U+FFFD.
  func string(_ field: Int) throws(DiagnosticError) -> String {
    guard let range = try byteRange(field) else { return "" }
    try buffer.spend(range.count, at: range.lowerBound)
    return String(decoding: buffer.bytes[range], as: UTF8.self)
  }

  /// Where a vector of bytes lies; `nil` where the field is absent.
  func byteRange(_ field: Int) throws(DiagnosticError) -> Range<Int>? {
    guard let place = try place(of: field) else { return nil }
    return try buffer.vector(ofOffsetAt: place, elementSize: 1)
  }

  /// The elements of a vector; empty where the field is absent.
  func integers<T: FixedWidthInteger>(_ field: Int, of type: T.Type) throws(DiagnosticError) -> [Int] {
    guard let place = try place(of: field) else { return [] }
    let size = MemoryLayout<T>.size
    let range = try buffer.vector(ofOffsetAt: place, elementSize: size)
    try buffer.spend(range.count, at: place)
    var result: [Int] = []
    result.reserveCapacity(range.count / size)
    for element in stride(from: range.lowerBound, to: range.upperBound, by: size) {
      result.append(Int(truncatingIfNeeded: try buffer.integer(T.self, at: element)))
    }
    return result
  }

  func count(_ field: Int, elementSize: Int) throws(DiagnosticError) -> Int {
    guard let place = try place(of: field) else { return 0 }
    return try buffer.vector(ofOffsetAt: place, elementSize: elementSize).count / elementSize
  }

  func tables(_ field: Int) throws(DiagnosticError) -> [FlatTable] {
    guard let place = try place(of: field) else { return [] }
    let range = try buffer.vector(ofOffsetAt: place, elementSize: 4)
    try buffer.spend(range.count, at: place)
    // Four bytes of an offset become a tensor or an operator of a hundred and more.
    guard range.count / 4 <= FlatBuffer.maximumTables else {
      throw buffer.damaged(at: place, "\(range.count / 4) tensors, operators or buffers, at most \(FlatBuffer.maximumTables) are read")
    }
    var result: [FlatTable] = []
    result.reserveCapacity(range.count / 4)
    for element in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
      result.append(try FlatTable(buffer, at: try buffer.target(ofOffsetAt: element)))
    }
    return result
  }

  private func place(of field: Int) throws(DiagnosticError) -> Int? {
    guard field < fieldCount else { return nil }
    let offset = Int(try buffer.integer(UInt16.self, at: vtable + 4 + 2 * field))
    return offset == 0 ? nil : position + offset
  }
}
