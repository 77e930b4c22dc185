import CKernels
import Foundation
package import ModelGraph

extension Unary: Lowerable {
  package var hasInt16Form: Bool {
    switch function {
    case .identity, .clip: true
    default: false
    }
  }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    if function == .identity { return try context.lowerIdentity(node) }
    let input = try context.input(node, 0)
    let output = try context.output(node)
    if case .clip(let lower, let upper) = function, let to = context.program[output].format.quantization,
      context.program[input].format.isInt16 || to.width == .int16
    {
      return try context.emitRequantize(node, input, output, levels: to.levels(in: ClampRange(lower: lower, upper: upper)))
    }
    if let from = context.program[input].format.quantization {
      context.emitTable(node, input, output) { function.value(at: from.real($0)) }
      return
    }
    if context.program[input].format == .int32 { return try lowerOnIntegers(node, input, output, &context) }
    let (kind, a, b) = function.code
    let parameters = ck_unary_parameters(
      count: UInt64(context.program[output].elementCount), kind: kind.rawValue, a: a, b: b)
    context.emit(
      Instruction(CK_OP_UNARY_F32, node.name, inputs: [input], outputs: [output], parameters: parameters, byteCount: 20),
      flags: context.floatFlags)
  }

  private func lowerOnIntegers(
    _ node: Node, _ input: TensorID, _ output: TensorID, _ context: inout LoweringContext
  ) throws(LoweringError) {
    let kind: ck_unary_int_kind
    switch function {
    case .square: return try Binary(.multiply).emitOnIntegers(node, input, input, output, &context)
    case .negate: kind = CK_UNARY_INT_NEGATE
    case .abs: kind = CK_UNARY_INT_ABS
    case .sign: kind = CK_UNARY_INT_SIGN
    default: throw LoweringError("unsupported-type", "\(function) is a function of floats")
    }
    context.emitUnaryOnIntegers(node, kind, input, output)
  }
}

extension Not: Lowerable {
  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let input = try context.input(node, 0)
    context.emitUnaryOnIntegers(node, CK_UNARY_INT_NOT, input, try context.output(node))
  }
}

extension LoweringContext {
  fileprivate mutating func emitUnaryOnIntegers(_ node: Node, _ kind: ck_unary_int_kind, _ input: TensorID, _ output: TensorID) {
    let parameters = ck_unary_int_parameters(
      count: UInt64(program[output].elementCount), kind: kind.rawValue, type: graph[node.outputs[0]].type.elementType.wrapCode.rawValue)
    emit(Instruction(CK_OP_UNARY_INT, node.name, inputs: [input], outputs: [output], parameters: parameters))
  }
}

extension Unary.Function {
  /// The opcode's kind and its two constants.
  fileprivate var code: (ck_unary_kind, Float, Float) {
    switch self {
    case .identity: (CK_UNARY_CLIP, -.infinity, .infinity)
    case .clip(let lower, let upper): (CK_UNARY_CLIP, lower, upper)
    case .sigmoid: (CK_UNARY_SIGMOID, 0, 0)
    case .tanh: (CK_UNARY_TANH, 0, 0)
    case .silu: (CK_UNARY_SILU, 0, 0)
    case .exp: (CK_UNARY_EXP, 0, 0)
    case .log: (CK_UNARY_LOG, 0, 0)
    case .sqrt: (CK_UNARY_SQRT, 0, 0)
    case .rsqrt: (CK_UNARY_RSQRT, 0, 0)
    case .reciprocal: (CK_UNARY_RECIPROCAL, 0, 0)
    case .negate: (CK_UNARY_NEGATE, 0, 0)
    case .abs: (CK_UNARY_ABS, 0, 0)
    case .square: (CK_UNARY_SQUARE, 0, 0)
    case .erf: (CK_UNARY_ERF, 0, 0)
    case .gelu: (CK_UNARY_GELU, 0, 0)
    case .leakyRelu(let slope): (CK_UNARY_LEAKY_RELU, slope, 0)
    case .elu(let alpha): (CK_UNARY_ELU, alpha, 0)
    case .hardSigmoid(let alpha, let beta): (CK_UNARY_HARD_SIGMOID, alpha, beta)
    case .hardSwish: (CK_UNARY_HARD_SWISH, 0, 0)
    case .softplus: (CK_UNARY_SOFTPLUS, 0, 0)
    case .floor: (CK_UNARY_FLOOR, 0, 0)
    case .ceil: (CK_UNARY_CEIL, 0, 0)
    case .round: (CK_UNARY_ROUND, 0, 0)
    case .sin: (CK_UNARY_SIN, 0, 0)
    case .cos: (CK_UNARY_COS, 0, 0)
    case .tan: (CK_UNARY_TAN, 0, 0)
    case .asin: (CK_UNARY_ASIN, 0, 0)
    case .acos: (CK_UNARY_ACOS, 0, 0)
    case .atan: (CK_UNARY_ATAN, 0, 0)
    case .sinh: (CK_UNARY_SINH, 0, 0)
    case .cosh: (CK_UNARY_COSH, 0, 0)
    case .asinh: (CK_UNARY_ASINH, 0, 0)
    case .acosh: (CK_UNARY_ACOSH, 0, 0)
    case .atanh: (CK_UNARY_ATANH, 0, 0)
    case .sign: (CK_UNARY_SIGN, 0, 0)
    case .celu(let alpha): (CK_UNARY_CELU, alpha, 0)
    case .selu(let alpha, let gamma): (CK_UNARY_SELU, alpha, gamma)
    case .thresholdedRelu(let threshold): (CK_UNARY_THRESHOLDED_RELU, threshold, 0)
    case .shrink(let threshold, let bias): (CK_UNARY_SHRINK, threshold, bias)
    case .softsign: (CK_UNARY_SOFTSIGN, 0, 0)
    case .swish(let alpha): (CK_UNARY_SWISH, alpha, 0)
    case .mish: (CK_UNARY_MISH, 0, 0)
    case .geluTanh: (CK_UNARY_GELU_TANH, 0, 0)
    }
  }

  /// The function itself, for tables: outside its domain NaN, at a pole infinite.
  package func value(at x: Double) -> Double {
    switch self {
    case .identity: x
    case .clip(let lower, let upper): min(max(x, Double(lower)), Double(upper))
    case .sigmoid: 1 / (1 + Foundation.exp(-x))
    case .tanh: Foundation.tanh(x)
    case .silu: x / (1 + Foundation.exp(-x))
    case .exp: Foundation.exp(x)
    case .log: Foundation.log(x)
    case .sqrt: x.squareRoot()
    case .rsqrt: 1 / x.squareRoot()
    case .reciprocal: 1 / x
    case .negate: -x
    case .abs: Swift.abs(x)
    case .square: x * x
    case .erf: Foundation.erf(x)
    case .gelu: x * (1 + Foundation.erf(x * 0.5.squareRoot())) / 2
    case .leakyRelu(let slope): x < 0 ? Double(slope) * x : x
    case .elu(let alpha): x < 0 ? Double(alpha) * Foundation.expm1(x) : x
    case .hardSigmoid(let alpha, let beta): min(max(Double(alpha) * x + Double(beta), 0), 1)
    case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
    case .softplus: max(x, 0) + Foundation.log1p(Foundation.exp(-Swift.abs(x)))
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .round: x.rounded(.toNearestOrEven)
    case .sin: Foundation.sin(x)
    case .cos: Foundation.cos(x)
    case .tan: Foundation.tan(x)
    case .asin: Foundation.asin(x)
    case .acos: Foundation.acos(x)
    case .atan: Foundation.atan(x)
    case .sinh: Foundation.sinh(x)
    case .cosh: Foundation.cosh(x)
    case .asinh: Foundation.asinh(x)
    case .acosh: Foundation.acosh(x)
    case .atanh: Foundation.atanh(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x
    case .celu(let alpha): x < 0 ? Double(alpha) * Foundation.expm1(x / Double(alpha)) : x
    case .selu(let alpha, let gamma): Double(gamma) * (x < 0 ? Double(alpha) * Foundation.expm1(x) : x)
    case .thresholdedRelu(let threshold): x > Double(threshold) ? x : 0
    case .shrink(let threshold, let bias): x < -Double(threshold) ? x + Double(bias) : x > Double(threshold) ? x - Double(bias) : 0
    case .softsign: x / (1 + Swift.abs(x))
    case .swish(let alpha): x / (1 + Foundation.exp(-Double(alpha) * x))
    case .mish: x * Foundation.tanh(max(x, 0) + Foundation.log1p(Foundation.exp(-Swift.abs(x))))
    case .geluTanh: x / (1 + Foundation.exp(-2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
  }
}
