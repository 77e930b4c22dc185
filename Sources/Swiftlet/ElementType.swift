internal import CKernels

/// Type of a tensor's elements.
public enum ElementType: String, Sendable, CaseIterable {
  /// 8 bits, signed: what quantized tensors hold.
  case int8
  /// 8 bits, unsigned.
  case uint8
  /// 16 bits, signed.
  case int16
  /// 32 bits, signed.
  case int32
  /// 64 bits, signed.
  case int64
  /// One byte, 0 or 1.
  case bool
  /// IEEE half precision.
  case float16
  /// IEEE single precision.
  case float32

  init(_ dtype: UInt8) {
    self =
      switch ck_dtype(UInt32(dtype)) {
      case CK_DTYPE_S8: .int8
      case CK_DTYPE_U8: .uint8
      case CK_DTYPE_S16: .int16
      case CK_DTYPE_S32: .int32
      case CK_DTYPE_S64: .int64
      case CK_DTYPE_BOOL: .bool
      case CK_DTYPE_F16: .float16
      default: .float32
      }
  }
}
