import Foundation
import Testing
import _TestSupport

@preconcurrency import CKernels

/// Pooling, reduction, broadcasting and softmax against plain Double references.
@Suite struct FloatElementTests {
  @Test func poolMatchesPlainWindows() {
    var compared = 0
    for seed in 0..<500 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var p = ck_pool_parameters()
      p.kind = UInt32(seed % 2)
      (p.batch, p.in_h, p.in_w) = (UInt32(random.size(1...2)), UInt32(random.size(1...9)), UInt32(random.size(1...9)))
      p.channels = UInt32(random.size(1...36))
      func axis(_ input: UInt32) -> (kernel: Int, stride: Int, dilation: Int, pad: Int, end: Int, out: Int) {
        let (kernel, stride) = (random.size(1...4), random.size(1...3))
        let dilation = random.size(1...min(2, Int(input)))  // a wider step is refused: some window might miss the image
        let span = (kernel - 1) * dilation + 1, pad = random.size(0...max(0, span - 1)), end = random.size(0...2)
        let padded = Int(input) + pad + end + random.size(0...1)
        return (kernel, stride, dilation, pad, end, padded < span ? 0 : (padded - span) / stride + 1)
      }
      let (y, x) = (axis(p.in_h), axis(p.in_w))
      (p.kernel_h, p.stride_h, p.dilation_h, p.pad_top, p.pad_bottom) =
        (UInt32(y.kernel), UInt32(y.stride), UInt32(y.dilation), UInt32(y.pad), UInt32(y.end))
      (p.kernel_w, p.stride_w, p.dilation_w, p.pad_left, p.pad_right) =
        (UInt32(x.kernel), UInt32(x.stride), UInt32(x.dilation), UInt32(x.pad), UInt32(x.end))
      (p.out_h, p.out_w, p.count_includes_pad) = (UInt32(y.out), UInt32(x.out), UInt32(seed / 2 % 2))
      (p.float_min, p.float_max) = seed % 5 == 0 ? (0, 1) : (-.infinity, .infinity)
      let (height, width, channels) = (Int(p.in_h), Int(p.in_w), Int(p.channels))
      let input = random.floats(Int(p.batch) * height * width * channels)
      var expected: [Double] = [], emptyWindow = y.out == 0 || x.out == 0
      for b in 0..<Int(p.batch) {
        for oy in 0..<y.out {
          for ox in 0..<x.out {
            for c in 0..<channels {
              var values: [Double] = [], padded = 0
              for ky in 0..<y.kernel {
                for kx in 0..<x.kernel {
                  let iy = oy * y.stride - y.pad + ky * y.dilation, ix = ox * x.stride - x.pad + kx * x.dilation
                  if (0..<height).contains(iy), (0..<width).contains(ix) {
                    values.append(Double(input[((b * height + iy) * width + ix) * channels + c]))
                  }
                  if iy < height + y.end, ix < width + x.end { padded += 1 }
                }
              }
              if values.isEmpty { emptyWindow = true }
              let count = p.count_includes_pad == 1 ? padded : values.count
              let value = p.kind == 0 ? values.max() ?? 0 : values.reduce(0, +) / Double(max(count, 1))
              expected.append(min(max(value, Double(p.float_min)), Double(p.float_max)))
            }
          }
        }
      }
      let call = FloatCall(ck_operator_pool_f32, p, inputs: [input], outputCount: expected.count)
      guard !emptyWindow else { continue }
      guard let output = call.run() else {
        Issue.record("seed \(seed): refused, byte \(call.check().offset): \(p)")
        continue
      }
      compared += 1
      #expect(worstError(output, expected) { _ in p.kind == 0 ? .leastNonzeroMagnitude : 1e-6 } <= 1, "seed \(seed): \(p)")
      #expect(call.run { random.pieces($0, $1) }?.map(\.bitPattern) == output.map(\.bitPattern), "seed \(seed) in pieces")
    }
    #expect(compared > 200)
  }

  @Test func reduceMatchesPlainLoops() {
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let (outer, axis, inner) = (random.size(1...5), random.size(1...60), seed % 3 == 0 ? 1 : random.size(1...40))
      var p = ck_reduce_parameters()
      (p.kind, p.outer, p.axis, p.inner) = (UInt32(seed % 5), UInt32(outer), UInt32(axis), UInt32(inner))
      let input = random.floats(outer * axis * inner, in: p.kind == 4 ? 0.8...1.25 : -3...3)
      let expected = (0..<outer * inner).map { index in
        let values = (0..<axis).map { Double(input[(index / inner * axis + $0) * inner + index % inner]) }
        return switch p.kind {
        case CK_REDUCE_MEAN.rawValue: values.reduce(0, +) / Double(axis)
        case CK_REDUCE_SUM.rawValue: values.reduce(0, +)
        case CK_REDUCE_MAX.rawValue: values.max() ?? .nan
        case CK_REDUCE_MIN.rawValue: values.min() ?? .nan
        default: values.reduce(1, *)
        }
      }
      let call = FloatCall(ck_operator_reduce_f32, p, inputs: [input], outputCount: expected.count)
      let output = call.run() ?? []
      #expect(worstError(output, expected) { 4e-6 * max(4, abs(expected[$0])) } <= 1, "seed \(seed): \(p)")
      #expect(call.run { random.pieces($0, $1) }?.map(\.bitPattern) == output.map(\.bitPattern), "seed \(seed) in pieces")
    }
  }

  @Test func binaryMatchesPlainBroadcasting() {
    for seed in 0..<400 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let rank = random.size(1...6), kind = UInt32(seed % 7)
      let dims = (0..<rank).map { _ in random.size(1...(rank < 3 ? 40 : 5)) }
      /// Row-major strides with some dimensions broadcast.
      func strides() -> (strides: [Int], count: Int) {
        var result = [Int](repeating: 0, count: rank), count = 1
        for d in (0..<rank).reversed() where random.size(0...3) > 0 { (result[d], count) = (count, count * dims[d]) }
        return (result, count)
      }
      let (a, b) = (strides(), strides())
      var p = ck_binary_parameters()
      (p.kind, p.rank, p.float_min, p.float_max) = (kind, UInt32(rank), -.infinity, seed % 2 == 0 ? 1.5 : .infinity)
      withUnsafeMutableBytes(of: &p) { bytes in
        for d in 0..<6 {
          bytes.storeBytes(of: d < rank ? UInt32(dims[d]) : 1, toByteOffset: 8 + 4 * d, as: UInt32.self)
          bytes.storeBytes(of: d < rank ? UInt32(a.strides[d]) : 0, toByteOffset: 32 + 4 * d, as: UInt32.self)
          bytes.storeBytes(of: d < rank ? UInt32(b.strides[d]) : 0, toByteOffset: 56 + 4 * d, as: UInt32.self)
        }
      }
      let x = random.floats(a.count, in: kind == 6 ? 0.1...3 : -3...3), y = random.floats(b.count)
      let expected = (0..<dims.reduce(1, *)).map { flat in
        var (rest, i, j) = (flat, 0, 0)
        for d in (0..<rank).reversed() {
          i += rest % dims[d] * a.strides[d]
          j += rest % dims[d] * b.strides[d]
          rest /= dims[d]
        }
        let (u, v) = (Double(x[i]), Double(y[j]))
        let value = [u + v, u - v, u * v, u / v, max(u, v), min(u, v), pow(u, v)][Int(kind)]
        return min(value, Double(p.float_max))
      }
      let call = FloatCall(ck_operator_binary_f32, p, inputs: [x, y], outputCount: expected.count)
      guard let output = call.run() else {
        Issue.record("seed \(seed): refused, byte \(call.check().offset): \(p)")
        continue
      }
      #expect(worstError(output, expected) { 2e-7 * max(6, abs(expected[$0])) } <= 1, "seed \(seed): \(p)")
      #expect(call.run { random.pieces($0, $1) }?.map(\.bitPattern) == output.map(\.bitPattern), "seed \(seed) in pieces")
    }
  }

  @Test func softmaxMatchesDouble() {
    for seed in 0..<120 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let (rows, columns) = (random.size(1...5), random.size(1...80)), spread = Float([1, 10, 1000][Int(seed % 3)])
      let input = random.floats(rows * columns, in: -spread...spread)
      let expected = (0..<rows).flatMap { row in
        let values = input[row * columns..<(row + 1) * columns].map(Double.init), top = values.max() ?? 0
        let powers = values.map { exp($0 - top) }, sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
      }
      var p = ck_softmax_parameters()
      (p.rows, p.columns) = (UInt32(rows), UInt32(columns))
      let call = FloatCall(ck_operator_softmax_f32, p, inputs: [input], outputCount: expected.count)
      let output = call.run() ?? []
      /* x - top rounds to half an ulp of its distance, which the exponential turns into a relative error. */
      #expect(worstError(output, expected) { 1e-6 * expected[$0] * Double(1 + spread / 10) + 1e-37 } <= 1, "seed \(seed)")
      #expect(call.run { random.pieces($0, $1) }?.map(\.bitPattern) == output.map(\.bitPattern), "seed \(seed) in pieces")
    }
  }

  /// What `ahead` 0 promises: the output may lie on the input, or a little before it.
  @Test(arguments: [0, 4, 28]) func elementwiseOperatorsRunInPlace(shift: Int) {
    var random = SeededRandom(seed: UInt64(shift))
    var unary = ck_unary_parameters()
    (unary.count, unary.kind) = (200, CK_UNARY_SIGMOID.rawValue)
    var softmax = ck_softmax_parameters()
    (softmax.rows, softmax.columns) = (5, 40)
    var rows = ck_reduce_parameters(), planes = ck_reduce_parameters()
    (rows.kind, rows.outer, rows.axis, rows.inner) = (CK_REDUCE_SUM.rawValue, 10, 20, 1)
    (planes.kind, planes.outer, planes.axis, planes.inner) = (CK_REDUCE_SUM.rawValue, 2, 4, 25)
    var binary = ck_binary_parameters()
    (binary.kind, binary.rank, binary.float_min, binary.float_max) = (CK_BINARY_MULTIPLY.rawValue, 1, -.infinity, .infinity)
    (binary.dims, binary.a_stride, binary.b_stride) = ((200, 1, 1, 1, 1, 1), (1, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0))
    let x = random.floats(200)
    let calls = [
      FloatCall(ck_operator_unary_f32, unary, inputs: [x], outputCount: 200),
      FloatCall(ck_operator_softmax_f32, softmax, inputs: [x], outputCount: 200),
      FloatCall(ck_operator_reduce_f32, rows, inputs: [x], outputCount: 10),
      FloatCall(ck_operator_reduce_f32, planes, inputs: [x], outputCount: 50),
      FloatCall(ck_operator_binary_f32, binary, inputs: [x, [3]], outputCount: 200),
    ]
    for call in calls {
      #expect(call.ahead(0) == 0)
      #expect(call.runOverInput(shift: shift)?.map(\.bitPattern) == call.run()?.map(\.bitPattern), "opcode \(call.operation.opcode)")
    }
    #expect(calls[4].ahead(1) == UInt64.max)
  }
}
