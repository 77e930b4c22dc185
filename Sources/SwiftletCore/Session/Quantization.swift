import CKernels

extension ck_codec {
  /// How the bytes of an int8, uint8 or bool tensor stand for floats; `xor` turns the file's bytes into the arena's.
  init(_ tensor: ck_tensor, xor: UInt8) {
    let signed = tensor.dtype == CK_DTYPE_S8.rawValue
    self.init(
      scale: tensor.scale, inverse_scale: 1 / tensor.scale, zero_point: tensor.zero_point, least: signed ? -128 : 0,
      greatest: signed ? 127 : 255, xor: xor)
  }
}

extension ck_codec_block {
  /// A block without normalization.
  init(_ block: Traversal.Block) {
    unsafe self.init(
      outer: block.outer, inner: block.inner, outer_stride: block.outerStride, inner_stride: block.innerStride, mean: nil, inverse_std: nil,
      outer_channel: 0, inner_channel: 0)
  }
}

/// The integer of a float, nil where it has none in range: token ids, lengths, raw pixels.
@inline(__always)
func exactInteger<Integer: FixedWidthInteger>(_ x: Float, _ type: Integer.Type) -> Integer? {
  // Bounds as floats: 2^(bits-1) and 2^bits are exact, the largest integer itself often is not.
  let bits = Integer.bitWidth - (Integer.isSigned ? 1 : 0)
  let limit = Float(sign: .plus, exponent: bits, significand: 1)
  guard x >= (Integer.isSigned ? -limit : 0), x < limit else { return nil }
  let integer = Integer(x)
  return Float(integer) == x ? integer : nil
}
