/// A numeric array in row-major order, kept in the element type of its file until it is asked for.
package struct NumericArray: Sendable {
  /// Raw values are the type codes of the .npy format.
  package enum ElementType: String, Hashable, Sendable, CaseIterable {
    case bool = "b1"
    case int8 = "i1"
    case int16 = "i2"
    case int32 = "i4"
    case int64 = "i8"
    case uint8 = "u1"
    case uint16 = "u2"
    case uint32 = "u4"
    case uint64 = "u8"
    case float16 = "f2"
    case float32 = "f4"
    case float64 = "f8"

    package var byteCount: Int {
      switch self {
      case .bool, .int8, .uint8: 1
      case .int16, .uint16, .float16: 2
      case .int32, .uint32, .float32: 4
      case .int64, .uint64, .float64: 8
      }
    }
  }

  package let shape: [Int]
  package let elementType: ElementType
  /// Little-endian elements.
  let bytes: [UInt8]
  /// Where the array came from, for messages.
  let file: String
  let name: String

  init(shape: [Int], elementType: ElementType, bytes: [UInt8], file: String, name: String) {
    (self.shape, self.elementType, self.bytes, self.file, self.name) = (shape, elementType, bytes, file, name)
  }

  /// - Precondition: `floats.count` is the shape's element count. So for the other initializers.
  package init(shape: [Int], floats: [Float]) {
    self.init(shape: shape, elementType: .float32, littleEndian: floats.map { $0.bitPattern.littleEndian })
  }

  package init(shape: [Int], integers: [Int]) {
    self.init(shape: shape, elementType: .int64, littleEndian: integers.map { Int64($0).littleEndian })
  }

  /// Integers in the element type given, which holds them all: what it does not hold is wrapped around.
  /// - Precondition: an integer type or bool.
  package init(shape: [Int], integers: [Int], elementType: ElementType) {
    let count = elementType.byteCount
    precondition(integers.count == shape.reduce(1, *), "element count does not match the shape")
    let bytes = integers.flatMap { integer in withUnsafeBytes(of: integer.littleEndian) { Array($0.prefix(count)) } }
    self.init(shape: shape, elementType: elementType, bytes: bytes, file: "", name: "")
  }

  package init(shape: [Int], int8: [Int8]) {
    self.init(shape: shape, elementType: .int8, littleEndian: int8)
  }

  package init(shape: [Int], uint8: [UInt8]) {
    self.init(shape: shape, elementType: .uint8, littleEndian: uint8)
  }

  private init<T: BitwiseCopyable>(shape: [Int], elementType: ElementType, littleEndian elements: [T]) {
    precondition(elements.count == shape.reduce(1, *), "element count does not match the shape")
    self.init(shape: shape, elementType: elementType, bytes: elements.withUnsafeBytes { Array($0) }, file: "", name: "")
  }

  package var elementCount: Int { bytes.count / elementType.byteCount }

  /// The elements as Float, rounded to nearest. NaN and infinities pass.
  /// - Throws: where a finite float64 is out of range of float32.
  package func floats() throws(ArrayFileError) -> [Float] {
    switch elementType {
    case .bool: return elements { (bits: UInt8) in bits == 0 ? 0 : 1 }
    case .int8: return elements { (bits: UInt8) in Float(Int8(bitPattern: bits)) }
    case .int16: return elements { (bits: UInt16) in Float(Int16(bitPattern: bits)) }
    case .int32: return elements { (bits: UInt32) in Float(Int32(bitPattern: bits)) }
    case .int64: return elements { (bits: UInt64) in Float(Int64(bitPattern: bits)) }
    case .uint8: return elements { (bits: UInt8) in Float(bits) }
    case .uint16: return elements { (bits: UInt16) in Float(bits) }
    case .uint32: return elements { (bits: UInt32) in Float(bits) }
    case .uint64: return elements { (bits: UInt64) in Float(bits) }
    case .float16: return doubles().map { Float($0) }
    case .float32: return elements { (bits: UInt32) in Float(bitPattern: bits) }
    case .float64:
      let values = doubles()
      if let index = values.firstIndex(where: { $0.isFinite && !Float($0).isFinite }) {
        throw error("element \(index) is \(values[index]), which float32 cannot hold")
      }
      return values.map { Float($0) }
    }
  }

  /// The elements as integers.
  /// - Throws: where a float has a fraction, is not finite, or an element is out of range of Int.
  package func integers() throws(ArrayFileError) -> [Int] {
    switch elementType {
    case .bool: return elements { (bits: UInt8) in bits == 0 ? 0 : 1 }
    case .int8: return elements { (bits: UInt8) in Int(Int8(bitPattern: bits)) }
    case .int16: return elements { (bits: UInt16) in Int(Int16(bitPattern: bits)) }
    case .int32: return elements { (bits: UInt32) in Int(Int32(bitPattern: bits)) }
    case .int64: return elements { (bits: UInt64) in Int(Int64(bitPattern: bits)) }
    case .uint8: return elements { (bits: UInt8) in Int(bits) }
    case .uint16: return elements { (bits: UInt16) in Int(bits) }
    case .uint32: return elements { (bits: UInt32) in Int(bits) }
    case .uint64:
      let values: [UInt64] = elements { $0 }
      if let index = values.firstIndex(where: { $0 > UInt64(Int.max) }) {
        throw error("element \(index) is \(values[index]), expected at most \(Int.max)")
      }
      return values.map { Int($0) }
    case .float16, .float32, .float64:
      let values = doubles()
      if let index = values.firstIndex(where: { Int(exactly: $0) == nil }) {
        throw error("element \(index) is \(values[index]), expected integers")
      }
      return values.map { Int($0) }
    }
  }

  private func doubles() -> [Double] {
    switch elementType {
    case .float16: elements { (bits: UInt16) in Double(halfPrecision: bits) }
    case .float32: elements { (bits: UInt32) in Double(Float(bitPattern: bits)) }
    default: elements { (bits: UInt64) in Double(bitPattern: bits) }
    }
  }

  private func elements<Bits: FixedWidthInteger & BitwiseCopyable, Result>(_ convert: (Bits) -> Result) -> [Result] {
    bytes.withUnsafeBytes { raw in
      (0..<elementCount).map {
        convert(Bits(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Bits>.size, as: Bits.self)))
      }
    }
  }

  private func error(_ message: String) -> ArrayFileError { ArrayFileError(file: file, array: name, message) }
}

extension Double {
  /// IEEE 754 binary16; written out because Float16 is missing on some platforms.
  init(halfPrecision bits: UInt16) {
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF)
    let magnitude: Double =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? .infinity : .nan
      default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
      }
    self = bits >> 15 == 0 ? magnitude : -magnitude
  }
}
