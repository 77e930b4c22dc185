/// Element-wise function of one tensor. In int8 every one is an exact 256-entry table.
package struct Unary: Operator {
  package enum Function: Hashable, Sendable {
    /// The input itself. Between values that a model holds quantized differently it rounds to the output's levels.
    case identity
    /// min(max(x, lower), upper); ReLU is (0, inf), ReLU6 (0, 6).
    case clip(lower: Float, upper: Float)
    case sigmoid, tanh, silu, exp, log, sqrt, rsqrt, reciprocal, negate, abs, square, erf, gelu
    case leakyRelu(slope: Float)
    case elu(alpha: Float)
    /// min(max(alpha * x + beta, 0), 1)
    case hardSigmoid(alpha: Float, beta: Float)
    case hardSwish, softplus, floor, ceil, round
    case sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, sign
    /// x < 0 ? alpha (exp(x / alpha) - 1) : x, alpha > 0
    case celu(alpha: Float)
    /// gamma (x < 0 ? alpha (exp(x) - 1) : x)
    case selu(alpha: Float, gamma: Float)
    /// x > threshold ? x : 0
    case thresholdedRelu(threshold: Float)
    /// x < -threshold ? x + bias : x > threshold ? x - bias : 0, threshold >= 0
    case shrink(threshold: Float, bias: Float)
    /// x / (1 + |x|)
    case softsign
    /// x sigmoid(alpha x)
    case swish(alpha: Float)
    /// x tanh(log(1 + exp(x)))
    case mish
    /// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
    case geluTanh
  }
  package var function: Function
  package init(_ function: Function) { self.function = function }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    [try required(inputs, 0, "input")]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool {
    switch function {
    case .negate, .abs, .square, .sign: elementClass != .boolean
    default: elementClass == .float
    }
  }
}
