/// The Python dictionary at the start of a .npy: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
struct NPYHeader: Hashable {
  var elementType: NumericArray.ElementType
  var isBigEndian: Bool
  var isFortranOrder: Bool
  var shape: [Int]
  /// The product of the shape and the element size; known not to overflow.
  var byteCount: Int

  struct Malformed: Error {
    var message: String
    init(_ message: String) { self.message = message }
  }

  /// - Throws: one sentence that says what was found and expected.
  init(parsing bytes: [UInt8]) throws(Malformed) {
    var parser = LiteralParser(bytes)
    var descriptor: String?
    var order: Bool?
    var dimensions: [Int]?
    try parser.expect("{")
    while !parser.accept("}") {
      let key = try parser.string()
      try parser.expect(":")
      switch key {
      case "descr" where descriptor == nil:
        guard !parser.peeks("[") else { throw Malformed("structured arrays are not supported, expected a numeric element type") }
        descriptor = try parser.string()
      case "fortran_order" where order == nil: order = try parser.boolean()
      case "shape" where dimensions == nil: dimensions = try parser.integers()
      default: throw Malformed("unexpected key '\(key)' in the header")
      }
      if !parser.accept(",") {
        try parser.expect("}")
        break
      }
    }
    guard parser.isAtEnd else { throw Malformed("the header has text after its dictionary") }
    guard let descriptor, let order, let dimensions else { throw Malformed("the header must have descr, fortran_order and shape") }
    (elementType, isBigEndian) = try Self.elementType(of: descriptor)
    (isFortranOrder, shape) = (order, dimensions)
    guard shape.count <= 64 else { throw Malformed("rank \(shape.count) is too large, expected at most 64") }
    byteCount = elementType.byteCount
    for dimension in shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw Malformed("shape \(shape) is too large") }
      byteCount = product
    }
  }

  private static func elementType(of descriptor: String) throws(Malformed) -> (NumericArray.ElementType, isBigEndian: Bool) {
    let order = descriptor.first
    guard let order, "<>=|".contains(order), let type = NumericArray.ElementType(rawValue: String(descriptor.dropFirst())),
      order != "|" || type.byteCount == 1
    else {
      throw Malformed("element type '\(descriptor.prefix(40))' is not supported, expected bool, integers or floats (b1 i1-i8 u1-u8 f2-f8)")
    }
    return (type, order == ">")
  }
}

/// The little of Python's literal syntax that headers use.
private struct LiteralParser {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == bytes.count
    }
  }

  mutating func peeks(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return position < bytes.count && UInt32(bytes[position]) == character.value
  }

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard peeks(character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(NPYHeader.Malformed) {
    guard accept(character) else { throw NPYHeader.Malformed("'\(character)' expected at byte \(position) of the header") }
  }

  mutating func string() throws(NPYHeader.Malformed) -> String {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "'") || bytes[position] == UInt8(ascii: "\""),
      let end = bytes[(position + 1)...].firstIndex(of: bytes[position])
    else { throw NPYHeader.Malformed("a quoted string expected at byte \(position) of the header") }
    defer { position = end + 1 }
    return String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
  }

  mutating func boolean() throws(NPYHeader.Malformed) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw NPYHeader.Malformed("True or False expected at byte \(position) of the header")
  }

  mutating func integers() throws(NPYHeader.Malformed) -> [Int] {
    var values: [Int] = []
    try expect("(")
    while !accept(")") {
      skipSpace()
      let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
        throw NPYHeader.Malformed("a dimension (a non-negative integer) expected at byte \(position) of the header")
      }
      position = digits.endIndex
      values.append(value)
      // Python 2 wrote long integers as 3L.
      _ = accept("L")
      if !accept(",") {
        try expect(")")
        break
      }
    }
    return values
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }
}
