import ModelGraph

/// Tags of the union BuiltinOptions in schema.fbs, for the tables that are read here.
enum TFLiteOptionsKind: Int {
  case conv2D = 1, depthwiseConv2D = 2, pool2D = 5, fullyConnected = 8, softmax = 9, concatenation = 10, add = 11
  case l2Norm = 12, localResponseNormalization = 13
  case reshape = 17, spaceToDepth = 19, mul = 21, gather = 23, reducer = 27, sub = 28, div = 29, squeeze = 30
  case stridedSlice = 32, split = 35, shape = 55, pack = 59, oneHot = 61, unpack = 64, leakyRelu = 75, mirrorPad = 77, splitV = 79
  case depthToSpace = 94, batchMatMul = 101, cumulativeSum = 102, gelu = 116
  case resizeBilinear = 15, transposeConv = 49, resizeNearestNeighbor = 74, conv3D = 106
  case fakeQuant = 58, reverseSequence = 87, branch = 92, loop = 93, callOnce = 103, varHandle = 111, bucketize = 115
}

/// enum ActivationFunctionType.
enum TFLiteActivation: Equatable {
  case clamp(ClampRange)
  case tanh
  case unknown(Int)

  init(code: Int8) {
    switch code {
    case 0: self = .clamp(.none)
    case 1: self = .clamp(.relu)
    case 2: self = .clamp(ClampRange(lower: -1, upper: 1))
    case 3: self = .clamp(ClampRange(lower: 0, upper: 6))
    case 4: self = .tanh
    default: self = .unknown(Int(code))
    }
  }
}

/// Stride, dilation and padding of a sliding window.
struct TFLiteWindow {
  var isSame: Bool
  var strides: Size2D
  var dilations = Size2D(1, 1)

  /// The padding of an image. SAME gives ceil(size / stride) outputs and puts an odd row or column at the bottom or right.
  /// - Throws: a message where an attribute is out of range.
  func padding(image: Size2D, kernel: Size2D) throws(ShapeError) -> Padding2D {
    let limit = Int(Int32.max)
    for attribute in [strides.height, strides.width, dilations.height, dilations.width, kernel.height, kernel.width]
    where !(1...limit).contains(attribute) {
      throw ShapeError(
        "kernel \(kernel.height)x\(kernel.width), strides \(strides.height)x\(strides.width) and dilations "
          + "\(dilations.height)x\(dilations.width) must be at least 1")
    }
    guard isSame else { return Padding2D() }
    let rows = Self.samePadding(image.height, kernel.height, strides.height, dilations.height)
    let columns = Self.samePadding(image.width, kernel.width, strides.width, dilations.width)
    return Padding2D(top: rows.before, left: columns.before, bottom: rows.after, right: columns.after)
  }

  private static func samePadding(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> (before: Int, after: Int) {
    guard size > 0 else { return (0, 0) }
    let reach = (kernel - 1) * dilation + 1
    let count = (size - 1) / stride + 1
    let total = max(0, (count - 1) * stride + reach - size)
    return (total / 2, total - total / 2)
  }
}
