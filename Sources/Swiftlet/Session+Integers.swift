internal import SwiftletCore

extension Session {
  /// Sets an input from whole numbers, in the source model's order and layout: token ids, raw pixels, lengths, truth values (0 and 1).
  ///
  /// An integer input takes them exactly; for a float or a quantized one they are rounded to floats first. Allocates a copy in the
  /// input's own type, which `setInput(_:raw:)` takes without.
  /// - Throws: on a wrong count, and on a number that the input's type cannot hold.
  public func setInput(_ index: Int, integers: Span<Int>) throws(RunError) {
    guard inputs.indices.contains(index), inputs[index].isInteger else {
      let floats = integers.withUnsafeBufferPointer { $0.map(Float.init) }
      return try setInput(index, floats.span)
    }
    let bytes = try inputBytes(index, integers: integers)
    try setInput(index, raw: bytes.span.bytes)
  }

  /// Whole numbers as the bytes that `setInput(_:raw:)` takes of an integer input. Throws as `setInput(_:integers:)` does.
  package func inputBytes(_ index: Int, integers: Span<Int>) throws(RunError) -> [UInt8] {
    let input = inputs[index]
    var bytes: [UInt8] = []
    bytes.reserveCapacity(integers.count * input.elementType.byteCount)
    for element in integers.indices {
      guard input.elementType.append(integers[element], to: &bytes) else {
        throw fail(RunFault(.outOfRange, index: index, have: UInt64(element)))
      }
    }
    guard integers.count == input.elementCount else {
      throw fail(RunFault(.elementCount, index: index, need: UInt64(input.elementCount), have: UInt64(integers.count)))
    }
    return bytes
  }

  /// The elements of an integer output, in the source model's order and layout: indices, classes, truth values (0 and 1). The numbers of a
  /// quantized output are its int8 values, those of a float one are rounded toward zero; NaN and what no Int holds becomes 0.
  public func integerOutput(_ index: Int) throws(RunError) -> [Int] {
    guard outputs.indices.contains(index), outputs[index].elementType != .float32 else {
      guard outputs.indices.contains(index) else {
        throw fail(RunFault(.noSuchOutput, index: index, need: UInt64(outputs.count)))
      }
      var values = [Float](repeating: 0, count: outputs[index].elementCount)
      var span = values.mutableSpan
      try output(index, into: &span)
      return values.map { Int(exactly: $0.rounded(.towardZero)) ?? 0 }
    }
    let type = outputs[index].elementType
    let bytes = try rawOutput(index)
    return bytes.withUnsafeBytes { bytes in
      (0..<outputs[index].elementCount).map { type.integer(in: bytes, at: $0) }
    }
  }
}

extension TensorDescription {
  /// Whether its elements are whole numbers or truth values as they are, not quantized ones.
  public var isInteger: Bool { scale == 0 && elementType != .float32 && elementType != .float16 }
}

extension ElementType {
  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .int16, .float16: 2
    case .int32, .float32: 4
    case .int64: 8
    }
  }

  /// Appends the number in this type; false where the type does not have it.
  fileprivate func append(_ value: Int, to bytes: inout [UInt8]) -> Bool {
    func append<Integer: FixedWidthInteger & BitwiseCopyable>(_ integer: Integer?) -> Bool {
      guard let integer else { return false }
      withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0) }
      return true
    }
    return switch self {
    case .int8: append(Int8(exactly: value))
    case .uint8: append(UInt8(exactly: value))
    case .int16: append(Int16(exactly: value))
    case .int64: append(Int64(exactly: value))
    case .bool: value == 0 || value == 1 ? append(UInt8(exactly: value)) : false
    default: append(Int32(exactly: value))
    }
  }

  fileprivate func integer(in bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    switch self {
    case .int8: Int(bytes.loadUnaligned(fromByteOffset: index, as: Int8.self))
    case .uint8, .bool: Int(bytes.loadUnaligned(fromByteOffset: index, as: UInt8.self))
    case .int16: Int(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self)))
    case .int64: Int(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self)))
    default: Int(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)))
    }
  }
}
