import CKernels

/// Layers with weights, packed into blocks of 16 channels x 4 inputs.
extension Recipe {
  static func gemm(_ m: Int, _ k: Int, _ n: Int, _ random: inout Bytes) -> Recipe {
    let parameters = ck_gemm_parameters(
      m: UInt32(m), n: UInt32(n), k: UInt32(k), weight_layout: CK_LAYOUT_GEMM_C4X16.rawValue, input_zero_point: -3,
      weight_zero_point: 0, output_zero_point: -128, output_min: -128, output_max: 127, float_min: 0, float_max: 0)
    return Recipe(
      ck_operator_gemm_s8, parameters, inputs: [random.activations(m * k)], output: .int8(m * n),
      constants: weights(&random, outputs: n, blocks: (k + 3) / 4, taps: k) { $0 * 4 + $1 < k }, work: .multiplyAccumulates(m * n * k))
  }

  static func convolution(
    _ image: (height: Int, width: Int, channels: Int), _ outputs: Int, _ kernel: (height: Int, width: Int), _ stride: Int,
    _ random: inout Bytes
  ) -> Recipe {
    let (line, quads) = (kernel.width * image.channels, (kernel.width * image.channels + 3) / 4)
    var parameters = Self.parameters(image, outputs, kernel, stride)
    parameters.groups = 1
    parameters.weight_layout = CK_LAYOUT_CONV_ROW_C4X16.rawValue
    let (count, taps) = (Int(parameters.out_h * parameters.out_w) * outputs, kernel.height * line)
    return Recipe(
      ck_operator_conv2d_s8, parameters, inputs: [random.activations(image.height * image.width * image.channels)], output: .int8(count),
      constants: weights(&random, outputs: outputs, blocks: kernel.height * quads, taps: taps) { $0 % quads * 4 + $1 < line },
      work: .multiplyAccumulates(count * taps))
  }

  static func depthwise(_ image: (height: Int, width: Int, channels: Int), _ random: inout Bytes) -> Recipe {
    var parameters = Self.parameters(image, image.channels, (3, 3), 1)
    parameters.groups = UInt32(image.channels)
    parameters.weight_layout = CK_LAYOUT_DEPTHWISE_QUAD.rawValue
    let count = image.height * image.width * image.channels
    return Recipe(
      ck_operator_dwconv2d_s8, parameters, inputs: [random.activations(count)], output: .int8(count),
      constants: weights(&random, outputs: image.channels, blocks: 3, taps: 9) { $1 < 3 }, work: .multiplyAccumulates(count * 9))
  }

  /// Weights, bias, sums of weights and scales. `isWeight`: whether a byte of a block meets an input; the others are padding, and zero.
  private static func weights(
    _ random: inout Bytes, outputs: Int, blocks: Int, taps: Int, isWeight: (_ block: Int, _ byte: Int) -> Bool
  ) -> [[UInt8]] {
    let channels = (outputs + 15) / 16 * 16
    var weights = [Int8](repeating: 0, count: channels * blocks * 4)
    var sums = [Int32](repeating: 0, count: channels)
    for channel in 0..<outputs {
      for block in 0..<blocks {
        for byte in 0..<4 where isWeight(block, byte) {
          let weight = random.next()
          weights[((channel / 16 * blocks + block) * 16 + channel % 16) * 4 + byte] = weight
          sums[channel] += Int32(weight)
        }
      }
    }
    let bias = [Int32](repeating: 100, count: channels)
    // Sums spread over the output's range, as a calibrated net's do.
    let scale = [Float](repeating: 1 / Float(taps).squareRoot() / 80, count: channels)
    return [byteArray(weights), byteArray(bias), byteArray(sums), byteArray(scale)]
  }

  private static func parameters(
    _ image: (height: Int, width: Int, channels: Int), _ outputs: Int, _ kernel: (height: Int, width: Int), _ stride: Int
  ) -> ck_conv2d_parameters {
    func padding(_ size: Int, _ kernel: Int) -> Int { max(0, ((size + stride - 1) / stride - 1) * stride + kernel - size) / 2 }
    var parameters = ck_conv2d_parameters()
    (parameters.batch, parameters.in_c, parameters.out_c) = (1, UInt32(image.channels), UInt32(outputs))
    (parameters.in_h, parameters.in_w) = (UInt32(image.height), UInt32(image.width))
    (parameters.out_h, parameters.out_w) = (UInt32((image.height + stride - 1) / stride), UInt32((image.width + stride - 1) / stride))
    (parameters.kernel_h, parameters.kernel_w) = (UInt32(kernel.height), UInt32(kernel.width))
    (parameters.stride_h, parameters.stride_w) = (UInt32(stride), UInt32(stride))
    (parameters.dilation_h, parameters.dilation_w) = (1, 1)
    (parameters.pad_top, parameters.pad_left) = (UInt32(padding(image.height, kernel.height)), UInt32(padding(image.width, kernel.width)))
    (parameters.input_zero_point, parameters.output_zero_point) = (-3, -128)
    (parameters.output_min, parameters.output_max) = (-128, 127)
    return parameters
  }
}
