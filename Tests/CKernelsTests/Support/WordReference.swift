import CKernels
import _TestSupport

/// Words that meet the extremes: all lowest, all highest, both in turn, or uniform.
func randomS16(_ count: Int, using random: inout SeededRandom) -> [Int16] {
  switch Int.random(in: 0..<8, using: &random) {
  case 0: [Int16](repeating: .min, count: count)
  case 1: [Int16](repeating: .max, count: count)
  case 2: (0..<count).map { $0 % 2 == 0 ? .min : .max }
  default: (0..<count).map { _ in Int16.random(in: .min ... .max, using: &random) }
  }
}

/// The output of an operator on s16: s16 levels of zero point 0, s8 levels, or floats.
struct WordOutput {
  var type = CK_DTYPE_S16
  var zeroPoint = 0
  var bounds = -32768...32767
  var floatBounds: ClosedRange<Float> = -Float.infinity...Float.infinity

  static func random(allowing types: [ck_dtype], using random: inout SeededRandom) -> WordOutput {
    var output = WordOutput(type: types.randomElement(using: &random) ?? CK_DTYPE_S16)
    if output.type == CK_DTYPE_S8 {
      output.zeroPoint = [-128, 127, 0, -9].randomElement(using: &random) ?? 0
      output.bounds = -128...127
    }
    if output.type == CK_DTYPE_F32 { output.floatBounds = -3...1000 }
    if Bool.random(using: &random) {
      let ends = [Int.random(in: output.bounds, using: &random), Int.random(in: output.bounds, using: &random)].sorted()
      output.bounds = ends[0]...ends[1]
    }
    return output
  }

  var flags: Int {
    switch type {
    case CK_DTYPE_S8: Int(CK_FLAG_S8_OUTPUT.rawValue)
    case CK_DTYPE_F32: Int(CK_FLAG_F32_OUTPUT.rawValue)
    default: 0
    }
  }

  /// clamp(rne(value) + zero point), or the clamped value, as bytes of the file.
  func bytes(_ value: Float) -> [UInt8] {
    if type == CK_DTYPE_F32 { return littleEndian([min(max(value, floatBounds.lowerBound), floatBounds.upperBound).bitPattern]) }
    let level = min(max(Double(value).rounded(.toNearestOrEven) + Double(zeroPoint), Double(bounds.lowerBound)), Double(bounds.upperBound))
    return type == CK_DTYPE_S8 ? [UInt8(bitPattern: Int8(level))] : littleEndian([Int16(level)])
  }
}

/// The side arrays of a weighted operator on s16, one entry a channel.
struct WordLayer {
  var output: WordOutput
  var bias: [Int64] = []
  var scale: [Float] = []

  static func random(channels: Int, terms: Int, using random: inout SeededRandom) -> WordLayer {
    var layer = WordLayer(output: .random(allowing: [CK_DTYPE_S16, CK_DTYPE_S16, CK_DTYPE_S8, CK_DTYPE_F32], using: &random))
    let spread = Int64(terms) * 1_000_000
    let steps: Float = layer.output.type == CK_DTYPE_S8 ? 1.0 / 256 : 1
    for _ in 0..<channels {
      let isHuge = Int.random(in: 0..<20, using: &random) == 0
      layer.bias.append(isHuge ? [1 << 50, -1 << 50, 1 << 40].randomElement(using: &random) ?? 0 : Int64.random(in: -spread...spread, using: &random))
      layer.scale.append(steps * Float.random(in: 0.05...4, using: &random) / Float(terms).squareRoot() / 100)
    }
    return layer
  }

  /// float(accumulator), rounded once, times the scale.
  func output(_ sum: Int64, channel: Int) -> [UInt8] { output.bytes(Float(sum + bias[channel]) * scale[channel]) }

  func constants(packed: [Int8], linear: [Int8], groups: Int = 1) -> [[UInt8]] {
    let taps = linear.count / bias.count
    let sums = bias.indices.map { n in linear[n * taps..<(n + 1) * taps].reduce(Int32(0)) { $0 + Int32($1) } }
    return [
      packed.map(UInt8.init(bitPattern:)), littleEndian(sideArray(bias, groups: groups, padding: 0)),
      littleEndian(sideArray(sums, groups: groups, padding: 0)),
      littleEndian(sideArray(scale, groups: groups, padding: 0).map(\.bitPattern)),
    ]
  }
}

extension ConvolutionShape {
  /// The case of a shape on s16 with random input and weights, and its output.
  func makeWordCase(_ op: ck_operator, layout: ck_weight_layout, using random: inout SeededRandom) -> (KernelCase, [UInt8]) {
    let layer = WordLayer.random(channels: outputs, terms: taps, using: &random)
    let x = randomS16(batch * height * width * channels, using: &random), w = randomS8(outputs * taps, using: &random)
    var expected: [UInt8] = []
    for image in 0..<batch {
      for y in 0..<outHeight {
        for column in 0..<outWidth {
          for n in 0..<outputs { expected += layer.output(accumulate(x, w, image: image, y: y, x: column, n: n), channel: n) }
        }
      }
    }
    var q = Quantization()
    (q.outputZeroPoint, q.bounds, q.floatBounds) = (layer.output.zeroPoint, layer.output.bounds, layer.output.floatBounds)
    let constants = layer.constants(packed: pack(w, layout: layout), linear: w, groups: layout == CK_LAYOUT_CONV_TAP_C4X16 ? groups : 1)
    let kernelCase = KernelCase(
      op, parameters(q, layout: layout), inputs: [.s16(x)], output: layer.output.type, count: batch * outHeight * outWidth * outputs,
      constants: constants, flags: layer.output.flags)
    return (kernelCase, expected)
  }
}
