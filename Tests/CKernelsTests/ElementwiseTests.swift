import CKernels
import Testing
import _TestSupport

private let counts = [1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 300]

@Suite struct TableTests {
  @Test func everyValueIsLookedUp() {
    var runs = VariantRuns(ck_operator_table_s8)
    for (seed, count) in (counts + [256]).enumerated() {
      var random = SeededRandom(seed: UInt64(seed))
      let table = randomS8(256, using: &random)
      let x = count == 256 ? (-128...127).map { Int8($0) } : randomS8(count, using: &random)
      let reference = x.map { UInt8(bitPattern: table[Int($0) + 128]) }
      let kernelCase = KernelCase(
        ck_operator_table_s8, ck_table_parameters(count: UInt64(count)), inputs: [.s8(x, isConstant: seed % 3 == 0)], output: CK_DTYPE_S8,
        count: count, constants: [table.map(UInt8.init(bitPattern:))])
      runs.run(kernelCase, expecting: reference, seed: UInt64(seed))
    }
    runs.report()
  }
}

@Suite struct SoftmaxTests {
  static func makeCase(rows: Int, columns: Int, seed: UInt64) -> (KernelCase, [UInt8]) {
    var random = SeededRandom(seed: seed)
    // Any table of values in [0, 1] that begins with 1 is legal; this one falls like exp(-d * scale).
    let base = Float.random(in: 0.7...0.999, using: &random)
    let exponents = sequence(first: Float(1)) { $0 * base }.prefix(256).map { $0 }
    let x = randomS8(rows * columns, using: &random)
    let p = ck_softmax_parameters(
      rows: UInt32(rows), columns: UInt32(columns), output_scale_inverse: 256, output_zero_point: seed % 4 == 0 ? 3 : -128)
    var reference: [UInt8] = []
    for row in 0..<rows {
      let values = x[row * columns..<(row + 1) * columns].map(Int.init)
      let largest = values.max() ?? 0
      var sums = [Float](repeating: 0, count: 16)
      for (column, value) in values.enumerated() { sums[column % 16] += exponents[largest - value] }
      for half in [8, 4, 2, 1] { for i in 0..<half { sums[i] += sums[i + half] } }
      let scale = p.output_scale_inverse / sums[0]
      reference += values.map { UInt8(bitPattern: quantized(exponents[largest - $0] * scale, zeroPoint: Int(p.output_zero_point))) }
    }
    let kernelCase = KernelCase(
      ck_operator_softmax_s8, p, inputs: [.s8(x)], output: CK_DTYPE_S8, count: rows * columns,
      constants: [littleEndian(exponents.map(\.bitPattern))])
    return (kernelCase, reference)
  }

  @Test func everyShapeMatchesTheReference() {
    var runs = VariantRuns(ck_operator_softmax_s8)
    for (seed, columns) in (counts + counts).enumerated() {
      let (kernelCase, reference) = Self.makeCase(rows: seed % 4 + 1, columns: columns, seed: UInt64(seed))
      runs.run(kernelCase, expecting: reference, seed: UInt64(seed))
    }
    runs.report()
  }

  @Test func refusesATableThatIsNotOne() {
    let (kernelCase, _) = Self.makeCase(rows: 1, columns: 4, seed: 1)
    for (index, value) in [(0, Float(0)), (0, 0.5), (7, -0.1), (7, 1.5), (255, .nan), (255, .infinity)] {
      var changed = kernelCase
      changed.constants[0].replaceSubrange(index * 4..<index * 4 + 4, with: littleEndian([value.bitPattern]))
      #expect(changed.check().status == UInt16(CK_BAD_CONSTANT.rawValue), "exponent[\(index)] = \(value)")
    }
  }
}

@Suite struct QuantizeTests {
  @Test func quantizesTiesInfinitiesAndNaN() {
    var runs = VariantRuns(ck_operator_quantize_f32_s8)
    for (seed, count) in counts.enumerated() {
      var random = SeededRandom(seed: UInt64(seed))
      let special: [Float] = [.infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 0.5, 1.5, 2.5, -0.5, -1.5]
      let x = (0..<count).map { $0 % 3 == 0 ? special.randomElement(using: &random) ?? 0 : Float.random(in: -300...300, using: &random) }
      let p = ck_quantize_parameters(
        count: UInt64(count), scale: seed % 3 == 0 ? 1 : Float.random(in: 0.1...20, using: &random),
        zero_point: [-128, 127, 0].randomElement(using: &random) ?? 0)
      let reference = x.map { UInt8(bitPattern: quantized($0 * p.scale, zeroPoint: Int(p.zero_point))) }
      let kernelCase = KernelCase(ck_operator_quantize_f32_s8, p, inputs: [.f32(x)], output: CK_DTYPE_S8, count: count)
      runs.run(kernelCase, expecting: reference, seed: UInt64(seed))
      var withNaN = kernelCase
      withNaN.inputs = [.f32([Float](repeating: .nan, count: count))]
      runs.run(withNaN, expecting: [UInt8](repeating: 0x80, count: count), seed: UInt64(seed))
    }
    runs.report()
  }

  @Test func dequantizes() {
    var runs = VariantRuns(ck_operator_dequantize_s8_f32)
    for (seed, count) in counts.enumerated() {
      var random = SeededRandom(seed: UInt64(seed))
      let x = randomS8(count, using: &random)
      let p = ck_quantize_parameters(
        count: UInt64(count), scale: Float.random(in: 0.001...20, using: &random), zero_point: seed % 2 == 0 ? -128 : 127)
      let reference = littleEndian(x.map { (Float(Int($0) - Int(p.zero_point)) * p.scale).bitPattern })
      let kernelCase = KernelCase(ck_operator_dequantize_s8_f32, p, inputs: [.s8(x)], output: CK_DTYPE_F32, count: count)
      runs.run(kernelCase, expecting: reference, seed: UInt64(seed))
    }
    runs.report()
  }
}
