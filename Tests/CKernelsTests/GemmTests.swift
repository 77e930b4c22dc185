import CKernels
import Testing
import _TestSupport

@Suite struct GemmTests {
  /// output = input x weightᵀ in Int64, with its case.
  static func makeCase(m: Int, n: Int, k: Int, constantInput: Bool = false, using random: inout SeededRandom) -> (KernelCase, [UInt8]) {
    let q = Quantization.random(channels: n, terms: k, using: &random)
    let lowest: Int8 = q.flags & Int(CK_FLAG_FULL_RANGE.rawValue) != 0 ? -128 : -127
    let x = randomS8(m * k, using: &random), w = randomS8(n * k, lowest: lowest, using: &random)
    var reference: [UInt8] = []
    for row in 0..<m {
      for channel in 0..<n {
        var sum = Int64(q.bias[channel])
        for i in 0..<k {
          sum += Int64(Int(x[row * k + i]) - q.inputZeroPoint) * Int64(Int(w[channel * k + i]) - q.weightZeroPoint)
        }
        reference += q.output(sum, channel: channel)
      }
    }
    let packed = packPanels(channels: n, blocks: (k + 3) / 4) { channel, block, byte in
      block * 4 + byte < k ? w[channel * k + block * 4 + byte] : nil
    }
    let parameters = ck_gemm_parameters(
      m: UInt32(m), n: UInt32(n), k: UInt32(k), weight_layout: CK_LAYOUT_GEMM_C4X16.rawValue, input_zero_point: Int32(q.inputZeroPoint),
      weight_zero_point: Int32(q.weightZeroPoint), output_zero_point: Int32(q.outputZeroPoint), output_min: Int32(q.bounds.lowerBound),
      output_max: Int32(q.bounds.upperBound), float_min: q.floatBounds.lowerBound, float_max: q.floatBounds.upperBound)
    let kernelCase = KernelCase(
      ck_operator_gemm_s8, parameters, inputs: [.s8(x, isConstant: constantInput)], output: q.isFloat ? CK_DTYPE_F32 : CK_DTYPE_S8,
      count: m * n, constants: weightedConstants(q, packed: packed, linear: w), flags: q.flags)
    return (kernelCase, reference)
  }

  @Test func everyShapeMatchesTheReference() {
    var runs = VariantRuns(ck_operator_gemm_s8)
    var seed: UInt64 = 1
    var residuals = 0
    for k in 1...70 {
      for m in [1, 2, Int(seed % 40) + 1] {
        var random = SeededRandom(seed: seed)
        let n = Int.random(in: 1...50, using: &random)
        let (kernelCase, reference) = Self.makeCase(m: m, n: n, k: k, constantInput: seed % 7 == 0, using: &random)
        runs.run(kernelCase, expecting: reference, seed: seed)
        if let (adding, sums) = kernelCase.addingResidual(to: reference, at: gemmResidual, using: &random) {
          runs.run(adding, expecting: sums, seed: seed)
          residuals += 1
        }
        seed += 1
      }
    }
    runs.report()
    #expect(residuals > 50)
  }

  /// Sums round half to even and are clamped after the layer's own levels were.
  @Test func residualsAddToTheLayersLevels() {
    var random = SeededRandom(seed: 9)
    var (kernelCase, _) = Self.makeCase(m: 1, n: 3, k: 1, using: &random)
    kernelCase.instruction.flags = 0
    kernelCase.inputs[0] = .s8([100])
    kernelCase.constants[0] = packPanels(channels: 3, blocks: 1) { channel, _, byte in byte == 0 ? [1, 2, -1][channel] : 0 }
      .map(UInt8.init(bitPattern:))
    kernelCase.constants[1] = littleEndian([Int32](repeating: 0, count: 16))
    kernelCase.constants[2] = littleEndian([Int32(1), 2, -1] + [Int32](repeating: 0, count: 13))
    kernelCase.constants[3] = littleEndian([Float](repeating: 0.5, count: 3).map(\.bitPattern) + [UInt32](repeating: 0, count: 13))
    (kernelCase.outputType, kernelCase.outputBytes) = (CK_DTYPE_S8, 3)
    kernelCase.with(ck_gemm_add_parameters.self) { p in
      (p.layer.input_zero_point, p.layer.weight_zero_point, p.layer.output_zero_point) = (0, 0, 10)
      (p.layer.output_min, p.layer.output_max) = (0, 90)
      p.add = ck_add_parameters(layer_scale: 0.5, residual_scale: 2, residual_zero_point: -1, sum_zero_point: 5, sum_min: -128, sum_max: 60)
    }
    kernelCase.inputs.append(.s8([-2, 20, 9]))
    kernelCase.instruction.flags = UInt16(CK_FLAG_ADD.rawValue)
    kernelCase.instruction.input_count = 2
    kernelCase.instruction.operand.2 = 2
    #expect(kernelCase.check().status == 0)
    // The layer: 50 + 10 = 60; 100 + 10, clamped to 90; -50 + 10, clamped to 0. Then 25 - 2 + 5; 40 + 42 + 5, clamped to 60; -5 + 20 + 5.
    for isa in availableISAs { #expect(kernelCase.run(isa: isa).output == [28, 60, 20], "\(String(cString: ck_isa_name(isa)))") }
  }

  /// The distance is no larger than it must be by more than its 16 rows: much closer, rows are overwritten before they are read.
  @Test func closerThanAheadWouldChangeTheOutput() {
    var random = SeededRandom(seed: 3)
    let (kernelCase, reference) = Self.makeCase(m: 20, n: 40, k: 8, using: &random)
    #expect(kernelCase.run(distance: 0).output != reference)
  }

  /// Sums wrap modulo 2^32 instead of being undefined, whatever the bias.
  @Test func accumulatorsWrap() {
    var random = SeededRandom(seed: 5)
    var (kernelCase, _) = Self.makeCase(m: 1, n: 1, k: 4, using: &random)
    kernelCase.instruction.flags = 0
    kernelCase.inputs[0] = .s8([127, 127, 127, 127])
    kernelCase.constants[0] = packPanels(channels: 1, blocks: 1) { _, _, _ in 127 }.map(UInt8.init(bitPattern:))
    kernelCase.constants[1] = littleEndian([Int32.max] + [Int32](repeating: 0, count: 15))
    kernelCase.constants[3] = littleEndian([Float(0x1p-31).bitPattern] + [UInt32](repeating: 0, count: 15))
    (kernelCase.outputType, kernelCase.outputBytes) = (CK_DTYPE_S8, 1)
    kernelCase.with(ck_gemm_parameters.self) { p in
      (p.input_zero_point, p.weight_zero_point, p.output_zero_point, p.output_min, p.output_max) = (0, 0, 0, -128, 127)
    }
    #expect(kernelCase.check().status == 0)
    #expect(kernelCase.run().output == [UInt8(bitPattern: -1)])
  }
}
