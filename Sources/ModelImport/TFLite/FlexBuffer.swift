import ModelGraph

/// Scalars of a FlexBuffers map, which custom operators keep their options in. Nothing in the bytes is trusted.
///
/// The last byte is the root's width in bytes, the one before its type (type * 4 + log2 width), before these the root itself. A map is an offset back to
/// its values, before which lie `[offset back to the keys][width of the keys' offsets][count]`, each as wide as a value, and behind which lies
/// a byte of type for each. A key is a string that a zero ends. Keys come in ascending order.
///
/// Source: flatbuffers, internals of FlexBuffers.
struct FlexMap {
  private var values: [String: Double] = [:]

  /// - Throws: a message where the bytes are no map.
  init(_ bytes: [UInt8]) throws(ShapeError) {
    guard bytes.count >= 3 else { throw ShapeError("\(bytes.count) bytes hold no options") }
    let reader = FlexReader(bytes: bytes)
    let width = Int(bytes[bytes.count - 1])
    guard bytes[bytes.count - 2] >> 2 == Self.mapType, [1, 2, 4, 8].contains(width) else { throw ShapeError("its options are no map") }
    // The root's width is that of its offset; the packed type has the width of the map's values.
    let place = bytes.count - 2 - width
    let start = try reader.target(ofOffsetAt: place, width)
    let valueWidth = 1 << Int(bytes[bytes.count - 2] & 3)
    let count = try reader.unsigned(at: start - valueWidth, valueWidth)
    let keyWidth = try reader.unsigned(at: start - 2 * valueWidth, valueWidth)
    let keys = try reader.target(ofOffsetAt: start - 3 * valueWidth, valueWidth)
    guard count <= Self.maximumCount, [1, 2, 4, 8].contains(keyWidth) else {
      throw ShapeError("\(count) options in \(bytes.count) bytes, at most \(Self.maximumCount) are read")
    }
    for index in 0..<count {
      let key = try reader.string(at: try reader.target(ofOffsetAt: keys + index * keyWidth, keyWidth))
      let type = Int(try reader.unsigned(at: start + count * valueWidth + index, 1))
      if let value = try reader.number(at: start + index * valueWidth, valueWidth, type: type) { values[key] = value }
    }
  }

  private static let mapType: UInt8 = 9
  /// Names may overlap: without a bound few bytes could hold a great many.
  private static let maximumCount = 1024

  subscript(_ key: String) -> Double? { values[key] }
}

private struct FlexReader {
  let bytes: [UInt8]

  func unsigned(at place: Int, _ width: Int) throws(ShapeError) -> Int {
    guard let value = Int(exactly: try bits(at: place, width)) else { throw ShapeError("an option at byte \(place) is out of range") }
    return value
  }

  func target(ofOffsetAt place: Int, _ width: Int) throws(ShapeError) -> Int {
    let offset = try unsigned(at: place, width)
    guard offset <= place else { throw ShapeError("an offset at byte \(place) of its options leads before them") }
    return place - offset
  }

  func string(at place: Int) throws(ShapeError) -> String {
    guard let end = bytes[place...].prefix(256).firstIndex(of: 0) else { throw ShapeError("a name at byte \(place) of its options has no end") }
    return String(decoding: bytes[place..<end], as: UTF8.self)
  }

  /// An integer, a float or a truth value, in place or behind an offset; nil of any other type.
  func number(at place: Int, _ width: Int, type: Int) throws(ShapeError) -> Double? {
    switch type >> 2 {
    case 1: return Double(try signed(at: place, width))
    case 2, 26: return Double(try bits(at: place, width))
    case 3: return try float(at: place, width)
    case 6: return Double(try signed(at: try target(ofOffsetAt: place, width), 1 << (type & 3)))
    case 7: return Double(try bits(at: try target(ofOffsetAt: place, width), 1 << (type & 3)))
    case 8: return try float(at: try target(ofOffsetAt: place, width), 1 << (type & 3))
    default: return nil
    }
  }

  private func signed(at place: Int, _ width: Int) throws(ShapeError) -> Int64 {
    let unused = 64 - 8 * width
    return Int64(bitPattern: try bits(at: place, width) << UInt64(unused)) >> Int64(unused)
  }

  private func float(at place: Int, _ width: Int) throws(ShapeError) -> Double {
    let pattern = try bits(at: place, width)
    switch width {
    case 2: return Double(Float16(bitPattern: UInt16(truncatingIfNeeded: pattern)))
    case 4: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: pattern)))
    case 8: return Double(bitPattern: pattern)
    default: throw ShapeError("an option at byte \(place) is a float of \(width) byte")
    }
  }

  private func bits(at place: Int, _ width: Int) throws(ShapeError) -> UInt64 {
    guard place >= 0, place <= bytes.count - width else { throw ShapeError("its options end before byte \(place + width)") }
    return bytes[place..<place + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
