import ModelGraph

extension Unary: Quantizable {
  /// A clip in its input's own steps rounds nothing; every other function is a table between two ranges.
  func inputsSharingQuantization(_ node: Node) -> [ValueID] {
    if case .clip = function { node.inputs.prefix(1).compactMap(\.self) } else { [] }
  }

  var fixedQuantization: AffineQuantization? {
    switch function {
    case .sigmoid: .unitInterval
    case .tanh: .symmetricUnitInterval
    default: nil
    }
  }

  var outputLimits: ClampRange {
    switch function {
    case .clip(let lower, let upper): ClampRange(lower: lower, upper: upper)
    case .sigmoid, .hardSigmoid: ClampRange(lower: 0, upper: 1)
    case .tanh, .erf, .sin, .cos, .sign, .softsign: ClampRange(lower: -1, upper: 1)
    case .cosh: ClampRange(lower: 1, upper: .infinity)
    case .exp, .sqrt, .rsqrt, .abs, .square, .softplus, .acosh: ClampRange(lower: 0, upper: .infinity)
    // The minima of x * sigmoid(x), of both forms of x * P(x), of x * tanh(softplus(x)) and of x * (x + 3) / 6.
    case .silu: ClampRange(lower: -0.2784645, upper: .infinity)
    case .gelu: ClampRange(lower: -0.1699712, upper: .infinity)
    case .geluTanh: ClampRange(lower: -0.1700408, upper: .infinity)
    case .mish: ClampRange(lower: -0.3088435, upper: .infinity)
    case .hardSwish: ClampRange(lower: -0.375, upper: .infinity)
    case .elu(let alpha) where alpha >= 0: ClampRange(lower: -alpha, upper: .infinity)
    case .celu(let alpha): ClampRange(lower: -alpha, upper: .infinity)
    case .selu(let alpha, let gamma) where alpha >= 0 && gamma >= 0: ClampRange(lower: -alpha * gamma, upper: .infinity)
    default: .none
    }
  }
}
