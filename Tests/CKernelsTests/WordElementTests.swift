import CKernels
import Testing
import _TestSupport

private let counts = [1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 300]

/// What moves, joins and converts s16 levels, against the formulas of ck/parameters.h.
@Suite struct WordElementTests {
  @Test func levelsOfEitherWidthBecomeTheOthers() {
    var runs = VariantRuns(ck_operator_requantize)
    for (seed, count) in (counts + counts + counts).enumerated() {
      var random = SeededRandom(seed: UInt64(seed))
      let isFromBytes = seed % 2 == 0
      let bytes = randomS8(count, using: &random), words = randomS16(count, using: &random)
      let output = WordOutput.random(allowing: seed % 3 == 0 ? [CK_DTYPE_S8] : [CK_DTYPE_S16], using: &random)
      let zeroPoint = isFromBytes ? [-128, 0, 127].randomElement(using: &random) ?? 0 : 0
      let scale = seed % 4 == 0 ? 1 : Float.random(in: 0.001...200, using: &random)
      let p = ck_requantize_parameters(
        count: UInt64(count), from: (isFromBytes ? CK_DTYPE_S8 : CK_DTYPE_S16).rawValue, to: output.type.rawValue, scale: scale,
        input_zero_point: Int32(zeroPoint), output_zero_point: Int32(output.zeroPoint), output_min: Int32(output.bounds.lowerBound),
        output_max: Int32(output.bounds.upperBound), reserved: 0)
      let levels = isFromBytes ? bytes.map(Int.init) : words.map(Int.init)
      let expected = levels.flatMap { output.bytes(Float($0 - zeroPoint) * scale) }
      let kernelCase = KernelCase(
        ck_operator_requantize, p, inputs: [isFromBytes ? .s8(bytes, isConstant: seed % 5 == 0) : .s16(words)], output: output.type,
        count: count)
      runs.run(kernelCase, expecting: expected, seed: UInt64(seed))
    }
    runs.report()
  }

  /// int8 levels less their zero point are the same numbers at 16 bits.
  @Test func wideningIsExact() {
    let bytes = (-128...127).map { Int8($0) }
    for zeroPoint in [-128, 3, 127] {
      let p = ck_requantize_parameters(
        count: 256, from: CK_DTYPE_S8.rawValue, to: CK_DTYPE_S16.rawValue, scale: 1, input_zero_point: Int32(zeroPoint),
        output_zero_point: 0, output_min: -32768, output_max: 32767, reserved: 0)
      let kernelCase = KernelCase(ck_operator_requantize, p, inputs: [.s8(bytes)], output: CK_DTYPE_S16, count: 256)
      #expect(kernelCase.run().output == littleEndian(bytes.map { Int16($0) - Int16(zeroPoint) }))
    }
  }

  @Test func floatsBecomeWordsAndBack() {
    var runs = VariantRuns(ck_operator_quantize_f32_s16), back = VariantRuns(ck_operator_dequantize_s16_f32)
    let special: [Float] = [.infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 0.5, 1.5, 2.5, -0.5, 32767.5]
    for (seed, count) in counts.enumerated() {
      var random = SeededRandom(seed: UInt64(seed))
      let x = (0..<count).map { $0 % 3 == 0 ? special.randomElement(using: &random) ?? 0 : Float.random(in: -40000...40000, using: &random) }
      let p = ck_quantize_parameters(count: UInt64(count), scale: seed % 3 == 0 ? 1 : Float.random(in: 0.1...20, using: &random), zero_point: 0)
      runs.run(
        KernelCase(ck_operator_quantize_f32_s16, p, inputs: [.f32(x)], output: CK_DTYPE_S16, count: count),
        expecting: x.flatMap { WordOutput().bytes($0 * p.scale) }, seed: UInt64(seed))
      let words = randomS16(count, using: &random)
      back.run(
        KernelCase(ck_operator_dequantize_s16_f32, p, inputs: [.s16(words)], output: CK_DTYPE_F32, count: count),
        expecting: littleEndian(words.map { (Float($0) * p.scale).bitPattern }), seed: UInt64(seed))
    }
    runs.report()
    back.report()
    let p = ck_quantize_parameters(count: 1, scale: 1, zero_point: 0)
    let unordered = KernelCase(ck_operator_quantize_f32_s16, p, inputs: [.f32([.nan])], output: CK_DTYPE_S16, count: 1)
    for isa in availableISAs { #expect(unordered.run(isa: isa).output == littleEndian([Int16.min])) }
  }

  @Test func poolsMatchTheReference() {
    var runs = VariantRuns(ck_operator_pool_s16)
    for seed: UInt64 in 0..<200 {
      var random = SeededRandom(seed: seed)
      guard let (bytes, _) = PoolTests.makeCase(seed: seed) else { continue }
      var p = bytes.parameters(ck_pool_parameters.self)
      let isMaximum = p.kind == CK_POOL_MAX.rawValue
      let output = WordOutput.random(allowing: isMaximum ? [CK_DTYPE_S16] : [CK_DTYPE_S16, CK_DTYPE_S8], using: &random)
      (p.input_zero_point, p.output_zero_point) = (0, Int32(output.zeroPoint))
      (p.output_min, p.output_max) = (Int32(output.bounds.lowerBound), Int32(output.bounds.upperBound))
      let x = randomS16(bytes.inputs[0].bytes.count, using: &random)
      let kernelCase = KernelCase(
        ck_operator_pool_s16, p, inputs: [.s16(x)], output: output.type, count: bytes.outputBytes, flags: output.flags)
      runs.run(kernelCase, expecting: Self.pooled(x, p, output), seed: seed)
    }
    runs.report()
  }

  private static func pooled(_ x: [Int16], _ p: ck_pool_parameters, _ output: WordOutput) -> [UInt8] {
    func places(_ i: UInt32, _ stride: UInt32, _ dilation: UInt32, _ kernel: UInt32, _ pad: UInt32) -> [Int] {
      (0..<Int(kernel)).map { Int(i * stride) + $0 * Int(dilation) - Int(pad) }
    }
    var result: [UInt8] = []
    for (image, y, column) in (0..<p.batch).flatMap({ b in (0..<p.out_h).flatMap { y in (0..<p.out_w).map { (Int(b), y, $0) } } }) {
      let rows = places(y, p.stride_h, p.dilation_h, p.kernel_h, p.pad_top)
      let columns = places(column, p.stride_w, p.dilation_w, p.kernel_w, p.pad_left)
      let counted = rows.count { $0 < Int(p.in_h + p.pad_bottom) } * columns.count { $0 < Int(p.in_w + p.pad_right) }
      let inside = rows.filter((0..<Int(p.in_h)).contains).flatMap { row in
        columns.filter((0..<Int(p.in_w)).contains).map { (image * Int(p.in_h) + row) * Int(p.in_w) + $0 }
      }
      for channel in 0..<Int(p.channels) {
        let taps = inside.map { Int(x[$0 * Int(p.channels) + channel]) }
        let divisor = Float(p.count_includes_pad != 0 ? counted : taps.count)
        let isMaximum = p.kind == CK_POOL_MAX.rawValue
        result += output.bytes(isMaximum ? Float(taps.max() ?? 0) : Float(taps.reduce(0, +)) * (p.scale / divisor))
      }
    }
    return result
  }

  @Test func reductionsMatchTheReference() {
    var runs = VariantRuns(ck_operator_reduce_s16)
    for seed: UInt64 in 0..<160 {
      var random = SeededRandom(seed: seed)
      let outer = Int.random(in: 1...4, using: &random), axis = seed == 0 ? 70_000 : Int.random(in: 1...60, using: &random)
      let inner = seed == 0 ? 2 : Int.random(in: 1...40, using: &random)
      let kinds = [CK_REDUCE_MEAN, CK_REDUCE_SUM, CK_REDUCE_MAX, CK_REDUCE_MIN]
      let kind = kinds[Int(seed) % 4]
      let output = WordOutput.random(allowing: [CK_DTYPE_S16, CK_DTYPE_S8], using: &random)
      let scale = Float.random(in: 0.001...1, using: &random) / (seed % 4 < 2 ? Float(axis) : 1)
      let p = ck_reduce_parameters(
        kind: kind.rawValue, outer: UInt32(outer), axis: UInt32(axis), inner: UInt32(inner), scale: scale, input_zero_point: 0,
        output_zero_point: Int32(output.zeroPoint), output_min: Int32(output.bounds.lowerBound), output_max: Int32(output.bounds.upperBound))
      let x = randomS16(outer * axis * inner, using: &random)
      var expected: [UInt8] = []
      for o in 0..<outer {
        for i in 0..<inner {
          let values = (0..<axis).map { Int(x[(o * axis + $0) * inner + i]) }
          let reduced = seed % 4 < 2 ? values.reduce(0, +) : (kind == CK_REDUCE_MAX ? values.max() : values.min()) ?? 0
          expected += output.bytes(Float(reduced) * scale)
        }
      }
      let kernelCase = KernelCase(
        ck_operator_reduce_s16, p, inputs: [.s16(x)], output: output.type, count: outer * inner, flags: output.flags)
      runs.run(kernelCase, expecting: expected, seed: seed)
    }
    runs.report()
  }

  @Test func sumsProductsAndExtremesMatchTheReference() {
    var runs = VariantRuns(ck_operator_binary_s16)
    for seed: UInt64 in 0..<240 {
      var random = SeededRandom(seed: seed)
      let kind = BinaryTests.kinds[Int(seed) % BinaryTests.kinds.count]
      let (rows, columns) = (Int.random(in: 1...5, using: &random), Int.random(in: 1...70, using: &random))
      let repeats = seed % 3 == 0
      let output = WordOutput.random(allowing: [CK_DTYPE_S16, CK_DTYPE_S8], using: &random)
      var p = ck_binary_parameters()
      (p.kind, p.rank, p.dims) = (kind.rawValue, 2, (UInt32(rows), UInt32(columns), 1, 1, 1, 1))
      (p.a_stride.0, p.a_stride.1, p.b_stride.0, p.b_stride.1) = (UInt32(columns), 1, repeats ? 0 : UInt32(columns), 1)
      p.a_scale = Float.random(in: 0.01...2, using: &random) * (kind == CK_BINARY_MULTIPLY ? 1e-4 : 1)
      p.b_scale = Float.random(in: 0.01...2, using: &random)
      p.output_zero_point = Int8(output.zeroPoint)
      (p.output_min, p.output_max) = (Int32(output.bounds.lowerBound), Int32(output.bounds.upperBound))
      let a = randomS16(rows * columns, using: &random), b = randomS16(repeats ? columns : rows * columns, using: &random)
      let expected = a.indices.flatMap { index in
        output.bytes(BinaryTests.combine(kind, Int(a[index]), Int(b[index % b.count]), p))
      }
      let kernelCase = KernelCase(
        ck_operator_binary_s16, p, inputs: [.s16(a), .s16(b)], output: output.type, count: a.count, flags: output.flags)
      runs.run(kernelCase, expecting: expected, seed: seed)
    }
    runs.report()
  }
}
