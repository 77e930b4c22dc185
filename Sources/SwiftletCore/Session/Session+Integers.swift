package import CKernels

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
