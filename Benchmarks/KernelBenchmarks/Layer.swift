import CKernels

/// A layer of a real net, by the shape alone.
struct Layer {
  enum Shape {
    case gemm(m: Int, k: Int, n: Int)
    /// NHWC, batch 1, padded so that the output has ceil(size / stride) pixels.
    case convolution(height: Int, width: Int, channels: Int, outputs: Int, kernel: (height: Int, width: Int), stride: Int)
    case depthwise(height: Int, width: Int, channels: Int)
    case pool(ck_pool_kind, height: Int, width: Int, channels: Int, kernel: Int, stride: Int)
    case mean(pixels: Int, channels: Int)
    case add(count: Int)
    case table(count: Int)
    case softmax(rows: Int, columns: Int)
    case quantize(count: Int)
    case dequantize(count: Int)
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

  private static func pool(_ kind: ck_pool_kind, _ height: Int, _ width: Int, _ channels: Int, _ kernel: Int, stride: Int) -> Layer {
    Layer(
      name: "\(kind == CK_POOL_MAX ? "max" : "average") pool \(kernel)x\(kernel) \(height)x\(width)x\(channels)",
      shape: .pool(kind, height: height, width: width, channels: channels, kernel: kernel, stride: stride))
  }

  /// Keyword spotting (125 pixels), visual wake words (2304 to 9 pixels), image classification (3x3), anomaly detection (1x640).
  static let ofRealNets = [
    gemm(125, 64, 64), gemm(2304, 8, 16), gemm(576, 16, 32), gemm(144, 64, 64), gemm(36, 128, 128), gemm(9, 256, 256), gemm(1, 640, 128),
    gemm(256, 1024, 256), gemm(3136, 64, 576),
    convolution(32, 32, 16, to: 16), convolution(16, 16, 32, to: 32), convolution(8, 8, 64, to: 64),
    convolution(49, 10, 1, to: 64, kernel: (10, 4), stride: 2), convolution(96, 96, 3, to: 8, stride: 2),
    convolution(32, 32, 3, to: 16), convolution(28, 28, 1, to: 6, kernel: (5, 5)),
    convolution(32, 32, 16, to: 32, kernel: (1, 1), stride: 2),
    depthwise(25, 5, 64), depthwise(48, 48, 8), depthwise(24, 24, 32), depthwise(12, 12, 64),
    // The 20@5x5 net, SqueezeNet and image classification; the residual adds and hard-swish tables of MobileNets; classifiers and attention.
    pool(CK_POOL_MAX, 24, 24, 20, 2, stride: 2), pool(CK_POOL_MAX, 55, 55, 64, 3, stride: 2), pool(CK_POOL_AVERAGE, 8, 8, 64, 8, stride: 8),
    Layer(name: "mean 49x1024", shape: .mean(pixels: 49, channels: 1024)), Layer(name: "add 16384", shape: .add(count: 16_384)),
    Layer(name: "table 16384", shape: .table(count: 16_384)), Layer(name: "softmax 1x12", shape: .softmax(rows: 1, columns: 12)),
    Layer(name: "softmax 128x64", shape: .softmax(rows: 128, columns: 64)),
    Layer(name: "quantize 27648", shape: .quantize(count: 27_648)), Layer(name: "dequantize 27648", shape: .dequantize(count: 27_648)),
  ]
}

