import CKernels
import Testing
import _TestSupport

/// No content of an instruction can make an operator that accepted it leave its buffers.
@Suite struct CheckTests {
  /// A small valid case of every operator here.
  static func cases() -> [KernelCase] {
    var random = SeededRandom(seed: 77)
    var shape = ConvolutionShape(
      batch: 2, height: 5, width: 6, channels: 4, outHeight: 3, outWidth: 3, outputs: 6, kernelHeight: 3, kernelWidth: 2, strideHeight: 2,
      strideWidth: 2, top: 1, left: 1)
    var cases = [GemmTests.makeCase(m: 3, n: 18, k: 7, using: &random).0]
    cases.append(shape.makeCase(ck_operator_conv2d_s8, layout: CK_LAYOUT_CONV_ROW_C4X16, using: &random).0)
    shape.groups = 2
    cases.append(shape.makeCase(ck_operator_conv2d_s8, layout: CK_LAYOUT_CONV_TAP_C4X16, using: &random).0)
    (shape.groups, shape.outputs) = (4, 8)
    cases.append(shape.makeCase(ck_operator_dwconv2d_s8, layout: CK_LAYOUT_DEPTHWISE_QUAD, using: &random).0)
    (shape.groups, shape.outputs) = (1, 18)
    while let (layer, levels) = Optional(shape.makeCase(ck_operator_conv2d_s8, layout: CK_LAYOUT_CONV_ROW_C4X16, using: &random)) {
      guard let adding = layer.addingResidual(to: levels, at: convolutionResidual, using: &random) else { continue }
      cases.append(adding.0)
      break
    }
    cases += (0..<200).compactMap { PoolTests.makeCase(seed: $0)?.0 }.filter { $0.check().status == 0 }.prefix(4)
    cases += (0..<12).map { BinaryTests.makeCase(seed: $0).0 }
    cases += (0..<6).map { CopyTests.makeCase(seed: $0).0 }
    cases.append(SoftmaxTests.makeCase(rows: 2, columns: 9, seed: 2).0)
    let s8 = Operand.s8(randomS8(24, using: &random)), f32 = Operand.f32([Float](repeating: 2, count: 24))
    let quantize = ck_quantize_parameters(count: 24, scale: 0.5, zero_point: 3)
    cases.append(KernelCase(ck_operator_quantize_f32_s8, quantize, inputs: [f32], output: CK_DTYPE_S8, count: 24))
    cases.append(KernelCase(ck_operator_dequantize_s8_f32, quantize, inputs: [s8], output: CK_DTYPE_F32, count: 24))
    let table = [UInt8](0...255)
    cases.append(
      KernelCase(ck_operator_table_s8, ck_table_parameters(count: 24), inputs: [s8], output: CK_DTYPE_S8, count: 24, constants: [table]))
    let fill = ck_fill_parameters(count: 24, element_bytes: 4, value: 7)
    cases.append(KernelCase(ck_operator_fill, fill, inputs: [], output: CK_DTYPE_F32, count: 24))
    let reduce = ck_reduce_parameters(
      kind: CK_REDUCE_MEAN.rawValue, outer: 2, axis: 3, inner: 4, scale: 0.3, input_zero_point: 1, output_zero_point: 2, output_min: -128,
      output_max: 127)
    cases.append(KernelCase(ck_operator_reduce_s8, reduce, inputs: [s8], output: CK_DTYPE_S8, count: 8))
    cases += (0..<2).map { ResampleTests.makeCase(seed: $0).0 } + (0..<2).map { ResampleTests.makeNearestCase(seed: $0).0 }
    return cases
  }

  /// Every 32-bit word of the instruction takes every telling value: refused, or run between guard pages.
  @Test func aChangedWordIsRefusedOrHarmless() {
    let values: [UInt32] = [
      0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 255, 0x8000, 0xFFFF, 0x1_0000, 0x0100_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FF80,
      Float.nan.bitPattern, Float.infinity.bitPattern, (-Float.infinity).bitPattern, Float(1).bitPattern, Float(-1).bitPattern,
      Float.greatestFiniteMagnitude.bitPattern, Float.leastNonzeroMagnitude.bitPattern,
    ]
    var refused = 0, ran = 0
    for valid in Self.cases() {
      #expect(valid.check().status == 0, "\(String(cString: valid.op.name))")
      for word in 0..<MemoryLayout<ck_instruction>.size / 4 {
        // The name, and which tensors and constants the instruction names, are the container's to check.
        if (2..<4).contains(word) || (4..<4 + valid.inputs.count + 1).contains(word) { continue }
        let old = withUnsafeBytes(of: valid.instruction) { $0.load(fromByteOffset: word * 4, as: UInt32.self) }
        for value in values + [old &+ 1, old &- 1, old &* 2, old ^ 0x80] {
          var changed = valid
          withUnsafeMutableBytes(of: &changed.instruction) { $0.storeBytes(of: value, toByteOffset: word * 4, as: UInt32.self) }
          let isTooBig = changed.instruction.input_count != valid.instruction.input_count
          if isTooBig || changed.instruction.opcode != valid.instruction.opcode { continue }
          let fault = changed.check()
          if fault.status != 0 {
            refused += 1
            #expect(fault.offset < 256)
            continue
          }
          ran += 1
          for isa in availableISAs { _ = changed.run(isa: isa) }
        }
      }
    }
    print("changed words: \(refused) refused, \(ran) ran")
    #expect(refused > 10_000 && ran > 500)
  }

  /// One wrong field at a time, and where the fault points.
  @Test func faultsNameTheField() {
    var random = SeededRandom(seed: 4)
    let valid = GemmTests.makeCase(m: 3, n: 5, k: 7, using: &random).0
    func expect(_ status: ck_status, at offset: Int, _ change: (inout KernelCase) -> Void, line: Int = #line) {
      var changed = valid
      change(&changed)
      let fault = changed.check()
      #expect(fault.status == UInt16(status.rawValue) && fault.offset == UInt16(offset), "\(fault), line \(line)")
    }
    expect(CK_BAD_FLAGS, at: 2) { $0.instruction.flags |= 8 }
    expect(CK_BAD_FLAGS, at: 2) { $0.instruction.flags |= 0x100 }
    expect(CK_BAD_OPERANDS, at: 4) { $0.instruction.input_count = 2 }
    expect(CK_BAD_OPERANDS, at: 5) { $0.instruction.output_count = 0 }
    expect(CK_BAD_CONSTANT, at: 6) { $0.instruction.constant_count = 3 }
    expect(CK_BAD_PARAMETER, at: 7) { $0.instruction.reserved = 1 }
    expect(CK_BAD_OPERANDS, at: 16) { $0.inputs[0].dtype = CK_DTYPE_U8 }
    expect(CK_BAD_EXTENT, at: 16) { $0.inputs[0].bytes.append(0) }
    expect(CK_BAD_OPERANDS, at: 24) { $0.instruction.operand.2 = 0 }
    expect(CK_BAD_CONSTANT, at: 48) { $0.instruction.constant.0.offset += 8 }
    expect(CK_BAD_CONSTANT, at: 56) { $0.instruction.constant.0.bytes += 64 }
    expect(CK_BAD_CONSTANT, at: 96) { $0.constants[3].replaceSubrange(0..<4, with: littleEndian([Float.nan.bitPattern])) }
    expect(CK_BAD_CONSTANT, at: 96) { $0.constants[3].replaceSubrange(16..<20, with: littleEndian([Float(0).bitPattern])) }
    expect(CK_BAD_CONSTANT, at: 96) {
      $0.instruction.flags = 0
      $0.constants[3].replaceSubrange(0..<4, with: littleEndian([Float(1).bitPattern]))
      $0.with(ck_gemm_parameters.self) { ($0.output_zero_point, $0.output_min, $0.output_max) = (0, -128, 127) }
      ($0.outputType, $0.outputBytes) = (CK_DTYPE_S8, 15)
    }
    expect(CK_BAD_PARAMETER, at: 128) { $0.with(ck_gemm_parameters.self) { $0.m = 0 } }
    expect(CK_BAD_PARAMETER, at: 140) { $0.with(ck_gemm_parameters.self) { $0.weight_layout = 9 } }
    expect(CK_BAD_PARAMETER, at: 144) { $0.with(ck_gemm_parameters.self) { $0.input_zero_point = 128 } }
    expect(CK_BAD_PARAMETER, at: 255) { $0.instruction.parameters.127 = 1 }
  }

  @Test func faultsOfAResidualNameTheField() throws {
    let valid = try #require(Self.cases().first { $0.instruction.flags & UInt16(CK_FLAG_ADD.rawValue) != 0 })
    #expect(valid.check().status == 0)
    func expect(_ status: ck_status, at offset: Int, _ change: (inout KernelCase) -> Void, line: Int = #line) {
      var changed = valid
      change(&changed)
      let fault = changed.check()
      #expect(fault.status == UInt16(status.rawValue) && fault.offset == UInt16(offset), "\(fault), line \(line)")
    }
    func set(_ change: @escaping (inout ck_conv2d_add_parameters) -> Void) -> (inout KernelCase) -> Void {
      { $0.with(ck_conv2d_add_parameters.self, change) }
    }
    expect(CK_BAD_OPERANDS, at: 4) { $0.instruction.input_count = 1 }
    expect(CK_BAD_OPERANDS, at: 20) { $0.inputs[1].dtype = CK_DTYPE_S16 }
    expect(CK_BAD_OPERANDS, at: 20) { $0.inputs[1].isConstant = true }
    expect(CK_BAD_EXTENT, at: 20) { $0.inputs[1].bytes.append(0) }
    expect(CK_BAD_EXTENT, at: 24) { $0.outputBytes += 1 }
    expect(CK_BAD_FLAGS, at: 2) {
      $0.instruction.flags |= UInt16(CK_FLAG_F32_OUTPUT.rawValue)
      $0.with(ck_conv2d_parameters.self) { ($0.float_min, $0.float_max) = (0, 1) }
    }
    expect(CK_BAD_PARAMETER, at: 128 + 80, set { ($0.layer.output_zero_point, $0.layer.output_min, $0.layer.output_max) = (3, 4, 9) })
    expect(CK_BAD_PARAMETER, at: 128 + 84, set { ($0.layer.output_zero_point, $0.layer.output_min, $0.layer.output_max) = (3, 0, 2) })
    expect(CK_BAD_PARAMETER, at: 128 + 96, set { $0.add.layer_scale = 0 })
    expect(CK_BAD_PARAMETER, at: 128 + 96, set { $0.add.layer_scale = .nan })
    expect(CK_BAD_PARAMETER, at: 128 + 100, set { $0.add.residual_scale = 16384 })
    expect(CK_BAD_PARAMETER, at: 128 + 104, set { $0.add.residual_zero_point = 128 })
    expect(CK_BAD_PARAMETER, at: 128 + 108, set { $0.add.sum_zero_point = -129 })
    expect(CK_BAD_PARAMETER, at: 128 + 112, set { $0.add.sum_min = -129 })
    expect(CK_BAD_PARAMETER, at: 128 + 116, set { ($0.add.sum_min, $0.add.sum_max) = (5, 4) })
    expect(CK_BAD_PARAMETER, at: 128 + 120) { $0.instruction.parameters.120 = 1 }
    // Depthwise convolutions and those on int16 take none.
    for op in [ck_operator_dwconv2d_s8, ck_operator_conv2d_s16] {
      let other = KernelCase(op, ck_conv2d_parameters(), inputs: valid.inputs, output: CK_DTYPE_S8, count: valid.outputBytes, flags: 32)
      #expect(other.check().status == UInt16(CK_BAD_FLAGS.rawValue))
    }
  }

  @Test func convolutionNeedsItsRing() {
    var random = SeededRandom(seed: 6)
    let shape = ConvolutionShape(height: 4, width: 4, channels: 3, outHeight: 2, outWidth: 2, outputs: 2, kernelHeight: 3, kernelWidth: 3)
    var kernelCase = shape.makeCase(ck_operator_conv2d_s8, layout: CK_LAYOUT_CONV_ROW_C4X16, using: &random).0
    #expect(kernelCase.instruction.scratch_bytes == 3 * 80, "three rows of 4 * 3 + 64 bytes, rounded up to 16")
    kernelCase.instruction.scratch_offset = 8
    #expect(kernelCase.check().status == UInt16(CK_BAD_SCRATCH.rawValue))
    (kernelCase.instruction.scratch_offset, kernelCase.instruction.scratch_bytes) = (16, 3 * 80 - 1)
    #expect(kernelCase.check().status == UInt16(CK_BAD_SCRATCH.rawValue))
  }
}
