import CKernels
import Testing
import _TestSupport

/// GEMM_S16, CONV2D_S16 and DWCONV2D_S16 against sums in Int64.
@Suite struct WordProductTests {
  static func makeGEMM(m: Int, n: Int, k: Int, using random: inout SeededRandom) -> (KernelCase, [UInt8]) {
    let layer = WordLayer.random(channels: n, terms: k, using: &random)
    let x = randomS16(m * k, using: &random), w = randomS8(n * k, using: &random)
    var expected: [UInt8] = []
    for row in 0..<m {
      for channel in 0..<n {
        var sum: Int64 = 0
        for i in 0..<k { sum += Int64(x[row * k + i]) * Int64(w[channel * k + i]) }
        expected += layer.output(sum, channel: channel)
      }
    }
    let packed = packPanels(channels: n, blocks: (k + 3) / 4) { channel, block, byte in
      block * 4 + byte < k ? w[channel * k + block * 4 + byte] : nil
    }
    let parameters = ck_gemm_parameters(
      m: UInt32(m), n: UInt32(n), k: UInt32(k), weight_layout: CK_LAYOUT_GEMM_C4X16.rawValue, input_zero_point: 0, weight_zero_point: 0,
      output_zero_point: Int32(layer.output.zeroPoint), output_min: Int32(layer.output.bounds.lowerBound),
      output_max: Int32(layer.output.bounds.upperBound), float_min: layer.output.floatBounds.lowerBound,
      float_max: layer.output.floatBounds.upperBound)
    let kernelCase = KernelCase(
      ck_operator_gemm_s16, parameters, inputs: [.s16(x)], output: layer.output.type, count: m * n,
      constants: layer.constants(packed: packed, linear: w), flags: layer.output.flags)
    return (kernelCase, expected)
  }

  @Test func everyShapeMatchesTheReference() {
    var runs = VariantRuns(ck_operator_gemm_s16)
    var seed: UInt64 = 1
    // From 508 products on a sum of extremes leaves 32 bits.
    for k in Array(1...40) + [63, 64, 65, 127, 128, 129, 507, 508, 509, 510, 511, 512, 513, 1016, 1017, 1100] {
      for m in [1, 2, Int(seed % 40) + 1] {
        var random = SeededRandom(seed: seed)
        let n = Int.random(in: 1...40, using: &random)
        let (kernelCase, expected) = Self.makeGEMM(m: m, n: n, k: k, using: &random)
        runs.run(kernelCase, expecting: expected, seed: seed)
        seed += 1
      }
    }
    runs.report()
  }

  /// 65536 products of the largest magnitude: every instruction set sums them exactly.
  @Test func deepestSumsAreExact() {
    let k = Int(CK_S16_MAX_DEPTH)
    for (x, w) in [(Int16.min, Int8.min), (.min, .max), (.max, .min)] {
      let layer = WordLayer(output: WordOutput(type: CK_DTYPE_F32), bias: [1], scale: [1])
      let parameters = ck_gemm_parameters(
        m: 1, n: 1, k: UInt32(k), weight_layout: CK_LAYOUT_GEMM_C4X16.rawValue, input_zero_point: 0, weight_zero_point: 0,
        output_zero_point: 0, output_min: 0, output_max: 0, float_min: -.infinity, float_max: .infinity)
      let packed = packPanels(channels: 1, blocks: k / 4) { _, _, _ in w }
      let kernelCase = KernelCase(
        ck_operator_gemm_s16, parameters, inputs: [.s16(Array(repeating: x, count: k))], output: CK_DTYPE_F32, count: 1,
        constants: layer.constants(packed: packed, linear: Array(repeating: w, count: k)), flags: Int(CK_FLAG_F32_OUTPUT.rawValue))
      #expect(kernelCase.check().status == 0)
      let sum = Float(Int64(k) * Int64(x) * Int64(w) + 1)
      for isa in availableISAs { #expect(kernelCase.run(isa: isa).output == littleEndian([sum.bitPattern])) }
    }
  }

  @Test func convolutionsMatchTheReference() {
    var runs = VariantRuns(ck_operator_conv2d_s16)
    for seed: UInt64 in 0..<200 {
      var random = SeededRandom(seed: seed)
      let byRow = seed % 2 == 0
      var shape = ConvolutionShape.random(dilated: !byRow, maximumKernel: 4, using: &random)
      if byRow { shape.dilationHeight = 1 }
      shape.groups = byRow ? 1 : Int.random(in: 1...3, using: &random)
      shape.channels = shape.groups * Int.random(in: 1...9, using: &random)
      shape.outputs = shape.groups * Int.random(in: 1...(byRow ? 40 : 20), using: &random)
      let layout = byRow ? CK_LAYOUT_CONV_ROW_C4X16 : CK_LAYOUT_CONV_TAP_C4X16
      let (kernelCase, expected) = shape.makeWordCase(ck_operator_conv2d_s16, layout: layout, using: &random)
      runs.run(kernelCase, expecting: expected, seed: seed)
    }
    runs.report()
  }

  @Test func depthwiseConvolutionsMatchTheReference() {
    var runs = VariantRuns(ck_operator_dwconv2d_s16)
    for seed: UInt64 in 1000..<1200 {
      var random = SeededRandom(seed: seed)
      var shape = ConvolutionShape.random(dilated: seed % 3 == 0, maximumKernel: 6, using: &random)
      shape.channels = Int.random(in: 1...40, using: &random)
      shape.groups = shape.channels
      shape.outputs = shape.channels * (seed % 4 == 0 ? Int.random(in: 2...3, using: &random) : 1)
      let (kernelCase, expected) = shape.makeWordCase(ck_operator_dwconv2d_s16, layout: CK_LAYOUT_DEPTHWISE_QUAD, using: &random)
      runs.run(kernelCase, expecting: expected, seed: seed)
    }
    runs.report()
  }

  /// What would make a sum or an access something else than what it says.
  @Test func refusesWhatItCannotCompute() {
    var random = SeededRandom(seed: 1)
    let (valid, _) = Self.makeGEMM(m: 2, n: 3, k: 8, using: &random)
    func status(_ change: (inout KernelCase) -> Void) -> UInt16 {
      var changed = valid
      change(&changed)
      return changed.check().status
    }
    func parameter(_ change: (inout ck_gemm_parameters) -> Void) -> UInt16 { status { $0.with(ck_gemm_parameters.self, change) } }
    let (bad, operands, extent) = (UInt16(CK_BAD_PARAMETER.rawValue), UInt16(CK_BAD_OPERANDS.rawValue), UInt16(CK_BAD_EXTENT.rawValue))
    #expect(parameter { $0.input_zero_point = 1 } == bad)
    #expect(parameter { $0.weight_zero_point = -1 } == bad)
    #expect(parameter { $0.k = CK_S16_MAX_DEPTH + 1 } == bad)
    #expect(parameter { $0.k = 9 } == extent)
    #expect(status { $0.inputs[0].dtype = CK_DTYPE_S8 } == operands)
    #expect(status { $0.constants[1] = littleEndian([(Int64(1) << 50) + 1] + Array(repeating: 0, count: 15)) } == UInt16(CK_BAD_CONSTANT.rawValue))
    #expect(status { $0.constants[3] = littleEndian(Array(repeating: Float.nan.bitPattern, count: 16)) } == UInt16(CK_BAD_CONSTANT.rawValue))
    let both = UInt16(CK_FLAG_F32_OUTPUT.rawValue | CK_FLAG_S8_OUTPUT.rawValue)
    #expect(status { $0.instruction.flags = both } == UInt16(CK_BAD_FLAGS.rawValue))
  }
}
