import CKernels

/// Float to int8 and back, as the loops of `Session` need them: straight-line code that a compiler turns into vectors.
struct Int8Codec {
  private let inverseScale: Float
  private let scale: Float
  private let zeroPoint: Int32
  private let lowest: Float
  private let highest: Float
  private let xor: UInt8

  init(_ tensor: ck_tensor, xor: UInt8) {
    scale = tensor.scale
    inverseScale = 1 / tensor.scale
    zeroPoint = tensor.zero_point
    // An unsigned byte is a signed one shifted by 128; so is the arena's.
    let unsigned = tensor.dtype == CK_DTYPE_U8.rawValue
    lowest = Float((unsigned ? 0 : -128) - tensor.zero_point)
    highest = Float((unsigned ? 255 : 127) - tensor.zero_point)
    self.xor = xor
  }

  /// clamp(rne(x / scale)) + zero point. Adding 1.5 * 2^23 rounds to even and leaves the integer in the low bits, so that no rounding
  /// function of libm is called; not-a-number gives some byte (it is refused elsewhere) and never a trap.
  @inline(__always)
  func encode(_ x: Float) -> UInt8 {
    var v = x * inverseScale
    v = v < lowest ? lowest : v
    v = v > highest ? highest : v
    let bits = (v + 12_582_912).bitPattern
    return UInt8(truncatingIfNeeded: bits &+ UInt32(bitPattern: zeroPoint)) ^ xor
  }

  @inline(__always)
  func decode(_ byte: UInt8, unsigned: Bool) -> Float {
    let q = unsigned ? Int32(byte) : Int32(Int8(bitPattern: byte ^ xor))
    return Float(q &- zeroPoint) * scale
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
