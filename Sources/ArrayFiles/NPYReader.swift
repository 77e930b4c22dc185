let npyMagic: [UInt8] = [0x93] + Array("NUMPY".utf8)

/// Reads one .npy (version 1, 2 or 3) to its end.
func readNPY(_ stream: ArrayStream) throws(ArrayFileError) -> NumericArray {
  let start = try stream.read(8, "the .npy prefix")
  guard start.starts(with: npyMagic) else { throw stream.error("does not begin like a .npy: expected \\x93NUMPY") }
  guard (1...3).contains(start[6]) else { throw stream.error(".npy version \(start[6]).\(start[7]) is unknown, expected 1 to 3") }
  let length =
    start[6] == 1
    ? Int(try stream.read(2, "the header length").littleEndian(UInt16.self, at: 0))
    : Int(try stream.read(4, "the header length").littleEndian(UInt32.self, at: 0))
  guard length <= 1 << 20 else { throw stream.error("a header of \(length) bytes is absurd") }
  let header: NPYHeader
  do {
    header = try NPYHeader(parsing: try stream.read(length, "the header"))
  } catch let error as NPYHeader.Malformed {
    throw stream.error(error.message)
  } catch let error as ArrayFileError {
    throw error
  } catch {
    throw stream.error("\(error)")
  }
  // Before anything is allocated: the bytes that the file has must be those that the shape needs.
  let present = stream.size - (start[6] == 1 ? 10 : 12) - length
  guard present == header.byteCount else {
    throw stream.error("shape \(header.shape) of \(header.elementType.rawValue) needs \(header.byteCount) bytes, the file has \(present)")
  }
  var bytes = try stream.read(header.byteCount, "the data")
  try stream.finish()
  if header.isFortranOrder { bytes = rowMajor(bytes, header.shape, elementSize: header.elementType.byteCount) }
  if header.isBigEndian { swapBytes(&bytes, elementSize: header.elementType.byteCount) }
  return NumericArray(shape: header.shape, elementType: header.elementType, bytes: bytes, file: stream.path, name: stream.name)
}

/// Elements in column-major order, moved to row-major order.
private func rowMajor(_ bytes: [UInt8], _ shape: [Int], elementSize: Int) -> [UInt8] {
  guard shape.count > 1, !bytes.isEmpty else { return bytes }
  var strides: [Int] = []
  var stride = elementSize
  for dimension in shape {
    strides.append(stride)
    stride *= dimension
  }
  var result = [UInt8](repeating: 0, count: bytes.count)
  var index = [Int](repeating: 0, count: shape.count)
  var source = 0
  for target in Swift.stride(from: 0, to: bytes.count, by: elementSize) {
    for byte in 0..<elementSize { result[target + byte] = bytes[source + byte] }
    var axis = shape.count - 1
    while axis >= 0 {
      index[axis] += 1
      source += strides[axis]
      if index[axis] < shape[axis] { break }
      source -= strides[axis] * shape[axis]
      index[axis] = 0
      axis -= 1
    }
  }
  return result
}

private func swapBytes(_ bytes: inout [UInt8], elementSize: Int) {
  for start in stride(from: 0, to: bytes.count, by: elementSize) {
    for byte in 0..<(elementSize / 2) { bytes.swapAt(start + byte, start + elementSize - 1 - byte) }
  }
}
