import Testing
import _TestSupport

@preconcurrency import CKernels

/// Convolution, depthwise convolution and matrix product against plain sums in Double.
@Suite struct FloatLayerTests {
  @Test(arguments: [false, true]) func gemmMatchesPlainSums(fast: Bool) {
    for seed in 0..<120 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let (m, n, k) = (random.size(1...(seed % 3 == 0 ? 40 : 6)), random.size(1...70), random.size(1...150))
      let limits = seed % 2 == 0 ? (Float(-1.5), Float.infinity) : (-Float.infinity, Float(2))
      let (x, weight, bias) = (random.floats(m * k), random.floats(n * k), random.floats(n))
      var expected: [Double] = [], size: [Double] = []
      for i in 0..<m {
        for j in 0..<n {
          let products = (0..<k).map { Double(x[i * k + $0]) * Double(weight[j * k + $0]) }
          expected.append(clamp(products.reduce(Double(bias[j]), +), limits))
          size.append(products.reduce(2) { $0 + abs($1) })
        }
      }
      var p = ck_gemm_parameters()
      (p.m, p.n, p.k) = (UInt32(m), UInt32(n), UInt32(k))
      (p.float_min, p.float_max) = limits
      let call = FloatCall(ck_operator_gemm_f32, p, inputs: [x], outputCount: m * n, constants: [weight, bias], fast: fast)
      verify(call, expected, size, exactSplit: !fast, &random, "seed \(seed): \(m)x\(n)x\(k)")
    }
  }

  @Test(arguments: [false, true]) func convolutionMatchesPlainSums(fast: Bool) {
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let groups = seed % 3 == 0 ? random.size(1...4) : 1
      guard var p = geometry(&random, pointwise: seed % 5 == 0) else { continue }
      p.in_c = UInt32(groups * random.size(1...(seed % 7 == 0 ? 40 : 9)))
      p.out_c = UInt32(groups * random.size(1...20))
      p.groups = UInt32(groups)
      verify(ck_operator_conv2d_f32, p, fast: fast, exactSplit: !fast, &random, seed)
    }
  }

  @Test(arguments: [false, true]) func depthwiseConvolutionMatchesPlainSums(fast: Bool) {
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      guard var p = geometry(&random, pointwise: false) else { continue }
      p.in_c = UInt32(random.size(1...40))
      p.out_c = p.in_c * UInt32(seed % 3 == 0 ? random.size(2...5) : 1)
      p.groups = p.in_c
      verify(ck_operator_dwconv2d_f32, p, fast: fast, exactSplit: true, &random, seed)
    }
  }

  /// Bands of windows: more pixels than fit into the scratch of one band, and windows larger than a band.
  @Test func convolutionInManyBandsMatchesPlainSums() {
    for (seed, size, channels) in [(1 as UInt64, 24, 90), (2, 3, 8000)] {
      var random = SeededRandom(seed: seed)
      var p = ck_conv2d_parameters()
      (p.batch, p.in_h, p.in_w, p.in_c) = (2, UInt32(size), UInt32(size), UInt32(channels))
      (p.out_h, p.out_w, p.out_c, p.groups) = (UInt32(size), UInt32(size), 3, 1)
      (p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.dilation_h, p.dilation_w, p.pad_top, p.pad_left) = (3, 3, 1, 1, 1, 1, 1, 1)
      (p.float_min, p.float_max) = (-.infinity, .infinity)
      verify(ck_operator_conv2d_f32, p, fast: true, exactSplit: false, &random, seed)
    }
  }

  @Test func nothingIsFusedIntoNaN() {
    var p = ck_gemm_parameters()
    (p.m, p.n, p.k, p.float_min, p.float_max) = (1, 2, 3, 0, 6)
    for fast in [false, true] {
      let call = FloatCall(
        ck_operator_gemm_f32, p, inputs: [[1, .nan, 1]], outputCount: 2, constants: [[Float](repeating: 1, count: 6), [0, 0]], fast: fast)
      #expect(call.run()?.allSatisfy(\.isNaN) == true)
    }
  }

  private func clamp(_ value: Double, _ limits: (Float, Float)) -> Double { min(max(value, Double(limits.0)), Double(limits.1)) }

  private func verify(
    _ call: FloatCall, _ expected: [Double], _ size: [Double], exactSplit: Bool, _ random: inout SeededRandom, _ label: String
  ) {
    guard let output = call.run() else {
      Issue.record("\(label): refused, status \(call.check().status) at byte \(call.check().offset)")
      return
    }
    let worst = worstError(output, expected) { 2e-6 * size[$0] }
    #expect(worst <= 1, "\(label): \(worst) times the tolerance")
    let split = call.run { rows, panels in random.pieces(rows, panels) } ?? []
    if exactSplit {
      #expect(split.map(\.bitPattern) == output.map(\.bitPattern), "\(label): other bytes in pieces")
    } else {
      #expect(worstError(split, expected) { 2e-6 * size[$0] } <= 1, "\(label): wrong in pieces")
    }
  }

  /// Everything but channels and groups; nil where no output would be left.
  private func geometry(_ random: inout SeededRandom, pointwise: Bool) -> ck_conv2d_parameters? {
    var p = ck_conv2d_parameters()
    (p.batch, p.in_h, p.in_w) = (UInt32(random.size(1...2)), UInt32(random.size(1...9)), UInt32(random.size(1...9)))
    func axis(_ input: UInt32) -> (kernel: Int, stride: Int, dilation: Int, pad: Int, out: Int) {
      if pointwise { return (1, 1, 1, 0, Int(input)) }
      let (kernel, stride, dilation) = (random.size(1...4), random.size(1...3), random.size(1...3))
      let span = (kernel - 1) * dilation + 1, pad = random.size(0...span)
      let padded = Int(input) + pad + random.size(0...span)
      return (kernel, stride, dilation, pad, padded < span ? 0 : (padded - span) / stride + 1)
    }
    let (y, x) = (axis(p.in_h), axis(p.in_w))
    guard y.out > 0, x.out > 0 else { return nil }
    (p.kernel_h, p.stride_h, p.dilation_h, p.pad_top, p.out_h) =
      (UInt32(y.kernel), UInt32(y.stride), UInt32(y.dilation), UInt32(y.pad), UInt32(y.out))
    (p.kernel_w, p.stride_w, p.dilation_w, p.pad_left, p.out_w) =
      (UInt32(x.kernel), UInt32(x.stride), UInt32(x.dilation), UInt32(x.pad), UInt32(x.out))
    (p.float_min, p.float_max) = Bool.random(using: &random) ? (0, 6) : (-.infinity, .infinity)
    return p
  }

  private func verify(
    _ operation: ck_operator, _ p: ck_conv2d_parameters, fast: Bool, exactSplit: Bool, _ random: inout SeededRandom, _ seed: UInt64
  ) {
    let depthwise = operation.opcode == ck_operator_dwconv2d_f32.opcode
    let (batch, height, width, channels) = (Int(p.batch), Int(p.in_h), Int(p.in_w), Int(p.in_c))
    let (outHeight, outWidth, outputs, groups) = (Int(p.out_h), Int(p.out_w), Int(p.out_c), Int(p.groups))
    let (taps, kernelWidth, perGroup) = (Int(p.kernel_h * p.kernel_w), Int(p.kernel_w), channels / groups)
    let x = random.floats(batch * height * width * channels)
    let weight = random.floats(outputs * taps * (depthwise ? 1 : perGroup)), bias = random.floats(outputs)
    var expected: [Double] = [], size: [Double] = []
    for b in 0..<batch {
      for oy in 0..<outHeight {
        for ox in 0..<outWidth {
          for n in 0..<outputs {
            var (sum, magnitude) = (Double(bias[n]), 2.0)
            for tap in 0..<taps {
              let iy = oy * Int(p.stride_h) - Int(p.pad_top) + tap / kernelWidth * Int(p.dilation_h)
              let ix = ox * Int(p.stride_w) - Int(p.pad_left) + tap % kernelWidth * Int(p.dilation_w)
              guard (0..<height).contains(iy), (0..<width).contains(ix) else { continue }
              let pixel = ((b * height + iy) * width + ix) * channels + n / (outputs / groups) * perGroup
              for c in 0..<perGroup {
                let w = depthwise ? weight[tap * outputs + n] : weight[(n * taps + tap) * perGroup + c]
                sum += Double(x[pixel + c]) * Double(w)
                magnitude += abs(Double(x[pixel + c]) * Double(w))
              }
            }
            expected.append(clamp(sum, (p.float_min, p.float_max)))
            size.append(magnitude)
          }
        }
      }
    }
    let call = FloatCall(operation, p, inputs: [x], outputCount: expected.count, constants: [weight, bias], fast: fast)
    verify(call, expected, size, exactSplit: exactSplit, &random, "seed \(seed): \(p)")
  }
}
