import CKernels
import Testing
import _TestSupport

@Suite struct ConvolutionTests {
  @Test func convolutionsMatchTheReference() {
    var runs = VariantRuns(ck_operator_conv2d_s8)
    var residuals = 0
    for seed: UInt64 in 0..<300 {
      var random = SeededRandom(seed: seed)
      let byRow = seed % 2 == 0
      var shape = ConvolutionShape.random(dilated: !byRow, maximumKernel: 4, using: &random)
      if byRow { shape.dilationHeight = 1 }
      shape.groups = byRow ? 1 : Int.random(in: 1...3, using: &random)
      shape.channels = shape.groups * Int.random(in: 1...9, using: &random)
      shape.outputs = shape.groups * Int.random(in: 1...(byRow ? 40 : 20), using: &random)
      let (kernelCase, reference) = shape.makeCase(
        ck_operator_conv2d_s8, layout: byRow ? CK_LAYOUT_CONV_ROW_C4X16 : CK_LAYOUT_CONV_TAP_C4X16, constantInput: seed % 11 == 0,
        using: &random)
      runs.run(kernelCase, expecting: reference, seed: seed)
      if let (adding, sums) = kernelCase.addingResidual(to: reference, at: convolutionResidual, using: &random) {
        runs.run(adding, expecting: sums, seed: seed)
        residuals += 1
      }
    }
    runs.report()
    #expect(residuals > 80)
  }

  @Test func depthwiseConvolutionsMatchTheReference() {
    var runs = VariantRuns(ck_operator_dwconv2d_s8)
    for seed: UInt64 in 1000..<1300 {
      var random = SeededRandom(seed: seed)
      var shape = ConvolutionShape.random(dilated: seed % 3 == 0, maximumKernel: 6, using: &random)
      let narrow = [4, 8, 16, 32, 24, 12]  // rows that are lines, segments of rows
      if seed % 2 == 0 { (shape.kernelHeight, shape.kernelWidth) = (min(shape.kernelHeight, 3), 3) }
      shape.channels = switch seed % 6 {
      case 0, 1: narrow[Int(seed / 6) % narrow.count]
      case 2: Int.random(in: 48...200, using: &random)
      default: Int.random(in: 1...40, using: &random)
      }
      shape.groups = shape.channels
      shape.outputs = shape.channels * (seed % 4 == 0 ? Int.random(in: 2...3, using: &random) : 1)
      let (kernelCase, reference) = shape.makeCase(
        ck_operator_dwconv2d_s8, layout: CK_LAYOUT_DEPTHWISE_QUAD, constantInput: seed % 11 == 0, using: &random)
      runs.run(kernelCase, expecting: reference, seed: seed)
    }
    runs.report()
  }

  /// A depthwise 3x3 layer with rows of at least 16 pixels runs in place: the ring has taken the rows that its output replaces.
  @Test func depthwiseRunsInPlace() {
    var random = SeededRandom(seed: 8)
    let shape = ConvolutionShape(
      batch: 2, height: 12, width: 16, channels: 5, outHeight: 12, outWidth: 16, outputs: 5, kernelHeight: 3, kernelWidth: 3, top: 1,
      left: 1, groups: 5)
    let (kernelCase, reference) = shape.makeCase(ck_operator_dwconv2d_s8, layout: CK_LAYOUT_DEPTHWISE_QUAD, using: &random)
    #expect(kernelCase.ahead == 0)
    #expect(kernelCase.run(distance: 0).output == reference)
  }

  /// `ahead` in closed form against the definition, row by row: max of bytes written (16 pixels of the image early) minus the first byte still unread.
  @Test func aheadIsTheDefinition() {
    for seed: UInt64 in 2000..<4000 {
      var random = SeededRandom(seed: seed)
      var shape = ConvolutionShape.random(dilated: true, maximumKernel: 5, using: &random)
      shape.batch = Int.random(in: 1...3, using: &random)
      shape.channels = Int.random(in: 1...3, using: &random)
      shape.outputs = Int.random(in: 1...9, using: &random)
      shape.outHeight = Int.random(in: 1...14, using: &random)
      let q = Quantization()
      let kernelCase = KernelCase(
        ck_operator_conv2d_s8, shape.parameters(q, layout: CK_LAYOUT_CONV_TAP_C4X16), inputs: [.s8([])], output: CK_DTYPE_S8, count: 0)
      let inRow = shape.width * shape.channels, outRow = shape.outWidth * shape.outputs
      let span = (shape.kernelHeight - 1) * shape.dilationHeight + 1
      var expected = 0
      for image in 0..<shape.batch {
        for row in 0..<shape.outHeight {
          let start = row * shape.strideHeight - shape.top
          var first = min(max(start + max(span, shape.strideHeight), 0), shape.height)
          if row == shape.outHeight - 1 { first = shape.height }
          if image * shape.height + first == shape.batch * shape.height { continue }
          let written = min((row + 1) * outRow + 16 * shape.outputs, shape.outHeight * outRow)
          expected = max(expected, image * shape.outHeight * outRow + written - (image * shape.height + first) * inRow)
        }
      }
      #expect(kernelCase.ahead == UInt64(expected), "seed \(seed), \(shape)")
    }
  }
}
