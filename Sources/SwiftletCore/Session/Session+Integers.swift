package import CKernels

/// Integers that are not quantized are 32 bits wide in the arena, whatever the source model calls them; the caller keeps the model's type.
extension Session {
  /// Range-checks each element of `type` and stores it as an s32.
  func narrow(
    _ traversal: Traversal, _ source: UnsafeRawPointer, _ type: UInt8, into target: UnsafeMutableRawPointer, of input: Int
  ) throws(RunFault) {
    try traversal.forEachElement { (element, place) throws(RunFault) in
      let value: Int32?
      switch ck_dtype(UInt32(type)) {
      case CK_DTYPE_S8: value = unsafe Int32(source.load(fromByteOffset: element, as: Int8.self))
      case CK_DTYPE_U8: value = unsafe Int32(source.load(fromByteOffset: element, as: UInt8.self))
      case CK_DTYPE_S16: value = unsafe Int32(source.loadUnaligned(fromByteOffset: 2 * element, as: Int16.self))
      default: value = unsafe Int32(exactly: source.loadUnaligned(fromByteOffset: 8 * element, as: Int64.self))
      }
      guard let value else { throw RunFault(.outOfRange, index: input, have: UInt64(element)) }
      unsafe target.storeBytes(of: value, toByteOffset: 4 * place, as: Int32.self)
    }
  }

  /// Stores each s32 as an element of `type`, whose range a program's integers never leave.
  func widen(_ traversal: Traversal, _ source: UnsafeRawPointer, into target: UnsafeMutableRawPointer, _ type: UInt8) throws(RunFault) {
    try traversal.forEachElement { element, place in
      let value = unsafe source.load(fromByteOffset: 4 * place, as: Int32.self)
      switch ck_dtype(UInt32(type)) {
      case CK_DTYPE_S8, CK_DTYPE_U8: unsafe target.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: element, as: UInt8.self)
      case CK_DTYPE_S16: unsafe target.storeBytes(of: Int16(truncatingIfNeeded: value), toByteOffset: 2 * element, as: Int16.self)
      default: unsafe target.storeBytes(of: Int64(value), toByteOffset: 8 * element, as: Int64.self)
      }
    }
  }
}

/// Type of the elements of raw access: the source model's where the runtime holds its integers as s32 or its uint8 levels as int8, else the
/// tensor's own.
package func rawType(_ binding: ck_binding, _ tensor: ck_tensor) -> UInt8 {
  guard tensor.dtype == CK_DTYPE_S32.rawValue, tensor.scale == 0 else { return binding.seenByCaller(tensor).dtype }
  switch ck_dtype(UInt32(binding.dtype)) {
  case CK_DTYPE_S8, CK_DTYPE_U8, CK_DTYPE_S16, CK_DTYPE_S64: return binding.dtype
  default: return tensor.dtype
  }
}

/// Whether an integer type has the value.
func holds(_ type: UInt8, _ value: Int32) -> Bool {
  switch ck_dtype(UInt32(type)) {
  case CK_DTYPE_S8: value >= -128 && value <= 127
  case CK_DTYPE_U8: value >= 0 && value <= 255
  case CK_DTYPE_S16: value >= -32768 && value <= 32767
  default: true
  }
}
