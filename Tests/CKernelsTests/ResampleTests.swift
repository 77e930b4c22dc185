import Testing
import _TestSupport

@preconcurrency import CKernels

@Suite struct ResampleTests {
  struct Geometry {
    var outer: Int, size: Int, count: Int, inner: Int, taps: Int
    var first: [Int]
    var weights: [Float]

    init(seed: UInt64, using random: inout SeededRandom) {
      (outer, size, count) = (random.size(1...3), random.size(1...9), random.size(1...12))
      inner = seed % 3 == 0 ? random.size(1...7) : random.size(1...50)
      taps = seed % 2 == 0 ? min(2, size) : random.size(1...size)
      let last = size - taps
      first = (0..<count).map { _ in random.size(0...last) }
      weights = random.floats(count * taps, in: -0.5...1.5)
    }

    var parameters: ck_resample_parameters {
      ck_resample_parameters(
        outer: UInt32(outer), in: UInt32(size), out: UInt32(count), inner: UInt32(inner), taps: UInt32(taps), input_zero_point: 0,
        output_zero_point: 0, output_min: 0, output_max: 0)
    }
    var constants: [[UInt8]] { [littleEndian(first.map { Int32($0) }), littleEndian(weights.map(\.bitPattern))] }

    /// The sums in the order of the taps, in float32.
    func sums(_ value: (Int) -> Float) -> [Float] {
      var result: [Float] = []
      for o in 0..<outer {
        for j in 0..<count {
          for i in 0..<inner {
            var sum: Float = 0
            for t in 0..<taps { sum += weights[j * taps + t] * value((o * size + first[j] + t) * inner + i) }
            result.append(sum)
          }
        }
      }
      return result
    }
  }

  static func makeCase(seed: UInt64) -> (KernelCase, [UInt8]) {
    var random = SeededRandom(seed: seed)
    let geometry = Geometry(seed: seed, using: &random)
    var p = geometry.parameters
    p.input_zero_point = [-128, 127, 6].randomElement(using: &random) ?? 0
    p.output_zero_point = [-128, 127, -20].randomElement(using: &random) ?? 0
    (p.output_min, p.output_max) = seed % 5 == 0 ? (-77, 88) : (-128, 127)
    let x = randomS8(geometry.outer * geometry.size * geometry.inner, using: &random)
    let bounds = Int(p.output_min)...Int(p.output_max)
    let reference = geometry.sums { Float(Int(x[$0]) - Int(p.input_zero_point)) }
      .map { UInt8(bitPattern: quantized($0, zeroPoint: Int(p.output_zero_point), in: bounds)) }
    let kernelCase = KernelCase(
      ck_operator_resample_s8, p, inputs: [.s8(x, isConstant: seed % 7 == 0)], output: CK_DTYPE_S8, count: reference.count,
      constants: geometry.constants)
    return (kernelCase, reference)
  }

  static func makeNearestCase(seed: UInt64) -> (KernelCase, [UInt8]) {
    var random = SeededRandom(seed: seed)
    var geometry = Geometry(seed: seed, using: &random)
    geometry.taps = 1
    let last = geometry.size - 1
    geometry.first = (0..<geometry.count).map { _ in random.size(0...last) }
    let isFloat = seed % 3 == 1, line = geometry.inner * (isFloat ? 4 : 1)
    var p = geometry.parameters
    p.inner = UInt32(line)
    let x = randomS8(geometry.outer * geometry.size * line, using: &random).map(UInt8.init(bitPattern:))
    var reference: [UInt8] = []
    for o in 0..<geometry.outer {
      for j in geometry.first { reference += x[(o * geometry.size + j) * line..<(o * geometry.size + j + 1) * line] }
    }
    let type = isFloat ? CK_DTYPE_F32 : CK_DTYPE_S8
    let kernelCase = KernelCase(
      ck_operator_resample_nearest, p, inputs: [Operand(dtype: type, bytes: x, isConstant: seed % 4 == 0)], output: type,
      count: reference.count / (isFloat ? 4 : 1), constants: [geometry.constants[0]])
    return (kernelCase, reference)
  }

  @Test func everyShapeMatchesTheReference() {
    var runs = VariantRuns(ck_operator_resample_s8)
    for seed: UInt64 in 0..<300 {
      let (kernelCase, reference) = Self.makeCase(seed: seed)
      runs.run(kernelCase, expecting: reference, seed: seed)
    }
    runs.report()
  }

  @Test func nearestMovesWholeLines() {
    var runs = VariantRuns(ck_operator_resample_nearest)
    for seed: UInt64 in 0..<200 {
      let (kernelCase, reference) = Self.makeNearestCase(seed: seed)
      runs.run(kernelCase, expecting: reference, seed: seed)
    }
  }

  @Test func floatSumsInTheOrderOfTheTaps() throws {
    for seed: UInt64 in 0..<200 {
      var random = SeededRandom(seed: seed)
      let geometry = Geometry(seed: seed, using: &random)
      let x = random.floats(geometry.outer * geometry.size * geometry.inner)
      let first = geometry.first.map { Float(bitPattern: UInt32($0)) }
      let call = FloatCall(
        ck_operator_resample_f32, geometry.parameters, inputs: [x], outputCount: geometry.outer * geometry.count * geometry.inner,
        constants: [first, geometry.weights])
      let pieces = try #require(call.run { rows, panels in random.pieces(rows, panels) })
      #expect(pieces == geometry.sums { x[$0] }, "seed \(seed)")
    }
  }

  @Test func refusesATapOutsideTheAxis() {
    for operation in [ck_operator_resample_s8, ck_operator_resample_nearest] {
      let isNearest = operation.opcode == ck_operator_resample_nearest.opcode
      for (first, isValid): ([Int32], Bool) in [
        ([0, 4], true), ([0, 5], false), ([-1, 0], false), ([0, .max], false), ([.min, 0], false),
      ] {
        var p = ck_resample_parameters()
        (p.outer, p.in, p.out, p.inner, p.taps) = (1, isNearest ? 5 : 6, 2, 3, isNearest ? 1 : 2)
        let x = Operand.s8([Int8](repeating: 1, count: Int(p.in) * 3))
        let weights: [[UInt8]] = isNearest ? [] : [littleEndian([Float](repeating: 0.5, count: 4).map(\.bitPattern))]
        let kernelCase = KernelCase(operation, p, inputs: [x], output: CK_DTYPE_S8, count: 6, constants: [littleEndian(first)] + weights)
        #expect((kernelCase.check().status == 0) == isValid, "\(first)")
      }
    }
  }
}
