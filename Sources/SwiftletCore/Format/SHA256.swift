/// SHA-256. Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.3.3 and 6.2.
package struct SHA256 {
  package typealias Digest = InlineArray<32, UInt8>

  private var state: InlineArray<8, UInt32> = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending = InlineArray<64, UInt8>(repeating: 0)
  private var pendingCount = 0
  private var total: UInt64 = 0

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    total &+= UInt64(bytes.count)
    var index = 0
    while pendingCount > 0, index < bytes.count {
      append(unsafe bytes[index])
      index += 1
    }
    while bytes.count - index >= 64, let start = bytes.baseAddress {
      unsafe compress(start + index)
      index += 64
    }
    while index < bytes.count {
      append(unsafe bytes[index])
      index += 1
    }
  }

  /// The little-endian bytes of a number.
  package mutating func update<Number: FixedWidthInteger>(_ number: Number) {
    let bytes = number.littleEndian
    unsafe Swift.withUnsafeBytes(of: bytes) { bytes in unsafe update(bytes) }
  }

  package consuming func finalize() -> Digest {
    let bits = total &* 8
    append(0x80)
    while pendingCount != 56 { append(0) }
    for byte in 0..<8 { append(UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * byte))) }
    var digest = Digest(repeating: 0)
    for index in 0..<32 { digest[index] = UInt8(truncatingIfNeeded: state[index / 4] >> UInt32(24 - 8 * (index % 4))) }
    return digest
  }

  private mutating func append(_ byte: UInt8) {
    pending[pendingCount] = byte
    pendingCount += 1
    guard pendingCount == 64 else { return }
    let block = pending
    unsafe Swift.withUnsafeBytes(of: block) { block in
      if let start = block.baseAddress { unsafe compress(start) }
    }
    pendingCount = 0
  }

  private mutating func compress(_ block: UnsafeRawPointer) {
    var w = InlineArray<16, UInt32>(repeating: 0)
    for t in 0..<16 { w[t] = UInt32(bigEndian: unsafe block.loadUnaligned(fromByteOffset: 4 * t, as: UInt32.self)) }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for t in 0..<64 {
      if t >= 16 {
        let w1 = w[(t &- 2) & 15]
        let w14 = w[(t &- 15) & 15]
        let s0 = rotate(w14, 7) ^ rotate(w14, 18) ^ (w14 >> 3)
        let s1 = rotate(w1, 17) ^ rotate(w1, 19) ^ (w1 >> 10)
        w[t & 15] = w[t & 15] &+ s0 &+ w[(t &- 7) & 15] &+ s1
      }
      let big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      let choice = (e & f) ^ (~e & g)
      let t1 = h &+ big1 &+ choice &+ roundConstants[t] &+ w[t & 15]
      let big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      (h, g, f, e) = (g, f, e, d &+ t1)
      (d, c, b, a) = (c, b, a, t1 &+ big0 &+ majority)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }
}

@inline(__always)
private func rotate(_ x: UInt32, _ bits: UInt32) -> UInt32 { (x >> bits) | (x << (32 &- bits)) }

private let roundConstants: InlineArray<64, UInt32> = [
  0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
  0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
  0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
  0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
  0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
  0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
  0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
  0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
]
