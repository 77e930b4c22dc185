import ModelCompiler
import ModelGraph
import Testing

/// What a 256-entry table of int8 holds against what folding computes: two ways to write the same function.
@Suite struct UnaryFunctionTests {
  static let functions: [Unary.Function] = [
    .clip(lower: -1, upper: 2), .sigmoid, .tanh, .silu, .exp, .log, .sqrt, .rsqrt, .reciprocal, .negate, .abs, .square, .erf, .gelu,
    .leakyRelu(slope: 0.1), .elu(alpha: 1.5), .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish, .softplus, .floor, .ceil, .round,
    .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .asinh, .acosh, .atanh, .sign, .celu(alpha: 2), .selu(alpha: 1.6, gamma: 1.1),
    .thresholdedRelu(threshold: 0.75), .shrink(threshold: 0.5, bias: 0.25), .softsign, .swish(alpha: 0.5), .mish, .geluTanh,
  ]

  @Test(arguments: functions) func tablesHoldWhatFoldingComputes(function: Unary.Function) throws {
    let points = (-128..<128).map { Float($0) / 32 }
    let folded = try #require(evaluate(Unary(function), [Tensor(shape: [256], floats: points)])?.first?.floats)
    var compared = 0
    for (x, value) in zip(points, folded) {
      let entry = function.value(at: Double(x))
      if entry.isNaN || value.isNaN || value.isInfinite {
        #expect(entry.isNaN == value.isNaN && entry.isInfinite == value.isInfinite, "\(function) at \(x): \(entry), folded \(value)")
      } else {
        #expect(abs(entry - Double(value)) <= 2e-6 * max(1, abs(entry)), "\(function) at \(x): \(entry), folded \(value)")
        compared += 1
      }
    }
    #expect(compared >= 60)
  }
}
