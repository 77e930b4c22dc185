import Testing
import _TestSupport

@preconcurrency import CKernels

/// Products of two tensors: sizes, and strides drawn at random as transposes and broadcasts give them.
struct ProductShape: CustomStringConvertible {
  var p = ck_matmul_parameters()
  var batch: [Int] = []
  var (aBatch, bBatch, outputBatch): ([Int], [Int], [Int]) = ([], [], [])
  var description: String {
    "\(batch) x \(p.m) x \(p.n) x \(p.k), a \(aBatch) \(p.a_row_stride) \(p.a_depth_stride), b \(bBatch) \(p.b_depth_stride) \(p.b_column_stride)"
      + ", output \(outputBatch) \(p.output_row_stride)"
  }
  var counts: (a: Int, b: Int, output: Int) {
    let count = batch.reduce(1, *)
    return (count * Int(p.m * p.k), count * Int(p.k * p.n), count * Int(p.m * p.n))
  }

  init(m: Int, n: Int, k: Int, using random: inout SeededRandom) {
    (p.m, p.n, p.k) = (UInt32(m), UInt32(n), UInt32(k))
    batch = (0..<random.size(0...2)).map { _ in random.size(1...3) }
    p.batch_rank = UInt32(batch.count)
    // The axes in random order of memory; of the output the columns stay last.
    let a = Self.strides([m, k] + batch, Array(0..<batch.count + 2).shuffled(using: &random))
    let b = Self.strides([k, n] + batch, Array(0..<batch.count + 2).shuffled(using: &random))
    let output = Self.strides([m] + batch + [n], Array(0..<batch.count + 1).shuffled(using: &random) + [batch.count + 1])
    (p.a_row_stride, p.a_depth_stride) = (UInt32(a[0]), UInt32(a[1]))
    (p.b_depth_stride, p.b_column_stride) = (UInt32(b[0]), UInt32(b[1]))
    p.output_row_stride = UInt32(output[0])
    aBatch = a.dropFirst(2).map { random.size(0...3) == 0 ? 0 : $0 }
    bBatch = b.dropFirst(2).map { random.size(0...3) == 0 ? 0 : $0 }
    outputBatch = Array(output.dropFirst().dropLast())
    let sizes = (batch + [1, 1]).map { UInt32($0) }, none = [0, 0]
    (p.batch.0, p.batch.1, p.batch.2, p.batch.3) = (sizes[0], sizes[1], 1, 1)
    let (x, y, z) = ((aBatch + none).map { UInt32($0) }, (bBatch + none).map { UInt32($0) }, (outputBatch + none).map { UInt32($0) })
    (p.a_batch_stride.0, p.a_batch_stride.1) = (x[0], x[1])
    (p.b_batch_stride.0, p.b_batch_stride.1) = (y[0], y[1])
    (p.output_batch_stride.0, p.output_batch_stride.1) = (z[0], z[1])
    p.scale = 1
  }

  private static func strides(_ sizes: [Int], _ order: [Int]) -> [Int] {
    var (strides, stride) = ([Int](repeating: 0, count: sizes.count), 1)
    for axis in order.reversed() {
      strides[axis] = stride
      stride *= sizes[axis]
    }
    return strides
  }

  /// Calls `body` with the place of an output element and the places of its factors.
  func forEachOutput(_ body: (_ output: Int, _ terms: [(a: Int, b: Int)]) -> Void) {
    var index = [Int](repeating: 0, count: batch.count)
    for number in 0..<batch.reduce(1, *) {
      var rest = number
      for axis in batch.indices.reversed() { (index[axis], rest) = (rest % batch[axis], rest / batch[axis]) }
      func start(_ strides: [Int]) -> Int { zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 } }
      for m in 0..<Int(p.m) {
        for n in 0..<Int(p.n) {
          let terms = (0..<Int(p.k)).map { k in
            (
              a: start(aBatch) + m * Int(p.a_row_stride) + k * Int(p.a_depth_stride),
              b: start(bBatch) + k * Int(p.b_depth_stride) + n * Int(p.b_column_stride)
            )
          }
          body(start(outputBatch) + m * Int(p.output_row_stride) + n, terms)
        }
      }
    }
  }
}

@Suite struct MatMulTests {
  static func makeCase(m: Int, n: Int, k: Int, constantLeft: Bool, using random: inout SeededRandom) -> (KernelCase, [UInt8], ProductShape) {
    var shape = ProductShape(m: m, n: n, k: k, using: &random)
    let q = Quantization.random(channels: 1, terms: k, using: &random)
    let zeroPoints: [Int8] = [0, 0, -128, 127, 5]
    let bZeroPoint = zeroPoints.randomElement(using: &random) ?? 0
    (shape.p.scale, shape.p.a_zero_point, shape.p.b_zero_point) = (q.scale[0], Int8(q.inputZeroPoint), bZeroPoint)
    shape.p.output_zero_point = Int8(q.outputZeroPoint)
    (shape.p.output_min, shape.p.output_max) = (Int32(q.bounds.lowerBound), Int32(q.bounds.upperBound))
    (shape.p.float_min, shape.p.float_max) = (q.floatBounds.lowerBound, q.floatBounds.upperBound)
    let a = randomS8(shape.counts.a, using: &random), b = randomS8(shape.counts.b, using: &random)
    var outputs = [[UInt8]](repeating: [], count: shape.counts.output)
    shape.forEachOutput { output, terms in
      let sum = terms.reduce(Int64(0)) { $0 + Int64((Int(a[$1.a]) - q.inputZeroPoint) * (Int(b[$1.b]) - Int(bZeroPoint))) }
      outputs[output] = q.output(sum, channel: 0)
    }
    let kernelCase = KernelCase(
      ck_operator_matmul_s8, shape.p, inputs: [.s8(a, isConstant: constantLeft), .s8(b, isConstant: k % 5 == 0)],
      output: q.isFloat ? CK_DTYPE_F32 : CK_DTYPE_S8, count: shape.counts.output, flags: q.flags & Int(CK_FLAG_F32_OUTPUT.rawValue))
    return (kernelCase, outputs.flatMap { $0 }, shape)
  }

  @Test func everyShapeMatchesTheReference() {
    var runs = VariantRuns(ck_operator_matmul_s8)
    var seed: UInt64 = 1
    for k in Array(1...36) + [63, 64, 65, 100] {
      for m in [1, 2, Int(seed * 7 % 90) + 1] {
        var random = SeededRandom(seed: seed)
        let (kernelCase, reference, _) = Self.makeCase(
          m: m, n: random.size(1...50), k: k, constantLeft: seed % 9 == 0, using: &random)
        runs.run(kernelCase, expecting: reference, seed: seed)
        seed += 1
      }
    }
    runs.report()
  }

  @Test func floatProductsMatchPlainSums() {
    for seed in 0..<120 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var shape = ProductShape(m: random.size(1...80), n: random.size(1...40), k: random.size(1...70), using: &random)
      shape.p.scale = Float.random(in: 0.1...2, using: &random)
      (shape.p.float_min, shape.p.float_max) = seed % 3 == 0 ? (-1, 2) : (-.infinity, .infinity)
      let a = random.floats(shape.counts.a), b = random.floats(shape.counts.b)
      var expected = [Double](repeating: .nan, count: shape.counts.output)
      shape.forEachOutput { output, terms in
        let sum = terms.reduce(0) { $0 + Double(a[$1.a]) * Double(b[$1.b]) } * Double(shape.p.scale)
        expected[output] = min(max(sum, Double(shape.p.float_min)), Double(shape.p.float_max))
      }
      for fast in [false, true] {
        let call = FloatCall(ck_operator_matmul_f32, shape.p, inputs: [a, b], outputCount: expected.count, fast: fast)
        guard let output = call.run() else {
          Issue.record("seed \(seed): refused, byte \(call.check().offset): \(shape)")
          continue
        }
        #expect(worstError(output, expected) { 1e-5 * (8 + abs(expected[$0])) } <= 1, "seed \(seed): \(shape)")
        guard !fast else { continue }
        #expect(call.run { random.pieces($0, $1) }?.map(\.bitPattern) == output.map(\.bitPattern), "seed \(seed) in pieces")
      }
    }
  }

  /// Strides of the output that leave a gap, or put two elements in one place, are refused, as is a k that no input bounds.
  @Test func stridesThatDoNotTileTheOutputAreRefused() {
    var random = SeededRandom(seed: 2)
    var p = ck_matmul_parameters()
    (p.m, p.n, p.k, p.batch_rank, p.scale, p.output_min, p.output_max) = (4, 3, 2, 1, 0.01, -128, 127)
    (p.batch.0, p.batch.1, p.batch.2, p.batch.3) = (2, 1, 1, 1)
    (p.a_batch_stride.0, p.b_batch_stride.0, p.output_batch_stride.0) = (8, 6, 12)
    (p.a_row_stride, p.a_depth_stride, p.b_depth_stride, p.b_column_stride, p.output_row_stride) = (2, 1, 3, 1, 3)
    let good = KernelCase(
      ck_operator_matmul_s8, p, inputs: [.s8(randomS8(16, using: &random)), .s8(randomS8(12, using: &random))], output: CK_DTYPE_S8, count: 24)
    #expect(good.check().status == 0)
    let changes: [(inout ck_matmul_parameters) -> Void] = [
      { $0.output_row_stride = 4 }, { $0.output_row_stride = 0 }, { $0.output_row_stride = 2 }, { $0.output_batch_stride.0 = 3 },
      { $0.output_batch_stride.0 = 13 }, { $0.batch_rank = 5 }, { $0.batch.1 = 2 }, { $0.a_depth_stride = 0 }, { $0.k = 1 << 31 },
      { $0.a_row_stride = 5 }, { $0.b_column_stride = .max }, { $0.b_batch_stride.0 = 7 }, { $0.scale = 0 }, { $0.scale = .nan },
      { $0.output_min = 3; $0.output_max = 2 }, { $0.reserved = 1 }, { $0.m = 0 }, { $0.n = 0 }, { $0.b_batch_stride.2 = 1 },
    ]
    for (index, change) in changes.enumerated() {
      var bad = good
      bad.with(ck_matmul_parameters.self, change)
      bad.instruction.scratch_bytes = .max
      #expect(bad.check().status != 0, "change \(index)")
    }
    var small = good
    small.instruction.scratch_bytes -= 1
    #expect(small.check().status == UInt16(CK_BAD_SCRATCH.rawValue))
  }
}
