internal import CKernels

/// Type of a tensor's elements.
public enum ElementType: String, Sendable, CaseIterable {
  case int8, uint8, int16, int32, int64, bool, float16, float32

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
