import RealModule

extension Unary: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }) else { return nil }
    if function == .identity { return [x] }
    switch x.elements {
    case .floats(let values):
      return [Tensor(shape: x.shape, floats: values.map(function.applied), elementType: x.type.elementType)]
    case .integers(let values):
      var results: [Int64] = []
      results.reserveCapacity(values.count)
      for value in values {
        guard let result = function.applied(value) else { return nil }
        results.append(x.type.elementType.wrapped(result))
      }
      return [Tensor(shape: x.shape, integers: results, elementType: x.type.elementType)]
    }
  }
}

extension Unary.Function {
  func applied(_ x: Float) -> Float {
    switch self {
    case .identity: x
    case .clip(let lower, let upper): x.isNaN ? x : min(max(x, lower), upper)
    case .sigmoid: sigmoid(x)
    case .tanh: Float.tanh(x)
    case .silu: x * sigmoid(x)
    case .exp: Float.exp(x)
    case .log: Float.log(x)
    case .sqrt: x.squareRoot()
    case .rsqrt: 1 / x.squareRoot()
    case .reciprocal: 1 / x
    case .negate: -x
    case .abs: x.magnitude
    case .square: x * x
    case .erf: Float.erf(x)
    case .gelu: 0.5 * x * (1 + Float.erf(x * Float(0.5).squareRoot()))
    case .leakyRelu(let slope): x < 0 ? slope * x : x
    case .elu(let alpha): x < 0 ? alpha * Float.expMinusOne(x) : x
    case .hardSigmoid(let alpha, let beta): min(max(alpha * x + beta, 0), 1)
    case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
    // Written so that exp never overflows.
    case .softplus: max(x, 0) + Float.log(onePlus: Float.exp(-x.magnitude))
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrEven)
    case .sin: Float.sin(x)
    case .cos: Float.cos(x)
    case .tan: Float.tan(x)
    case .asin: Float.asin(x)
    case .acos: Float.acos(x)
    case .atan: Float.atan(x)
    case .sinh: Float.sinh(x)
    case .cosh: Float.cosh(x)
    case .asinh: Float.asinh(x)
    case .acosh: Float.acosh(x)
    case .atanh: Float.atanh(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .celu(let alpha): x < 0 ? alpha * Float.expMinusOne(x / alpha) : x
    case .selu(let alpha, let gamma): gamma * (x < 0 ? alpha * Float.expMinusOne(x) : x)
    case .thresholdedRelu(let threshold): x > threshold || x.isNaN ? x : 0
    case .shrink(let threshold, let bias): x < -threshold ? x + bias : x > threshold || x.isNaN ? x - bias : 0
    case .softsign: x.isInfinite ? (x > 0 ? 1 : -1) : x / (1 + x.magnitude)
    case .swish(let alpha): x * sigmoid(alpha * x)
    case .mish: x * Float.tanh(max(x, 0) + Float.log(onePlus: Float.exp(-x.magnitude)))
    case .geluTanh: x * sigmoid(1.595_769_1 * x * (1 + 0.044715 * x * x))
    }
  }

  /// Of an integer, where that is an integer in every model format.
  func applied(_ x: Int64) -> Int64? {
    switch self {
    case .clip(let lower, let upper):
      let low = lower == -.infinity ? Int64.min : Int64(exactly: lower)
      let high = upper == .infinity ? Int64.max : Int64(exactly: upper)
      guard let low, let high else { return nil }
      return min(max(x, low), high)
    case .negate: return x == .min ? nil : -x
    case .abs: return x == .min ? nil : Swift.abs(x)
    case .square:
      let (value, overflow) = x.multipliedReportingOverflow(by: x)
      return overflow ? nil : value
    case .floor, .ceil, .round: return x
    case .sign: return x.signum()
    default: return nil
    }
  }

  private func sigmoid(_ x: Float) -> Float {
    let e = Float.exp(-x.magnitude)
    return x >= 0 ? 1 / (1 + e) : e / (1 + e)
  }
}
