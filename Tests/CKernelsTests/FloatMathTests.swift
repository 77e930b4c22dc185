import Foundation
import Testing
import _TestSupport

@preconcurrency import CKernels

/// The elementary functions against Foundation's Double ones, over every binade of both signs.
@Suite struct FloatMathTests {
  struct Function: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: ck_unary_kind
    /// Bound in units of the last place; where |result| < floor, of the last place of floor.
    let ulps: Double
    var floor = Float.leastNormalMagnitude
    let reference: @Sendable (Double) -> Double
    var testDescription: String { name }
  }

  static let functions = [
    Function(name: "exp", kind: CK_UNARY_EXP, ulps: 1, reference: exp),
    Function(name: "log", kind: CK_UNARY_LOG, ulps: 1, reference: log),
    Function(name: "tanh", kind: CK_UNARY_TANH, ulps: 2.5, reference: tanh),
    Function(name: "sigmoid", kind: CK_UNARY_SIGMOID, ulps: 2.3) { 1 / (1 + exp(-$0)) },
    Function(name: "silu", kind: CK_UNARY_SILU, ulps: 3, floor: 0x1p-118) { $0 / (1 + exp(-$0)) },
    Function(name: "softplus", kind: CK_UNARY_SOFTPLUS, ulps: 2) { $0 > 0 ? $0 + log1p(exp(-$0)) : log1p(exp($0)) },
    Function(name: "erf", kind: CK_UNARY_ERF, ulps: 2, reference: erf),
    Function(name: "gelu", kind: CK_UNARY_GELU, ulps: 5, floor: 0x1p-118) { 0.5 * $0 * erfc(-$0 * 0.5.squareRoot()) },
    Function(name: "sqrt", kind: CK_UNARY_SQRT, ulps: 0.5) { $0.squareRoot() },
    Function(name: "rsqrt", kind: CK_UNARY_RSQRT, ulps: 1.5) { 1 / $0.squareRoot() },
    Function(name: "reciprocal", kind: CK_UNARY_RECIPROCAL, ulps: 0.5) { 1 / $0 },
    Function(name: "square", kind: CK_UNARY_SQUARE, ulps: 0.5) { $0 * $0 },
    Function(name: "elu", kind: CK_UNARY_ELU, ulps: 1.5) { $0 < 0 ? expm1($0) : $0 },
    Function(name: "hard sigmoid", kind: CK_UNARY_HARD_SIGMOID, ulps: 1.5, floor: 0x1p-2) { min(max($0 + 0.5, 0), 1) },
    Function(name: "hard swish", kind: CK_UNARY_HARD_SWISH, ulps: 4, floor: 0x1p-2) { $0 * min(max($0 / 6 + 0.5, 0), 1) },
    Function(name: "leaky relu", kind: CK_UNARY_LEAKY_RELU, ulps: 0.5) { $0 < 0 ? $0 : $0 },
    Function(name: "negate", kind: CK_UNARY_NEGATE, ulps: 0) { -$0 },
    Function(name: "abs", kind: CK_UNARY_ABS, ulps: 0) { abs($0) },
    Function(name: "floor", kind: CK_UNARY_FLOOR, ulps: 0) { $0.rounded(.down) },
    Function(name: "ceil", kind: CK_UNARY_CEIL, ulps: 0) { $0.rounded(.up) },
    Function(name: "round", kind: CK_UNARY_ROUND, ulps: 0) { $0.rounded(.toNearestOrEven) },
    Function(name: "sin", kind: CK_UNARY_SIN, ulps: 1, reference: sin),
    Function(name: "cos", kind: CK_UNARY_COS, ulps: 1, reference: cos),
    Function(name: "tan", kind: CK_UNARY_TAN, ulps: 2, reference: tan),
    Function(name: "asin", kind: CK_UNARY_ASIN, ulps: 2, reference: asin),
    Function(name: "acos", kind: CK_UNARY_ACOS, ulps: 2, reference: acos),
    Function(name: "atan", kind: CK_UNARY_ATAN, ulps: 1.75, reference: atan),
    Function(name: "sinh", kind: CK_UNARY_SINH, ulps: 2, reference: sinh),
    Function(name: "cosh", kind: CK_UNARY_COSH, ulps: 2, reference: cosh),
    Function(name: "asinh", kind: CK_UNARY_ASINH, ulps: 3, reference: asinh),
    Function(name: "acosh", kind: CK_UNARY_ACOSH, ulps: 3, reference: acosh),
    Function(name: "atanh", kind: CK_UNARY_ATANH, ulps: 3, reference: atanh),
    Function(name: "sign", kind: CK_UNARY_SIGN, ulps: 0) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 },
    Function(name: "celu", kind: CK_UNARY_CELU, ulps: 1.5) { $0 < 0 ? expm1($0) : $0 },
    Function(name: "selu", kind: CK_UNARY_SELU, ulps: 1.5) { 0.5 * ($0 < 0 ? expm1($0) : $0) },
    Function(name: "thresholded relu", kind: CK_UNARY_THRESHOLDED_RELU, ulps: 0) { $0 > 1 ? $0 : 0 },
    Function(name: "shrink", kind: CK_UNARY_SHRINK, ulps: 0.5) { $0 < -1 ? $0 + 0.5 : $0 > 1 ? $0 - 0.5 : 0 },
    Function(name: "softsign", kind: CK_UNARY_SOFTSIGN, ulps: 1.5) { $0.isInfinite ? ($0 > 0 ? 1 : -1) : $0 / (1 + abs($0)) },
    Function(name: "swish", kind: CK_UNARY_SWISH, ulps: 3, floor: 0x1p-118) { $0 / (1 + exp(-$0)) },
    Function(name: "mish", kind: CK_UNARY_MISH, ulps: 5, floor: 0x1p-118) { $0 * tanh($0 > 0 ? $0 + log1p(exp(-$0)) : log1p(exp($0))) },
    // The sigmoid's argument is rounded, which its exponential multiplies in the tail.
    Function(name: "gelu, tanh form", kind: CK_UNARY_GELU_TANH, ulps: 11, floor: 0x1p-6) {
      $0 < -20 ? 0 : $0 / (1 + exp(-2 * (2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
    },
  ]

  static func apply(_ kind: ck_unary_kind, _ x: [Float], a: Float = 1, b: Float = 0.5) -> [Float] {
    var p = ck_unary_parameters()
    (p.count, p.kind, p.a, p.b) = (UInt64(x.count), kind.rawValue, a, b)
    return FloatCall(ck_operator_unary_f32, p, inputs: [x], outputCount: x.count).run() ?? []
  }

  @Test(arguments: functions) func staysWithinItsBound(function: Function) {
    var (worst, at) = (0.0, Float(0))
    for block in 0..<16 as Range<UInt32> {
      let x = (0..<65521 as Range<UInt32>).map { Float(bitPattern: (block << 28) &+ $0 &* 4097) }
      let y = Self.apply(function.kind, x)
      guard y.count == x.count else {
        Issue.record("refused")
        return
      }
      for (argument, value) in zip(x, y) {
        let expected = argument.isNaN ? .nan : function.reference(Double(argument)), rounded = Float(expected)
        if rounded.isNaN || !rounded.isFinite || !value.isFinite {
          let near = rounded.magnitude >= 0x1.fffff0p127 && value.magnitude >= 0x1.fffff0p127
          if !(rounded.isNaN && value.isNaN || rounded == value || near) { Issue.record("f(\(argument)) is \(value), not \(expected)") }
          continue
        }
        let error = abs(Double(value) - expected) / Double(max(rounded.magnitude, function.floor).ulp)
        if error > worst { (worst, at) = (error, argument) }
      }
    }
    print("\(function.name): at most \(String(format: "%.3f", worst)) ulp, at \(at)")
    #expect(worst <= function.ulps, "at \(at)")
  }

  @Test func limitsAreWhatTheyShouldBe() {
    let x: [Float] = [.nan, .infinity, -.infinity]
    let expected: [(ck_unary_kind, Float, Float)] = [
      (CK_UNARY_EXP, .infinity, 0), (CK_UNARY_LOG, .infinity, .nan), (CK_UNARY_TANH, 1, -1), (CK_UNARY_SIGMOID, 1, 0),
      (CK_UNARY_SILU, .infinity, 0), (CK_UNARY_SOFTPLUS, .infinity, 0), (CK_UNARY_ERF, 1, -1), (CK_UNARY_GELU, .infinity, 0),
      (CK_UNARY_ELU, .infinity, -1), (CK_UNARY_SIN, .nan, .nan), (CK_UNARY_ATAN, Float(Double.pi / 2), Float(-Double.pi / 2)), (CK_UNARY_ASINH, .infinity, -.infinity),
      (CK_UNARY_SINH, .infinity, -.infinity), (CK_UNARY_COSH, .infinity, .infinity), (CK_UNARY_ACOSH, .infinity, .nan),
      (CK_UNARY_MISH, .infinity, 0), (CK_UNARY_SWISH, .infinity, 0), (CK_UNARY_GELU_TANH, .infinity, 0), (CK_UNARY_SOFTSIGN, 1, -1), (CK_UNARY_HARD_SWISH, .infinity, 0), (CK_UNARY_HARD_SIGMOID, 1, 0), (CK_UNARY_RSQRT, 0, .nan),
    ]
    for (kind, top, bottom) in expected {
      let y = Self.apply(kind, x)
      #expect(y[0].isNaN)
      #expect((y[1] == top || y[1].isNaN && top.isNaN) && (y[2] == bottom || y[2].isNaN && bottom.isNaN), "kind \(kind.rawValue): \(y)")
    }
    #expect(Self.apply(CK_UNARY_CLIP, [-3, 0.5, 9, .infinity], a: -1, b: 2) == [-1, 0.5, 2, 2])
    #expect(Self.apply(CK_UNARY_CLIP, [.nan], a: -1, b: 2)[0].isNaN)
    #expect(Self.apply(CK_UNARY_LEAKY_RELU, [-3, 5], a: 0.5) == [-1.5, 5])
    #expect(Self.apply(CK_UNARY_ELU, [-200, 5], a: 0.5) == [-0.5, 5])
  }

  private func operation(_ kind: ck_binary_kind, _ a: [Float], _ b: [Float]) -> [Float] {
    var p = ck_binary_parameters()
    (p.kind, p.rank, p.float_min, p.float_max) = (kind.rawValue, 1, -.infinity, .infinity)
    (p.dims, p.a_stride, p.b_stride) = ((UInt32(a.count), 1, 1, 1, 1, 1), (1, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0))
    return FloatCall(ck_operator_binary_f32, p, inputs: [a, b], outputCount: a.count).run() ?? []
  }

  @Test func remaindersAreExact() {
    var random = SeededRandom(seed: 5)
    let edges: [Float] = [0, -0.0, 1, -1, 3, -0.1, 1e-45, -1e-45, 1e-38, 0x1p-126, .greatestFiniteMagnitude, .infinity, -.infinity, .nan]
    var (a, b) = (edges.flatMap { x in edges.map { _ in x } }, edges.flatMap { _ in edges })
    for _ in 0..<200_000 {
      a.append(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
      b.append(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
    }
    let (truncated, floored) = (operation(CK_BINARY_REMAINDER, a, b), operation(CK_BINARY_MODULO, a, b))
    for index in a.indices {
      let expected = fmodf(a[index], b[index])
      #expect(truncated[index] == expected || truncated[index].isNaN && expected.isNaN, "fmod(\(a[index]), \(b[index]))")
      let shifted = expected != 0 && (expected < 0) != (b[index] < 0) ? expected + b[index] : expected
      #expect(floored[index] == shifted || floored[index].isNaN && shifted.isNaN, "\(a[index]) modulo \(b[index])")
    }
  }

  @Test func powersStayWithinOneAndAQuarterUlp() {
    var random = SeededRandom(seed: 3)
    let a = (0..<400_000).map { _ in Float(bitPattern: UInt32.random(in: 1..<0x7F80_0000, using: &random)) }
    let b = (0..<400_000).map { _ in Float.random(in: -1...1, using: &random) * Float([2, 20, 200][random.size(0...2)]) }
    var worst = 0.0
    for ((base, exponent), value) in zip(zip(a, b), operation(CK_BINARY_POWER, a, b)) {
      let expected = pow(Double(base), Double(exponent)), rounded = Float(expected)
      guard rounded.isFinite, rounded > 0 else { continue }
      worst = max(worst, abs(Double(value) - expected) / Double(max(rounded, .leastNormalMagnitude).ulp))
    }
    print("pow: at most \(String(format: "%.3f", worst)) ulp")
    #expect(worst <= 1.25)
  }

  @Test func powersOfIntegersAreExact() {
    var (a, b, expected): ([Float], [Float], [Float]) = ([], [], [])
    for base in -300...300 {
      for exponent in 0...24 {
        let value = pow(Double(base), Double(exponent))
        guard abs(value) <= 0x1p24 else { break }
        a.append(Float(base))
        b.append(Float(exponent))
        expected.append(Float(value))
      }
    }
    let actual = operation(CK_BINARY_POWER, a, b)
    for index in a.indices where actual[index] != expected[index] { Issue.record("\(a[index]) to the \(b[index]) is \(actual[index])") }
  }

  @Test func powersOfSpecialValuesAreThoseOfC() {
    let values: [Float] = [
      0, -0.0, 1, -1, .infinity, -.infinity, .nan, 2, 3, -2, -3, 0.5, -0.5, 1e30, -1e30, 1e-42, 0x1p24, 0x1.000002p24, 3e38, -3e38,
    ]
    let pairs = values.flatMap { a in values.map { (a, $0) } }
    for ((a, b), value) in zip(pairs, operation(CK_BINARY_POWER, pairs.map(\.0), pairs.map(\.1))) {
      let expected = Float(pow(Double(a), Double(b)))
      let close = abs(value - expected) <= 2 * max(expected.magnitude, .leastNormalMagnitude).ulp && value.sign == expected.sign
      let same = value.isNaN && expected.isNaN || value == expected && value.sign == expected.sign
      #expect(same || close, "\(a) to the \(b): \(value), not \(expected)")
    }
  }
}
