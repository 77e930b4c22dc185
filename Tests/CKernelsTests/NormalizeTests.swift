import Testing
import _TestSupport

@preconcurrency import CKernels

/// Layer, RMS, instance and group norm, L1 and L2 norm in [outer, axis, channels].
@Suite struct NormalizeTests {
  static func random(_ seed: UInt64, using random: inout SeededRandom) -> ck_normalize_parameters {
    var p = ck_normalize_parameters()
    let groups = [1, 1, 3, 7][Int(seed / 4 % 4)]
    (p.kind, p.outer, p.groups) = (UInt32(seed % 4), UInt32(random.size(1...3)), UInt32(groups))
    p.axis = seed % 3 == 0 ? 1 : UInt32(random.size(2...150))
    p.channels = UInt32(groups * (seed % 5 == 0 ? 1 : random.size(2...40)))
    p.epsilon = p.kind > 1 ? 1e-3 : 1e-5
    (p.float_min, p.float_max) = seed % 7 == 0 ? (-0.5, 1) : (-.infinity, .infinity)
    (p.input_scale, p.output_scale_inverse) = (Float.random(in: 0.01...0.1, using: &random), Float.random(in: 20...60, using: &random))
    p.input_zero_point = Int32(random.size(-128...127))
    (p.output_zero_point, p.output_min, p.output_max) = (Int32(random.size(-40...40)), seed % 4 == 1 ? -90 : -128, 127)
    return p
  }

  /// Normalized values in Double; `x` are reals.
  static func reference(_ p: ck_normalize_parameters, _ x: [Double], gamma: [Float]?, beta: [Float]?) -> [Double] {
    let (axis, channels, groups) = (Int(p.axis), Int(p.channels), Int(p.groups))
    let size = channels / groups
    var result = x
    for o in 0..<Int(p.outer) {
      for g in 0..<groups {
        let places = (0..<axis).flatMap { a in (0..<size).map { (o * axis + a) * channels + g * size + $0 } }
        let n = Double(places.count)
        let mean = p.kind == 0 ? places.reduce(0) { $0 + x[$1] } / n : 0
        let squares = places.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) }
        let divisor =
          switch p.kind {
          case 0, 1: (squares / n + Double(p.epsilon)).squareRoot()
          case 2: max(squares.squareRoot(), Double(p.epsilon))
          default: max(places.reduce(0) { $0 + abs(x[$1]) }, Double(p.epsilon))
          }
        for place in places {
          let channel = place % channels
          result[place] = (x[place] - mean) / divisor * Double(gamma?[channel] ?? 1) + Double(beta?[channel] ?? 0)
        }
      }
    }
    return result
  }

  @Test func floatsMatchAPlainLoop() {
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let p = Self.random(seed, using: &random)
      let count = Int(p.outer * p.axis * p.channels), offset = Float.random(in: -20...20, using: &random)
      let x = random.floats(count).map { $0 + offset }
      let affine = seed % 2 == 0
      let constants = affine ? [random.floats(Int(p.channels)), random.floats(Int(p.channels))] : []
      let expected = Self.reference(p, x.map(Double.init), gamma: constants.first, beta: constants.last).map {
        min(max($0, Double(p.float_min)), Double(p.float_max))
      }
      let call = FloatCall(ck_operator_normalize_f32, p, inputs: [x], outputCount: count, constants: constants)
      guard let output = call.run() else {
        Issue.record("seed \(seed): refused, byte \(call.check().offset): \(p)")
        continue
      }
      // The mean of values 20 from zero is rounded to 2^-20, which the smallest spread here magnifies tenfold.
      #expect(worstError(output, expected) { 3e-5 * (1 + abs(expected[$0])) } <= 1, "seed \(seed): \(p)")
      #expect(call.run { random.pieces($0, $1) }?.map(\.bitPattern) == output.map(\.bitPattern), "seed \(seed) in pieces")
      #expect(call.runOverInput(shift: 0)?.map(\.bitPattern) == output.map(\.bitPattern), "seed \(seed) in place")
      #expect(call.runOverInput(shift: 5)?.map(\.bitPattern) == output.map(\.bitPattern), "seed \(seed) shifted")
    }
  }

  /// The mean of a million values far from zero keeps its digits: positions are added in blocks.
  @Test func manyPositionsKeepTheirPrecision() {
    var random = SeededRandom(seed: 9)
    var p = ck_normalize_parameters()
    (p.kind, p.outer, p.axis, p.channels, p.groups, p.epsilon) = (0, 1, 200_000, 2, 2, 1e-5)
    (p.float_min, p.float_max) = (-.infinity, .infinity)
    let x = random.floats(400_000).map { $0 + 10 }
    let expected = Self.reference(p, x.map(Double.init), gamma: nil, beta: nil)
    let output = FloatCall(ck_operator_normalize_f32, p, inputs: [x], outputCount: x.count).run() ?? []
    #expect(worstError(output, expected) { _ in 2e-5 } <= 1)
  }

  @Test func bytesMatchAPlainLoop() {
    var runs = VariantRuns(ck_operator_normalize_s8)
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let p = Self.random(seed, using: &random)
      let count = Int(p.outer * p.axis * p.channels), affine = seed % 2 == 0
      let x = randomS8(count, using: &random)
      let gamma = random.floats(Int(p.channels), in: -60...60), beta = random.floats(Int(p.channels), in: -60...60)
      let kernelCase = KernelCase(
        ck_operator_normalize_s8, p, inputs: [.s8(x)], output: CK_DTYPE_S8, count: count,
        constants: affine ? [littleEndian(gamma.map(\.bitPattern)), littleEndian(beta.map(\.bitPattern))] : [])
      let reference = kernelCase.run().output
      runs.run(kernelCase, expecting: reference, seed: seed)
      // The scalar kernel against doubles: the same level, or its neighbour where the exact value lies between two.
      let reals = x.map { Double(Int32($0) - p.input_zero_point) * Double(p.input_scale) }
      let exact = Self.reference(p, reals, gamma: affine ? gamma : nil, beta: affine ? beta : nil)
      for (index, value) in exact.enumerated() {
        let level = value * (affine ? 1 : Double(p.output_scale_inverse)) + Double(p.output_zero_point)
        let clamped = min(max(level, Double(p.output_min)), Double(p.output_max))
        let found = Double(Int8(bitPattern: reference[index]))
        guard abs(found - clamped) > 0.501 else { continue }
        Issue.record("seed \(seed), element \(index): \(found), exactly \(clamped): \(p)")
        break
      }
    }
    runs.report()
  }

  /// A constant input without epsilon has no spread: every value is the mean, not NaN.
  @Test func noSpreadIsZero() {
    var p = ck_normalize_parameters()
    (p.kind, p.outer, p.axis, p.channels, p.groups, p.epsilon) = (0, 1, 1, 20, 1, 0)
    (p.input_scale, p.output_scale_inverse, p.output_zero_point, p.output_min, p.output_max) = (0.1, 10, 7, -128, 127)
    let kernelCase = KernelCase(
      ck_operator_normalize_s8, p, inputs: [.s8([Int8](repeating: 50, count: 20))], output: CK_DTYPE_S8, count: 20)
    #expect(kernelCase.check().status == 0)
    for isa in availableISAs { #expect(kernelCase.run(isa: isa).output == [UInt8](repeating: 7, count: 20)) }
  }

  @Test func badParametersAreRefused() {
    var random = SeededRandom(seed: 4)
    let p = Self.random(8, using: &random)
    let good = KernelCase(
      ck_operator_normalize_s8, p, inputs: [.s8(randomS8(Int(p.outer * p.axis * p.channels), using: &random))], output: CK_DTYPE_S8,
      count: Int(p.outer * p.axis * p.channels))
    #expect(good.check().status == 0)
    let changes: [(inout ck_normalize_parameters) -> Void] = [
      { $0.kind = 4 }, { $0.groups = 0 }, { $0.groups = $0.channels + 1 }, { $0.axis = 0 }, { $0.channels = 0 }, { $0.outer = 1 << 30 }, { $0.epsilon = -1 },
      { $0.epsilon = .nan }, { $0.epsilon = .infinity }, { $0.input_scale = 0 }, { $0.output_scale_inverse = .nan },
      { $0.input_zero_point = 128 }, { $0.output_min = -129 },
    ]
    for (index, change) in changes.enumerated() {
      var bad = good
      bad.with(ck_normalize_parameters.self, change)
      bad.instruction.scratch_bytes = .max
      #expect(bad.check().status != 0, "change \(index)")
    }
  }
}

@Suite struct PReluTests {
  private static func parameters(_ seed: UInt64, _ random: inout SeededRandom) -> ck_prelu_parameters {
    var p = ck_prelu_parameters()
    (p.outer, p.channels, p.inner) = (UInt32(random.size(1...4)), UInt32(random.size(1...50)), seed % 2 == 0 ? 1 : UInt32(random.size(2...40)))
    (p.scale, p.input_zero_point) = (Float.random(in: 0.1...3, using: &random), Int32([-128, 127, 0, 9][Int(seed % 4)]))
    (p.output_zero_point, p.output_min, p.output_max) = (Int32(random.size(-50...50)), -128, seed % 3 == 0 ? 100 : 127)
    (p.float_min, p.float_max) = seed % 3 == 0 ? (-1, 1) : (-.infinity, .infinity)
    return p
  }

  @Test func bytesMatchAPlainLoop() {
    var runs = VariantRuns(ck_operator_prelu_s8)
    for seed in 0..<120 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let p = Self.parameters(seed, &random)
      let slopes = random.floats(Int(p.channels))
      let x = randomS8(Int(p.outer * p.channels * p.inner), using: &random)
      let reference = x.enumerated().map { index, q in
        let value = Int32(q) - p.input_zero_point
        let factor = value >= 0 ? p.scale : slopes[index / Int(p.inner) % Int(p.channels)]
        return UInt8(bitPattern: quantized(Float(value) * factor, zeroPoint: Int(p.output_zero_point), in: Int(p.output_min)...Int(p.output_max)))
      }
      let kernelCase = KernelCase(
        ck_operator_prelu_s8, p, inputs: [.s8(x)], output: CK_DTYPE_S8, count: x.count, constants: [littleEndian(slopes.map(\.bitPattern))])
      runs.run(kernelCase, expecting: reference, seed: seed)
    }
    runs.report()
  }

  @Test func floatsMatchAPlainLoop() {
    for seed in 0..<120 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let p = Self.parameters(seed, &random)
      let slopes = random.floats(Int(p.channels)), x = random.floats(Int(p.outer * p.channels * p.inner))
      let expected = x.enumerated().map { index, value in
        let result = value < 0 ? value * slopes[index / Int(p.inner) % Int(p.channels)] : value
        return min(max(result, p.float_min), p.float_max)
      }
      let call = FloatCall(ck_operator_prelu_f32, p, inputs: [x], outputCount: x.count, constants: [slopes])
      #expect(call.run() == expected, "seed \(seed)")
      #expect(call.run { random.pieces($0, $1) } == expected, "seed \(seed) in pieces")
      #expect(call.runOverInput(shift: 0) == expected, "seed \(seed) in place")
    }
  }
}
