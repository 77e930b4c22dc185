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
        results.append(result)
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
    default: return nil
    }
  }

  private func sigmoid(_ x: Float) -> Float {
    let e = Float.exp(-x.magnitude)
    return x >= 0 ? 1 / (1 + e) : e / (1 + e)
  }
}
