import ModelGraph

extension FlatBuffer {
  /// The elements of a constant as a vector. float16 becomes float32: the graph computes in float32.
  /// - Precondition: `range` lies inside the file.
  func tensor(_ type: ElementType, in range: Range<Int>) -> Tensor {
    let count = range.count / type.byteCount
    return bytes.withUnsafeBytes { file in
      let data = UnsafeRawBufferPointer(rebasing: file[range])
      func load<T: FixedWidthInteger>(_ index: Int, _: T.Type) -> T {
        T(littleEndian: data.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
      }
      func integers<T: FixedWidthInteger>(_: T.Type) -> Tensor {
        Tensor(shape: [count], integers: (0..<count).map { Int64(truncatingIfNeeded: load($0, T.self)) }, elementType: type)
      }
      switch type {
      case .float32: return Tensor(shape: [count], floats: (0..<count).map { Float(bitPattern: load($0, UInt32.self)) })
      case .float16: return Tensor(shape: [count], floats: (0..<count).map { Float(Float16(bitPattern: load($0, UInt16.self))) })
      case .int8: return integers(Int8.self)
      case .uint8, .bool: return integers(UInt8.self)
      case .int16: return integers(Int16.self)
      case .int32: return integers(Int32.self)
      case .int64: return integers(Int64.self)
      }
    }
  }
}
