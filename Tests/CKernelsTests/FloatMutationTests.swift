import Testing
import _TestSupport

@preconcurrency import CKernels

/// Valid instructions with one word changed: `check` refuses, or `run` stays inside operands, constants and scratch.
@Suite struct FloatMutationTests {
  @Test(arguments: [false, true]) func noChangedWordEscapes(fast: Bool) {
    var random = SeededRandom(seed: 11)
    var (refused, ran) = (0, 0)
    for call in calls(&random, fast: fast) {
      #expect(call.run() != nil, "opcode \(call.operation.opcode) is refused as it stands: byte \(call.check().offset)")
      for word in 0..<MemoryLayout<ck_instruction>.size / 4 {
        let original = withUnsafeBytes(of: call.instruction) { $0.load(fromByteOffset: 4 * word, as: UInt32.self) }
        let others: [UInt32] = [
          0, 1, 2, 3, 7, 16, 255, 65536, 0x7FFF_FFFF, 0x8000_0000, .max, 0x7FC0_0000, 0x7F80_0000, original &+ 1, original &- 1,
          original &* 2, original ^ 1 << random.size(0...31), random.next32(), random.next32(),
        ]
        for value in others where value != original {
          var changed = call
          withUnsafeMutableBytes(of: &changed.instruction) { $0.storeBytes(of: value, toByteOffset: 4 * word, as: UInt32.self) }
          if changed.run() == nil { refused += 1 } else { ran += 1 }
        }
      }
    }
    #expect(refused > 1000 && ran > 1000, "\(refused) refused, \(ran) ran")
  }

  /// Two fields at once, where one alone would be caught by an extent.
  @Test func noPairOfChangedParametersEscapes() {
    var random = SeededRandom(seed: 12)
    var (refused, ran) = (0, 0)
    for call in calls(&random, fast: true) + calls(&random, fast: false) {
      for _ in 0..<2000 {
        var changed = call
        withUnsafeMutableBytes(of: &changed.instruction.parameters) { bytes in
          for _ in 0..<2 {
            let offset = 4 * random.size(0...26), value = Bool.random(using: &random) ? UInt32(random.size(0...12)) : random.next32()
            bytes.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
          }
        }
        changed.instruction.scratch_bytes = 1 << 20
        if changed.run() == nil { refused += 1 } else { ran += 1 }
      }
    }
    #expect(refused > 1000 && ran > 100, "\(refused) refused, \(ran) ran")
  }

  @Test func scratchThatIsTooSmallIsRefused() {
    var random = SeededRandom(seed: 13)
    let call = calls(&random, fast: true)[0]
    var small = call
    small.instruction.scratch_bytes -= 1
    #expect(call.scratchBytes > 0 && small.check().status == UInt16(CK_BAD_SCRATCH.rawValue))
  }

  private func calls(_ random: inout SeededRandom, fast: Bool) -> [FloatCall] {
    var conv = ck_conv2d_parameters()
    (conv.batch, conv.in_h, conv.in_w, conv.in_c, conv.out_h, conv.out_w, conv.out_c, conv.groups) = (2, 5, 6, 4, 3, 6, 6, 2)
    (conv.kernel_h, conv.kernel_w, conv.stride_h, conv.stride_w, conv.dilation_h, conv.dilation_w) = (3, 2, 2, 1, 1, 2)
    (conv.pad_top, conv.pad_left, conv.float_min, conv.float_max) = (1, 1, -1, .infinity)
    var depthwise = conv
    (depthwise.groups, depthwise.out_c) = (4, 8)
    var pointwise = conv
    (pointwise.kernel_h, pointwise.kernel_w, pointwise.stride_h, pointwise.dilation_w) = (1, 1, 1, 1)
    (pointwise.pad_top, pointwise.pad_left) = (0, 0)
    (pointwise.out_h, pointwise.groups) = (5, 1)
    var gemm = ck_gemm_parameters()
    (gemm.m, gemm.n, gemm.k, gemm.float_min, gemm.float_max) = (5, 18, 7, -.infinity, 3)
    var pool = ck_pool_parameters()
    (pool.kind, pool.batch, pool.in_h, pool.in_w, pool.channels, pool.out_h, pool.out_w) = (1, 1, 5, 5, 18, 3, 3)
    (pool.kernel_h, pool.kernel_w, pool.stride_h, pool.stride_w, pool.dilation_h, pool.dilation_w) = (3, 3, 2, 2, 1, 1)
    (pool.pad_top, pool.pad_left, pool.pad_bottom, pool.pad_right, pool.count_includes_pad) = (1, 1, 1, 1, 1)
    (pool.float_min, pool.float_max) = (-.infinity, .infinity)
    var reduce = ck_reduce_parameters()
    (reduce.outer, reduce.axis, reduce.inner) = (3, 5, 18)
    var binary = ck_binary_parameters()
    (binary.kind, binary.rank, binary.float_min, binary.float_max) = (6, 3, -.infinity, .infinity)
    (binary.dims, binary.a_stride, binary.b_stride) = ((2, 3, 18, 1, 1, 1), (54, 18, 1, 0, 0, 0), (0, 1, 0, 0, 0, 0))
    var unary = ck_unary_parameters()
    (unary.count, unary.kind, unary.a, unary.b) = (70, CK_UNARY_CLIP.rawValue, 0, 6)
    var softmax = ck_softmax_parameters()
    (softmax.rows, softmax.columns) = (3, 18)
    var product = ck_matmul_parameters()
    (product.m, product.n, product.k, product.batch_rank, product.scale) = (5, 18, 7, 1, 0.5)
    (product.batch.0, product.batch.1, product.batch.2, product.batch.3) = (2, 1, 1, 1)
    (product.a_batch_stride.0, product.a_row_stride, product.a_depth_stride) = (35, 1, 5)
    (product.b_depth_stride, product.b_column_stride) = (18, 1)
    (product.output_batch_stride.0, product.output_row_stride, product.float_min, product.float_max) = (18, 36, -.infinity, 3)
    var normalize = ck_normalize_parameters()
    (normalize.outer, normalize.axis, normalize.channels, normalize.groups, normalize.epsilon) = (3, 5, 18, 6, 1e-5)
    (normalize.float_min, normalize.float_max) = (-.infinity, 3)
    var prelu = ck_prelu_parameters()
    (prelu.outer, prelu.channels, prelu.inner, prelu.float_min, prelu.float_max) = (3, 5, 4, -.infinity, 3)
    func call(_ operation: ck_operator, _ parameters: some Any, _ inputs: [Int], _ output: Int, _ constants: [Int] = []) -> FloatCall {
      FloatCall(
        operation, parameters, inputs: inputs.map { random.floats($0) }, outputCount: output,
        constants: constants.map { random.floats($0) }, fast: fast)
    }
    return [
      call(ck_operator_conv2d_f32, conv, [240], 216, [72, 6]), call(ck_operator_conv2d_f32, pointwise, [240], 360, [24, 6]),
      call(ck_operator_dwconv2d_f32, depthwise, [240], 288, [48, 8]), call(ck_operator_gemm_f32, gemm, [35], 90, [126, 18]),
      call(ck_operator_pool_f32, pool, [450], 162), call(ck_operator_reduce_f32, reduce, [270], 54),
      call(ck_operator_binary_f32, binary, [108, 3], 108), call(ck_operator_unary_f32, unary, [70], 70),
      call(ck_operator_softmax_f32, softmax, [54], 54), call(ck_operator_matmul_f32, product, [70, 126], 180),
      call(ck_operator_normalize_f32, normalize, [270], 270, [18, 18]), call(ck_operator_prelu_f32, prelu, [60], 60, [5]),
    ]
  }
}

extension SeededRandom {
  fileprivate mutating func next32() -> UInt32 { UInt32(truncatingIfNeeded: next()) }
}
