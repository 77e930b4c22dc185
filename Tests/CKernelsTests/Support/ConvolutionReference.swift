import CKernels
import _TestSupport

/// A convolution's sizes, weights in OHWI order (depthwise: [N][KH][KW]).
struct ConvolutionShape: CustomStringConvertible {
  var batch = 1, height = 1, width = 1, channels = 1
  var outHeight = 1, outWidth = 1, outputs = 1
  var kernelHeight = 1, kernelWidth = 1
  var strideHeight = 1, strideWidth = 1, dilationHeight = 1, dilationWidth = 1
  var top = 0, left = 0
  var groups = 1
  var groupChannels: Int { channels / groups }
  var taps: Int { kernelHeight * kernelWidth * groupChannels }
  var description: String {
    "[\(batch),\(height),\(width),\(channels)] -> [\(outHeight),\(outWidth),\(outputs)] kernel \(kernelHeight)x\(kernelWidth)"
      + " stride \(strideHeight)x\(strideWidth) dilation \(dilationHeight)x\(dilationWidth) pad \(top),\(left) groups \(groups)"
  }

  func parameters(_ q: Quantization, layout: ck_weight_layout) -> ck_conv2d_parameters {
    ck_conv2d_parameters(
      batch: UInt32(batch), in_h: UInt32(height), in_w: UInt32(width), in_c: UInt32(channels), out_h: UInt32(outHeight),
      out_w: UInt32(outWidth), out_c: UInt32(outputs), kernel_h: UInt32(kernelHeight), kernel_w: UInt32(kernelWidth),
      stride_h: UInt32(strideHeight), stride_w: UInt32(strideWidth), dilation_h: UInt32(dilationHeight),
      dilation_w: UInt32(dilationWidth), pad_top: UInt32(top), pad_left: UInt32(left), groups: UInt32(groups),
      weight_layout: layout.rawValue, input_zero_point: Int32(q.inputZeroPoint), weight_zero_point: Int32(q.weightZeroPoint),
      output_zero_point: Int32(q.outputZeroPoint), output_min: Int32(q.bounds.lowerBound), output_max: Int32(q.bounds.upperBound),
      float_min: q.floatBounds.lowerBound, float_max: q.floatBounds.upperBound)
  }

  /// Spatial sizes drawn at random; out-of-image rows and columns on every side, at times more than a window.
  static func random(dilated: Bool, maximumKernel: Int, using random: inout SeededRandom) -> ConvolutionShape {
    var shape = ConvolutionShape()
    shape.batch = Int.random(in: 1...2, using: &random)
    (shape.height, shape.outHeight, shape.kernelHeight, shape.strideHeight, shape.dilationHeight, shape.top) = axis(
      dilated, maximumKernel, &random)
    (shape.width, shape.outWidth, shape.kernelWidth, shape.strideWidth, shape.dilationWidth, shape.left) = axis(
      dilated, maximumKernel, &random)
    return shape
  }

  private static func axis(_ dilated: Bool, _ maximumKernel: Int, _ random: inout SeededRandom) -> (Int, Int, Int, Int, Int, Int) {
    while true {
      let size = Int.random(in: 1...10, using: &random), kernel = Int.random(in: 1...maximumKernel, using: &random)
      let stride = Int.random(in: 1...3, using: &random), dilation = dilated ? Int.random(in: 1...3, using: &random) : 1
      let before = Int.random(in: 0...kernel, using: &random), after = Int.random(in: 0...kernel, using: &random)
      let room = size + before + after - ((kernel - 1) * dilation + 1)
      if room >= 0 { return (size, room / stride + 1, kernel, stride, dilation, before) }
    }
  }

  /// The sum of one output's products in Int64; channel `n` of group n / (outputs / groups).
  func accumulate(
    _ x: [some BinaryInteger], _ w: [Int8], inputZeroPoint: Int = 0, weightZeroPoint: Int = 0, image: Int, y: Int, x column: Int, n: Int
  ) -> Int64 {
    let firstChannel = n / (outputs / groups) * groupChannels
    var sum: Int64 = 0
    for ky in 0..<kernelHeight {
      for kx in 0..<kernelWidth {
        let row = y * strideHeight + ky * dilationHeight - top, place = column * strideWidth + kx * dilationWidth - left
        guard (0..<height).contains(row), (0..<width).contains(place) else { continue }
        for c in 0..<groupChannels {
          let value = Int(x[((image * height + row) * width + place) * channels + firstChannel + c]) - inputZeroPoint
          let weight = Int(w[((n * kernelHeight + ky) * kernelWidth + kx) * groupChannels + c]) - weightZeroPoint
          sum += Int64(value * weight)
        }
      }
    }
    return sum
  }

  func reference(_ x: [Int8], _ w: [Int8], _ q: Quantization) -> [UInt8] {
    var output: [UInt8] = []
    for image in 0..<batch {
      for y in 0..<outHeight {
        for column in 0..<outWidth {
          for n in 0..<outputs {
            let sum = accumulate(
              x, w, inputZeroPoint: q.inputZeroPoint, weightZeroPoint: q.weightZeroPoint, image: image, y: y, x: column, n: n)
            output += q.output(sum + Int64(q.bias[n]), channel: n)
          }
        }
      }
    }
    return output
  }

  /// The case of a shape with random input and weights, and its output.
  func makeCase(
    _ op: ck_operator, layout: ck_weight_layout, constantInput: Bool = false, using random: inout SeededRandom
  ) -> (KernelCase, [UInt8]) {
    let q = Quantization.random(channels: outputs, terms: taps, using: &random)
    let lowest: Int8 = q.flags & Int(CK_FLAG_FULL_RANGE.rawValue) != 0 ? -128 : -127
    let x = randomS8(batch * height * width * channels, using: &random), w = randomS8(outputs * taps, lowest: lowest, using: &random)
    let isPerGroup = layout == CK_LAYOUT_CONV_TAP_C4X16
    let constants = weightedConstants(q, packed: pack(w, layout: layout), linear: w, groups: isPerGroup ? groups : 1)
    let kernelCase = KernelCase(
      op, parameters(q, layout: layout), inputs: [.s8(x, isConstant: constantInput)], output: q.isFloat ? CK_DTYPE_F32 : CK_DTYPE_S8,
      count: batch * outHeight * outWidth * outputs, constants: constants, flags: q.flags)
    return (kernelCase, reference(x, w, q))
  }

  func pack(_ w: [Int8], layout: ck_weight_layout) -> [Int8] {
    switch layout {
    case CK_LAYOUT_CONV_ROW_C4X16:
      let row = kernelWidth * channels, quads = (row + 3) / 4
      return packPanels(channels: outputs, blocks: kernelHeight * quads) { n, block, byte in
        let i = block % quads * 4 + byte
        return i < row ? w[(n * kernelHeight + block / quads) * row + i] : nil
      }
    case CK_LAYOUT_CONV_TAP_C4X16:
      let quads = (groupChannels + 3) / 4, groupOutputs = outputs / groups
      return (0..<groups).flatMap { group in
        packPanels(channels: groupOutputs, blocks: kernelHeight * kernelWidth * quads) { n, block, byte in
          let c = block % quads * 4 + byte
          let tap = (group * groupOutputs + n) * kernelHeight * kernelWidth + block / quads
          return c < groupChannels ? w[tap * groupChannels + c] : nil
        }
      }
    default:
      return packPanels(channels: outputs, blocks: (kernelHeight + 3) / 4 * kernelWidth) { n, block, byte in
        let ky = block / kernelWidth * 4 + byte
        return ky < kernelHeight ? w[(n * kernelHeight + ky) * kernelWidth + block % kernelWidth] : nil
      }
    }
  }
}
