import CKernels
import _TestSupport

/// The rounding rule in plain Swift: clamp(rne(value) + zero point).
func quantized(_ value: Float, zeroPoint: Int, in bounds: ClosedRange<Int> = -128...127) -> Int8 {
  let rounded = Double(value).rounded(.toNearestOrEven) + Double(zeroPoint)
  return Int8(min(max(rounded, Double(bounds.lowerBound)), Double(bounds.upperBound)))
}

/// Quantization of a weighted operator, with its side arrays one entry a channel.
struct Quantization {
  var inputZeroPoint = 0, weightZeroPoint = 0, outputZeroPoint = 0
  var bounds = -128...127
  var floatBounds: ClosedRange<Float> = -Float.infinity...Float.infinity
  var bias: [Int32] = []
  var scale: [Float] = []
  var flags = 0
  var isFloat: Bool { flags & Int(CK_FLAG_F32_OUTPUT.rawValue) != 0 }

  static func random(channels: Int, terms: Int, using random: inout SeededRandom) -> Quantization {
    var q = Quantization()
    q.inputZeroPoint = [-128, 127, 0, Int.random(in: -128...127, using: &random)].randomElement(using: &random) ?? 0
    q.outputZeroPoint = [-128, 127, 0, Int.random(in: -128...127, using: &random)].randomElement(using: &random) ?? 0
    if Int.random(in: 0..<4, using: &random) == 0 { q.weightZeroPoint = [-128, 127, -3].randomElement(using: &random) ?? 0 }
    if Bool.random(using: &random) {
      let ends = [Int.random(in: -128...127, using: &random), Int.random(in: -128...127, using: &random)].sorted()
      q.bounds = ends[0]...ends[1]
    }
    var largest: Float = 0.999
    switch Int.random(in: 0..<6, using: &random) {
    case 0: (q.flags, largest) = (Int(CK_FLAG_LARGE_SCALE.rawValue), 40)
    case 1: (q.flags, q.floatBounds) = (Int(CK_FLAG_F32_OUTPUT.rawValue), -3...1000)
    default: break
    }
    if Bool.random(using: &random) { q.flags |= Int(CK_FLAG_FULL_RANGE.rawValue) }
    let spread = Int32(clamping: terms * 4000)
    for _ in 0..<channels { q.bias.append(Int32.random(in: -spread...spread, using: &random)) }
    // Scales that land sums inside the output's range, and others that saturate it.
    let usual: Float = (largest > 1 ? 100 : 1) / Float(terms).squareRoot() / 40
    for _ in 0..<channels { q.scale.append(min(largest, usual * Float.random(in: 0.05...4, using: &random))) }
    return q
  }

  func output(_ accumulator: Int64, channel: Int) -> [UInt8] {
    let value = Float(Int32(truncatingIfNeeded: accumulator)) * scale[channel]
    if isFloat { return littleEndian([min(max(value, floatBounds.lowerBound), floatBounds.upperBound).bitPattern]) }
    return [UInt8(bitPattern: quantized(value, zeroPoint: outputZeroPoint, in: bounds))]
  }
}

/// Values that meet the extremes: all lowest, all highest, both in turn, or uniform.
func randomS8(_ count: Int, lowest: Int8 = -128, using random: inout SeededRandom) -> [Int8] {
  switch Int.random(in: 0..<8, using: &random) {
  case 0: [Int8](repeating: lowest, count: count)
  case 1: [Int8](repeating: 127, count: count)
  case 2: (0..<count).map { $0 % 2 == 0 ? lowest : 127 }
  default: (0..<count).map { _ in Int8.random(in: lowest...127, using: &random) }
  }
}

/// Side arrays as they lie in the file: per group, one entry a channel and zeros up to a multiple of 16.
func sideArray<Value>(_ values: [Value], groups: Int, padding: Value) -> [Value] {
  let channels = values.count / groups
  var padded: [Value] = []
  for group in 0..<groups {
    padded += values[group * channels..<(group + 1) * channels]
    padded += [Value](repeating: padding, count: (16 - channels % 16) % 16)
  }
  return padded
}

/// Constants [0...3] of a weighted operator; `weights` packed, `linear` [N][taps] in channel order.
func weightedConstants(_ q: Quantization, packed: [Int8], linear: [Int8], groups: Int = 1) -> [[UInt8]] {
  let taps = linear.count / q.bias.count
  let sums = q.bias.indices.map { n in linear[n * taps..<(n + 1) * taps].reduce(Int32(0)) { $0 + Int32($1) } }
  return [
    packed.map(UInt8.init(bitPattern:)), littleEndian(sideArray(q.bias, groups: groups, padding: 0)),
    littleEndian(sideArray(sums, groups: groups, padding: 0)),
    littleEndian(sideArray(q.scale, groups: groups, padding: 0).map(\.bitPattern)),
  ]
}

/// Packs `count` channels into panels of 16: blocks of 64 bytes of four bytes a channel; `weight(channel, block, byte)` is nil past the end.
func packPanels(channels: Int, blocks: Int, weight: (_ channel: Int, _ block: Int, _ byte: Int) -> Int8?) -> [Int8] {
  var packed: [Int8] = []
  for panel in 0..<(channels + 15) / 16 {
    for block in 0..<blocks {
      for lane in 0..<16 {
        let channel = panel * 16 + lane
        for byte in 0..<4 { packed.append(channel < channels ? weight(channel, block, byte) ?? 0 : 0) }
      }
    }
  }
  return packed
}
