import CKernels

/// Layers without weights; their work counts elements of the larger side.
extension Recipe {
  static func pool(
    _ kind: ck_pool_kind, _ image: (height: Int, width: Int, channels: Int), _ kernel: Int, _ stride: Int, _ random: inout Bytes
  ) -> Recipe {
    var parameters = ck_pool_parameters()
    (parameters.kind, parameters.batch, parameters.channels) = (kind.rawValue, 1, UInt32(image.channels))
    (parameters.in_h, parameters.in_w) = (UInt32(image.height), UInt32(image.width))
    let (rows, columns) = ((image.height - kernel) / stride + 1, (image.width - kernel) / stride + 1)
    (parameters.out_h, parameters.out_w) = (UInt32(rows), UInt32(columns))
    (parameters.kernel_h, parameters.kernel_w) = (UInt32(kernel), UInt32(kernel))
    (parameters.stride_h, parameters.stride_w) = (UInt32(stride), UInt32(stride))
    (parameters.dilation_h, parameters.dilation_w) = (1, 1)
    (parameters.scale, parameters.output_min, parameters.output_max) = (1, -128, 127)
    let count = image.height * image.width * image.channels
    return Recipe(
      ck_operator_pool_s8, parameters, inputs: [random.activations(count)], output: .int8(rows * columns * image.channels),
      work: .elements(count))
  }

  static func mean(_ pixels: Int, _ channels: Int, _ random: inout Bytes) -> Recipe {
    var parameters = ck_reduce_parameters()
    (parameters.kind, parameters.outer, parameters.axis) = (CK_REDUCE_MEAN.rawValue, 1, UInt32(pixels))
    (parameters.inner, parameters.scale) = (UInt32(channels), 1 / Float(pixels))
    (parameters.output_min, parameters.output_max) = (-128, 127)
    return Recipe(
      ck_operator_reduce_s8, parameters, inputs: [random.activations(pixels * channels)], output: .int8(channels),
      work: .elements(pixels * channels))
  }

  static func add(_ count: Int, _ random: inout Bytes) -> Recipe {
    var parameters = ck_binary_parameters()
    (parameters.kind, parameters.rank, parameters.dims) = (CK_BINARY_ADD.rawValue, 1, (UInt32(count), 1, 1, 1, 1, 1))
    (parameters.a_stride.0, parameters.b_stride.0) = (1, 1)
    (parameters.a_scale, parameters.b_scale, parameters.b_zero_point) = (0.7, 0.4, 5)
    (parameters.output_min, parameters.output_max) = (-128, 127)
    (parameters.float_min, parameters.float_max) = (-.infinity, .infinity)
    return Recipe(
      ck_operator_binary_s8, parameters, inputs: [random.activations(count), random.activations(count)], output: .int8(count),
      work: .elements(count))
  }

  static func table(_ count: Int, _ random: inout Bytes) -> Recipe {
    Recipe(
      ck_operator_table_s8, ck_table_parameters(count: UInt64(count)), inputs: [random.activations(count)], output: .int8(count),
      constants: [(0..<256).map { _ in UInt8(bitPattern: random.next()) }], work: .elements(count))
  }

  static func softmax(_ rows: Int, _ columns: Int, _ random: inout Bytes) -> Recipe {
    // exp(-d / 16) by repeated products.
    var exponents: [Float] = [1]
    while exponents.count < 256 { exponents.append(exponents[exponents.count - 1] * 0.939_413_06) }
    let parameters = ck_softmax_parameters(
      rows: UInt32(rows), columns: UInt32(columns), output_scale_inverse: 256, output_zero_point: -128)
    return Recipe(
      ck_operator_softmax_s8, parameters, inputs: [random.activations(rows * columns)], output: .int8(rows * columns),
      constants: [byteArray(exponents)], work: .elements(rows * columns))
  }

  static func quantize(_ count: Int, _ random: inout Bytes) -> Recipe {
    let values = (0..<count).map { _ in Float(random.next()) / 50 }
    return Recipe(
      ck_operator_quantize_f32_s8, ck_quantize_parameters(count: UInt64(count), scale: 48, zero_point: 3), inputs: [.floats(values)],
      output: .int8(count), work: .elements(count))
  }

  static func dequantize(_ count: Int, _ random: inout Bytes) -> Recipe {
    Recipe(
      ck_operator_dequantize_s8_f32, ck_quantize_parameters(count: UInt64(count), scale: 0.02, zero_point: 3),
      inputs: [random.activations(count)], output: .floats([Float](repeating: 0, count: count)), work: .elements(count))
  }
}
