import CKernels

/// A weighted layer of a real net, by the shape alone.
struct Layer {
  enum Shape {
    case gemm(m: Int, k: Int, n: Int)
    /// NHWC, batch 1, padded so that the output has ceil(size / stride) pixels.
    case convolution(height: Int, width: Int, channels: Int, outputs: Int, kernel: (height: Int, width: Int), stride: Int)
    case depthwise(height: Int, width: Int, channels: Int)
  }

  var name: String
  var shape: Shape

  private static func gemm(_ m: Int, _ k: Int, _ n: Int) -> Layer {
    Layer(name: "gemm \(m)x\(k)->\(n)", shape: .gemm(m: m, k: k, n: n))
  }
  private static func convolution(
    _ height: Int, _ width: Int, _ channels: Int, to outputs: Int, kernel: (height: Int, width: Int) = (3, 3), stride: Int = 1
  ) -> Layer {
    Layer(
      name: "conv \(kernel.height)x\(kernel.width) \(height)x\(width)x\(channels)->\(outputs)",
      shape: .convolution(height: height, width: width, channels: channels, outputs: outputs, kernel: kernel, stride: stride))
  }
  private static func depthwise(_ height: Int, _ width: Int, _ channels: Int) -> Layer {
    Layer(name: "depthwise 3x3 \(height)x\(width)x\(channels)", shape: .depthwise(height: height, width: width, channels: channels))
  }

  /// Keyword spotting (125 pixels), visual wake words (2304 to 9 pixels), image classification (3x3), anomaly detection (1x640).
  static let ofRealNets = [
    gemm(125, 64, 64), gemm(2304, 8, 16), gemm(576, 16, 32), gemm(144, 64, 64), gemm(36, 128, 128), gemm(9, 256, 256), gemm(1, 640, 128),
    convolution(32, 32, 16, to: 16), convolution(16, 16, 32, to: 32), convolution(8, 8, 64, to: 64),
    convolution(49, 10, 1, to: 64, kernel: (10, 4), stride: 2), convolution(96, 96, 3, to: 8, stride: 2),
    depthwise(25, 5, 64), depthwise(48, 48, 8), depthwise(24, 24, 32), depthwise(12, 12, 64),
  ]
}

/// A layer as an instruction: operator, parameters, and how its weights are packed into blocks of 16 channels x 4 inputs.
struct Recipe {
  var op: ck_operator
  var instruction = ck_instruction()
  var inputBytes: Int
  var outputBytes: Int
  var outputs: Int
  var blocks: Int
  /// Inputs that one output sums.
  var taps: Int
  /// Whether a byte of a block meets an input; the others are padding, and zero.
  var isWeight: (_ block: Int, _ byte: Int) -> Bool
  var macs: Int { outputBytes * taps }

  init(_ layer: Layer) {
    switch layer.shape {
    case .gemm(let m, let k, let n):
      let parameters = ck_gemm_parameters(
        m: UInt32(m), n: UInt32(n), k: UInt32(k), weight_layout: CK_LAYOUT_GEMM_C4X16.rawValue, input_zero_point: -3,
        weight_zero_point: 0, output_zero_point: -128, output_min: -128, output_max: 127, float_min: 0, float_max: 0)
      self.init(ck_operator_gemm_s8, parameters, inputBytes: m * k, outputBytes: m * n, outputs: n, blocks: (k + 3) / 4, taps: k) {
        $0 * 4 + $1 < k
      }
    case .convolution(let height, let width, let channels, let outputs, let kernel, let stride):
      let (line, quads) = (kernel.width * channels, (kernel.width * channels + 3) / 4)
      var parameters = Self.image(height, width, channels, outputs, kernel, stride)
      parameters.groups = 1
      parameters.weight_layout = CK_LAYOUT_CONV_ROW_C4X16.rawValue
      self.init(
        ck_operator_conv2d_s8, parameters, inputBytes: height * width * channels,
        outputBytes: Int(parameters.out_h * parameters.out_w) * outputs, outputs: outputs, blocks: kernel.height * quads,
        taps: kernel.height * line
      ) { $0 % quads * 4 + $1 < line }
    case .depthwise(let height, let width, let channels):
      var parameters = Self.image(height, width, channels, channels, (3, 3), 1)
      parameters.groups = UInt32(channels)
      parameters.weight_layout = CK_LAYOUT_DEPTHWISE_QUAD.rawValue
      self.init(
        ck_operator_dwconv2d_s8, parameters, inputBytes: height * width * channels, outputBytes: height * width * channels,
        outputs: channels, blocks: 3, taps: 9
      ) { $1 < 3 }
    }
  }

  private init<Parameters: BitwiseCopyable>(
    _ op: ck_operator, _ parameters: Parameters, inputBytes: Int, outputBytes: Int, outputs: Int, blocks: Int, taps: Int,
    isWeight: @escaping (Int, Int) -> Bool
  ) {
    (self.op, self.inputBytes, self.outputBytes, self.outputs) = (op, inputBytes, outputBytes, outputs)
    (self.blocks, self.taps, self.isWeight) = (blocks, taps, isWeight)
    (instruction.opcode, instruction.input_count, instruction.output_count, instruction.constant_count) = (op.opcode, 1, 1, 4)
    withUnsafeMutableBytes(of: &instruction.parameters) { $0.storeBytes(of: parameters, as: Parameters.self) }
    instruction.scratch_bytes = withUnsafePointer(to: instruction) { op.scratch($0) }
  }

  private static func image(
    _ height: Int, _ width: Int, _ channels: Int, _ outputs: Int, _ kernel: (height: Int, width: Int), _ stride: Int
  ) -> ck_conv2d_parameters {
    func padding(_ size: Int, _ kernel: Int) -> Int { max(0, ((size + stride - 1) / stride - 1) * stride + kernel - size) / 2 }
    var parameters = ck_conv2d_parameters()
    (parameters.batch, parameters.in_h, parameters.in_w, parameters.in_c) = (1, UInt32(height), UInt32(width), UInt32(channels))
    (parameters.out_h, parameters.out_w) = (UInt32((height + stride - 1) / stride), UInt32((width + stride - 1) / stride))
    parameters.out_c = UInt32(outputs)
    (parameters.kernel_h, parameters.kernel_w) = (UInt32(kernel.height), UInt32(kernel.width))
    (parameters.stride_h, parameters.stride_w) = (UInt32(stride), UInt32(stride))
    (parameters.dilation_h, parameters.dilation_w) = (1, 1)
    (parameters.pad_top, parameters.pad_left) = (UInt32(padding(height, kernel.height)), UInt32(padding(width, kernel.width)))
    (parameters.input_zero_point, parameters.output_zero_point) = (-3, -128)
    (parameters.output_min, parameters.output_max) = (-128, 127)
    return parameters
  }
}
