import CKernels

/// A chain with every int8 operator once, for damage tests: what it computes is not the point, which bytes it touches is.
///
///     image f32 -> quantize -> conv row, conv tap, depthwise -> max pool -> pad (fill, copy) -> mean -> * itself -> softmax -> dequantize
struct OperatorsModel {
  static let arenaBytes = 16384
  var builder = SwlBuilder()
  private var next = 0

  init() {
    let image = tensor("image", [1, 6, 6, 4], dtype: CK_DTYPE_F32)
    let x = tensor("x", [1, 6, 6, 4])
    builder.instruction(
      CK_OP_QUANTIZE_F32_S8, "quantize", ck_quantize_parameters(count: 144, scale: 10, zero_point: 0), inputs: [image], outputs: [x])
    let row = tensor("row", [1, 6, 6, 20])
    conv(CK_OP_CONV2D_S8, "row", x, row, CK_LAYOUT_CONV_ROW_C4X16, inC: 4, outC: 20, groups: 1, weights: 2 * 3 * 3 * 64)
    let tap = tensor("tap", [1, 6, 6, 32])
    conv(CK_OP_CONV2D_S8, "tap", row, tap, CK_LAYOUT_CONV_TAP_C4X16, inC: 20, outC: 32, groups: 2, weights: 2 * 9 * 3 * 64)
    let depthwise = tensor("depthwise", [1, 6, 6, 32])
    conv(CK_OP_DWCONV2D_S8, "depthwise", tap, depthwise, CK_LAYOUT_DEPTHWISE_QUAD, inC: 32, outC: 32, groups: 32, weights: 2 * 3 * 64)
    let pooled = tensor("pooled", [1, 3, 3, 32])
    pool(depthwise, pooled)
    let padded = tensor("padded", [1, 4, 3, 32])
    builder.instruction(CK_OP_FILL, "fill", ck_fill_parameters(count: 384, element_bytes: 1, value: 5), inputs: [], outputs: [padded])
    var copy = ck_copy_parameters()
    (copy.rank, copy.element_bytes, copy.output_offset) = (2, 1, 96)
    copy.dims = (3, 96, 1, 1, 1, 1)
    (copy.input_stride.0, copy.input_stride.1, copy.output_stride.0, copy.output_stride.1) = (96, 1, 96, 1)
    builder.instruction(CK_OP_COPY, "pad", copy, inputs: [pooled], outputs: [padded])
    let mean = tensor("mean", [1, 32])
    var reduce = ck_reduce_parameters()
    (reduce.kind, reduce.outer, reduce.axis, reduce.inner) = (CK_REDUCE_MEAN.rawValue, 1, 12, 32)
    (reduce.scale, reduce.output_min, reduce.output_max) = (1.0 / 12, -128, 127)
    builder.instruction(CK_OP_REDUCE_S8, "mean", reduce, inputs: [padded], outputs: [mean])
    let square = tensor("square", [1, 32])
    var product = ck_binary_parameters()
    (product.kind, product.rank, product.a_scale, product.b_scale) = (CK_BINARY_MULTIPLY.rawValue, 2, 0.02, 0.02)
    (product.dims.0, product.dims.1, product.dims.2, product.dims.3, product.dims.4, product.dims.5) = (1, 32, 1, 1, 1, 1)
    (product.a_stride.1, product.b_stride.1, product.output_min, product.output_max) = (1, 1, -128, 127)
    builder.instruction(CK_OP_BINARY_S8, "square", product, inputs: [mean, mean], outputs: [square])
    let softmax = tensor("softmax", [1, 32])
    var parameters = ck_softmax_parameters()
    (parameters.rows, parameters.columns, parameters.output_scale_inverse, parameters.output_zero_point) = (1, 32, 256, -128)
    let exponent = builder.constant((0..<256).map { 1 / Float($0 + 1) })
    builder.instruction(CK_OP_SOFTMAX_S8, "softmax", parameters, inputs: [square], outputs: [softmax], constants: [exponent])
    let result = tensor("result", [1, 32], dtype: CK_DTYPE_F32)
    let dequantize = ck_quantize_parameters(count: 32, scale: 1.0 / 256, zero_point: -128)
    builder.instruction(CK_OP_DEQUANTIZE_S8_F32, "dequantize", dequantize, inputs: [softmax], outputs: [result])
    giveScratch()
    builder.program(
      "main", arena: Self.arenaBytes,
      bindings: [
        builder.binding(CK_BINDING_INPUT, "image", tensor: image, dims: [1, 6, 6, 4]),
        builder.binding(CK_BINDING_OUTPUT, "result", tensor: result, dims: [1, 32]),
        // Softmax hides differences; the convolutions' own bytes show them, in the layout of ONNX.
        builder.binding(CK_BINDING_OUTPUT, "depthwise", tensor: depthwise, dims: [1, 32, 6, 6], permutation: [0, 2, 3, 1]),
      ])
  }

  private mutating func tensor(_ name: String, _ dims: [Int], dtype: ck_dtype = CK_DTYPE_S8) -> UInt32 {
    let index = builder.tensor(name, dims, at: next, dtype: dtype)
    next += (Int(builder.tensors[Int(index)].bytes) + 15) / 16 * 16
    return index
  }

  private mutating func conv(
    _ opcode: ck_opcode, _ name: String, _ input: UInt32, _ output: UInt32, _ layout: ck_weight_layout, inC: UInt32, outC: UInt32,
    groups: UInt32, weights: Int
  ) {
    var p = ck_conv2d_parameters()
    (p.batch, p.in_h, p.in_w, p.in_c, p.out_h, p.out_w, p.out_c) = (1, 6, 6, inC, 6, 6, outC)
    (p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.dilation_h, p.dilation_w) = (3, 3, 1, 1, 1, 1)
    (p.pad_top, p.pad_left, p.groups, p.weight_layout) = (1, 1, groups, layout.rawValue)
    (p.output_min, p.output_max) = (-128, 127)
    let padded = layout == CK_LAYOUT_CONV_TAP_C4X16 ? groups * ((outC / groups + 15) / 16 * 16) : (outC + 15) / 16 * 16
    let scales = (0..<Int(padded)).map { $0 < Int(outC) ? Float(0.01) : 0 }
    // Every layout is panels of quads of 16 channels x 4 bytes; bytes past the last input channel or kernel row are zero.
    var packed = [Int8](repeating: 0, count: weights)
    var sums = [Int32](repeating: 0, count: Int(padded))
    let panelBytes = weights / (Int(padded) / 16)
    for index in 0..<weights {
      let (quad, channel, byte) = (index / 64, index % 64 / 4, index % 4)
      let isPadding: Bool
      switch layout {
      case CK_LAYOUT_CONV_TAP_C4X16: isPadding = quad % 3 * 4 + byte >= Int(inC / groups)
      case CK_LAYOUT_DEPTHWISE_QUAD: isPadding = byte == 3
      default: isPadding = false
      }
      guard !isPadding else { continue }
      packed[index] = Int8(truncatingIfNeeded: (index * 37 + quad * 11) % 23 - 11)
      sums[index / panelBytes * 16 + channel] += Int32(packed[index])
    }
    let constants = [
      builder.constant(packed), builder.constant([Int32](repeating: 0, count: Int(padded))), builder.constant(sums),
      builder.constant(scales),
    ]
    builder.instruction(opcode, name, p, inputs: [input], outputs: [output], constants: constants)
  }

  private mutating func pool(_ input: UInt32, _ output: UInt32) {
    var p = ck_pool_parameters()
    (p.kind, p.batch, p.in_h, p.in_w, p.channels, p.out_h, p.out_w) = (CK_POOL_MAX.rawValue, 1, 6, 6, 32, 3, 3)
    (p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.dilation_h, p.dilation_w) = (2, 2, 2, 2, 1, 1)
    (p.scale, p.output_min, p.output_max) = (1, -128, 127)
    builder.instruction(CK_OP_POOL_S8, "pool", p, inputs: [input], outputs: [output])
  }

  /// What each operator asks for, after the tensors.
  private mutating func giveScratch() {
    let start = (next + 63) / 64 * 64
    for index in builder.instructions.indices {
      var instruction = builder.instructions[index]
      guard let operation = ck_find_operator(ck_default_table(), instruction.opcode), let scratch = operation.pointee.scratch else {
        continue
      }
      instruction.scratch_bytes = scratch(&instruction)
      instruction.scratch_offset = instruction.scratch_bytes > 0 ? UInt64(start) : 0
      builder.instructions[index] = instruction
    }
  }
}
