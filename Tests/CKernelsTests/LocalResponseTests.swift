import CKernels
import Foundation
import Testing
import _TestSupport

/// LRN_F32 and LRN_S8 against the formula.
@Suite struct LocalResponseTests {
  /// A random shape and window; beta one of those with a form of their own, or another.
  private func parameters(_ random: inout SeededRandom, seed: UInt64) -> ck_lrn_parameters {
    var p = ck_lrn_parameters()
    (p.outer, p.axis, p.inner) = (UInt32(random.size(1...4)), UInt32(random.size(1...40)), UInt32(seed % 2 == 0 ? 1 : random.size(1...37)))
    (p.before, p.after) = (UInt32(random.size(0...Int(p.axis) - 1)), UInt32(random.size(0...Int(p.axis) - 1)))
    (p.alpha, p.bias) = (Float.random(in: 0...2, using: &random), Float.random(in: 0.5...2, using: &random))
    p.beta = [0.75, 0.5, 1, 0.6, 2][Int(seed % 5)]
    return p
  }

  private func windows(_ p: ck_lrn_parameters) -> [(place: Int, others: [Int])] {
    let (axis, inner) = (Int(p.axis), Int(p.inner))
    return (0..<Int(p.outer) * axis * inner).map { place in
      let c = place / inner % axis
      return (place, (max(0, c - Int(p.before))...min(axis - 1, c + Int(p.after))).map { place + ($0 - c) * inner })
    }
  }

  @Test(arguments: 0..<40) func floats(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let p = parameters(&random, seed: seed)
    let x = random.floats(Int(p.outer * p.axis * p.inner))
    let expected = windows(p).map { place, others in
      let sum = others.reduce(0.0) { $0 + Double(x[$1]) * Double(x[$1]) }
      return Double(x[place]) / pow(Double(p.bias) + Double(p.alpha) * sum, Double(p.beta))
    }
    let call = FloatCall(ck_operator_lrn_f32, p, inputs: [x], outputCount: x.count)
    let whole = try #require(call.run(), "\(call.check())")
    #expect(worstError(whole, expected) { 1e-5 * (abs(expected[$0]) + 1e-6) } <= 1)
    var pieces = SeededRandom(seed: seed)
    #expect(call.run { pieces.pieces($0, $1) } == whole)
  }

  @Test func int8() {
    var runs = VariantRuns(ck_operator_lrn_s8)
    for seed: UInt64 in 0..<60 {
      var random = SeededRandom(seed: 100 + seed)
      var p = parameters(&random, seed: seed)
      (p.input_scale, p.output_scale_inverse) = (Float.random(in: 0.01...0.1, using: &random), Float.random(in: 10...200, using: &random))
      (p.input_zero_point, p.output_zero_point) = (Int32(random.size(-128...127)), Int32(random.size(-128...127)))
      (p.output_min, p.output_max) = seed % 3 == 0 ? (-100, 90) : (-128, 127)
      // The other exponents are measured in float: a power is not correctly rounded.
      if p.beta == 0.6 || p.beta == 2 { p.beta = 0.75 }
      let x = randomS8(Int(p.outer * p.axis * p.inner), using: &random)
      let scaled = p.alpha * (p.input_scale * p.input_scale)
      let expected = windows(p).map { place, others -> UInt8 in
        let steps = { (index: Int) in Int(x[index]) - Int(p.input_zero_point) }
        let divisor = p.bias + scaled * Float(others.reduce(0) { $0 + steps($1) * steps($1) })
        let root = 1 / divisor.squareRoot()
        let factor = p.beta == 0.75 ? root * root.squareRoot() : p.beta == 0.5 ? root : 1 / divisor
        let value = Float(steps(place)) * (p.input_scale * p.output_scale_inverse) * factor
        return UInt8(
          bitPattern: quantized(value, zeroPoint: Int(p.output_zero_point), in: Int(p.output_min)...Int(p.output_max)))
      }
      runs.run(KernelCase(ck_operator_lrn_s8, p, inputs: [.s8(x)], output: CK_DTYPE_S8, count: x.count), expecting: expected, seed: seed)
    }
  }

  @Test func noChangedRecordEscapes() {
    var random = SeededRandom(seed: 3)
    var p = ck_lrn_parameters()
    (p.outer, p.axis, p.inner, p.before, p.after, p.alpha, p.beta, p.bias) = (2, 9, 3, 2, 1, 0.5, 0.75, 1)
    (p.input_scale, p.output_scale_inverse, p.output_min, p.output_max) = (0.1, 10, -128, 127)
    MultiCall(ck_operator_lrn_f32, p, inputs: [.f32(random.floats(54))], outputs: [(CK_DTYPE_F32, 54)]).expectNoChangeEscapes(parameterWords: 14)
    MultiCall(ck_operator_lrn_s8, p, inputs: [.s8(randomS8(54, using: &random))], outputs: [(CK_DTYPE_S8, 54)])
      .expectNoChangeEscapes(parameterWords: 14)
  }
}
