import Foundation
import ModelGraph
import ModelImport
import Testing

@Suite struct ONNXElementwiseTests {
  static let points: [Float] = [-4, -1.5, -0.5, 0, 0.25, 0.5, 1.5, 2.5, 5]

  static let functions: [(String, @Sendable (Double) -> Double)] = [
    ("Relu", { max($0, 0) }), ("Sigmoid", { 1 / (1 + exp(-$0)) }), ("Tanh", { tanh($0) }), ("Erf", { erf($0) }), ("Exp", { exp($0) }),
    ("Neg", { -$0 }), ("Abs", { abs($0) }), ("Floor", { $0.rounded(.down) }), ("Ceil", { $0.rounded(.up) }),
    ("Round", { $0.rounded(.toNearestOrEven) }), ("Softplus", { log1p(exp($0)) }), ("HardSwish", { $0 * min(max($0 / 6 + 0.5, 0), 1) }),
    ("LeakyRelu", { $0 < 0 ? 0.01 * $0 : $0 }), ("Elu", { $0 < 0 ? expm1($0) : $0 }), ("HardSigmoid", { min(max(0.2 * $0 + 0.5, 0), 1) }),
    ("Gelu", { 0.5 * $0 * (1 + erf($0 / 2.squareRoot())) }), ("Mish", { $0 * tanh(log1p(exp($0))) }),
    ("Sin", { sin($0) }), ("Cos", { cos($0) }), ("Tan", { tan($0) }), ("Atan", { atan($0) }), ("Sinh", { sinh($0) }),
    ("Cosh", { cosh($0) }), ("Asinh", { asinh($0) }), ("Sign", { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }), ("Softsign", { $0 / (1 + abs($0)) }),
    ("Selu", { 1.0507009873554805 * ($0 < 0 ? 1.6732632423543772 * expm1($0) : $0) }), ("Celu", { $0 < 0 ? expm1($0) : $0 }),
    ("ThresholdedRelu", { $0 > 1 ? $0 : 0 }), ("Shrink", { abs($0) > 0.5 ? $0 : 0 }),
  ]

  @Test(arguments: functions.indices) func functionsOfOneTensor(index: Int) throws {
    let (op, reference) = Self.functions[index]
    let result = try runONNX(op, opset: 20, x: [1, 9], Self.points)
    #expect(isClose(result.values, Self.points.map { Float(reference(Double($0))) }), "\(op)")
  }

  @Test func functionsOfPositiveNumbers() throws {
    let points: [Float] = [0.25, 1, 4]
    #expect(isClose(try runONNX("Log", x: [3], points).values, points.map { log($0) }))
    #expect(try runONNX("Sqrt", x: [3], points).values == [0.5, 1, 2])
    #expect(try runONNX("Reciprocal", x: [3], points).values == [4, 1, 0.25])
  }

  @Test func functionsOfPartOfTheLine() throws {
    let inner: [Float] = [-0.75, -0.25, 0, 0.5, 0.875], outer: [Float] = [1, 1.5, 40]
    #expect(isClose(try runONNX("Asin", x: [5], inner).values, inner.map { asin($0) }))
    #expect(isClose(try runONNX("Acos", x: [5], inner).values, inner.map { acos($0) }))
    #expect(isClose(try runONNX("Atanh", x: [5], inner).values, inner.map { atanh($0) }))
    #expect(isClose(try runONNX("Acosh", x: [3], outer).values, outer.map { acosh($0) }))
  }

  @Test func functionsWithAttributes() throws {
    let x: [Float] = [-3, -1, 0, 2]
    let celu = try runONNX("Celu", x: [4], x, attributes: ["alpha": .float(2)])
    #expect(isClose(celu.values, x.map { $0 < 0 ? 2 * (exp($0 / 2) - 1) : $0 }))
    let selu = try runONNX("Selu", x: [4], x, attributes: ["alpha": .float(2), "gamma": .float(3)])
    #expect(isClose(selu.values, x.map { 3 * ($0 < 0 ? 2 * (exp($0) - 1) : $0) }))
    #expect(try runONNX("Shrink", x: [4], x, attributes: ["lambd": .float(1.5), "bias": .float(1)]).values == [-2, 0, 0, 1])
    #expect(try runONNX("ThresholdedRelu", x: [4], x, attributes: ["alpha": .float(-2)]).values == [0, -1, 0, 2])
    let swish = try runONNX("Swish", opset: 24, x: [4], x, attributes: ["alpha": .float(0.5)])
    #expect(isClose(swish.values, x.map { $0 / (1 + exp(-0.5 * $0)) }))
  }

  @Test(arguments: [("Celu", "alpha", Float(0)), ("Celu", "alpha", -1), ("Shrink", "lambd", -0.5), ("Selu", "gamma", .infinity)])
  func attributesOutOfRangeAreRefused(op: String, attribute: String, value: Float) throws {
    let error = #expect(throws: DiagnosticError.self) { try runONNX(op, x: [1], [1], attributes: [attribute: .float(value)]) }
    #expect(error?.diagnostics.map(\.code) == ["bad-attribute"])
  }

  @Test func remaindersTakeTheSignThatTheNodeSays() throws {
    let x: [Float] = [-4.25, 7.25, 5, -4.25], y: [Float] = [2, -3, 8, 4.25]
    #expect(try runONNX("Mod", x: [4], x, floats: [("m", [4], y)]).values == [1.75, -1.75, 5, 0])
    let truncated = try runONNX("Mod", x: [4], x, floats: [("m", [4], y)], attributes: ["fmod": .int(1)])
    #expect(truncated.values == [-0.25, 1.25, 5, 0])
  }

  @Test func geluOfTheTanhForm() throws {
    let expected = Self.points.map { x in
      Float(0.5 * Double(x) * (1 + tanh((2 / Double.pi).squareRoot() * (Double(x) + 0.044715 * pow(Double(x), 3)))))
    }
    let result = try runONNX("Gelu", opset: 20, x: [9], Self.points, attributes: ["approximate": .string("tanh")])
    #expect(isClose(result.values, expected))
  }

  @Test func clipTakesAttributesBeforeOpset11AndInputsAfter() throws {
    let expected = Self.points.map { min(max($0, 0), 2) }
    #expect(try runONNX("Clip", opset: 10, x: [9], Self.points, attributes: ["min": .float(0), "max": .float(2)]).values == expected)
    #expect(try runONNX("Clip", opset: 13, x: [9], Self.points, floats: [("lo", [], [0]), ("hi", [], [2])]).values == expected)
    let upperOnly = try runONNX("Clip", x: [9], Self.points, floats: [("hi", [], [2])], inputs: ["x", "", "hi"])
    #expect(upperOnly.values == Self.points.map { min($0, 2) })
  }

  @Test func attributesReplaceDefaults() throws {
    #expect(try runONNX("LeakyRelu", x: [2], [-2, 2], attributes: ["alpha": .float(0.5)]).values == [-1, 2])
    #expect(try runONNX("HardSigmoid", x: [1], [1], attributes: ["alpha": .float(0.25), "beta": .float(0.125)]).values == [0.375])
  }

  @Test(arguments: ["Add", "Sub", "Mul", "Div", "Max", "Min"]) func binaryBroadcasts(op: String) throws {
    let x: [Float] = [1, 2, 3, 4, 5, 6], w: [Float] = [4, 2]
    let result = try runONNX(op, x: [3, 2], x, floats: [("w", [2], w)])
    let expected = x.enumerated().map { index, a -> Float in
      let b = w[index % 2]
      return switch op {
      case "Add": a + b
      case "Sub": a - b
      case "Mul": a * b
      case "Div": a / b
      case "Max": max(a, b)
      default: min(a, b)
      }
    }
    #expect(result.values == expected)
  }

  @Test func variadicOperatorsTakeAnyNumber() throws {
    let w: [(String, [Int], [Float])] = [("a", [2], [5, 1]), ("b", [2], [0, 9])]
    #expect(try runONNX("Max", x: [2], [3, 3], floats: w).values == [5, 9])
    #expect(try runONNX("Sum", x: [2], [3, 3], floats: w).values == [8, 13])
    let means: [Float] = [8 / 3, 13 / 3]
    #expect(isClose(try runONNX("Mean", x: [2], [3, 3], floats: w).values, means))
    #expect(try runONNX("Min", x: [2], [3, 3]).values == [3, 3])
  }

  @Test func powersThatHaveTheirOwnFunction() throws {
    for exponent in [Float(2), 3, 0.5, -0.5, -1, 1] {
      let result = try runONNX("Pow", x: [3], [0.25, 1, 4], floats: [("e", [], [exponent])])
      #expect(isClose(result.values, [0.25, 1, 4].map { pow($0, exponent) }), "exponent \(exponent)")
    }
    #expect(try runONNX("Pow", x: [2], [2, 3], integers: [("e", [3, 2])]).values == [8, 9])
  }

  @Test func parametricReluWithASlopeAChannel() throws {
    let result = try runONNX("PRelu", x: [1, 2, 1, 2], [-1, 2, -3, 4], floats: [("s", [2, 1, 1], [0.5, 0.25])])
    #expect(result.values == [-0.5, 2, -0.75, 4])
  }

  @Test func softmaxOfOldOpsetsFlattensFromItsAxis() throws {
    let x = ramp(12)
    func softmax(_ rows: Int) -> [Float] {
      stride(from: 0, to: 12, by: 12 / rows).flatMap { start -> [Float] in
        let e = x[start..<(start + 12 / rows)].map { exp($0) }
        return e.map { $0 / e.reduce(0, +) }
      }
    }
    #expect(isClose(try runONNX("Softmax", opset: 11, x: [2, 3, 2], x).values, softmax(2)))
    #expect(isClose(try runONNX("Softmax", opset: 11, x: [2, 3, 2], x, attributes: ["axis": .int(2)]).values, softmax(6)))
    #expect(isClose(try runONNX("Softmax", opset: 13, x: [2, 3, 2], x).values, softmax(6)))
    let logs = try runONNX("LogSoftmax", opset: 11, x: [2, 3, 2], x)
    #expect(logs.shape == [2, 3, 2] && isClose(logs.values, softmax(2).map { log($0) }))
  }

  @Test func softmaxOverAMiddleAxis() throws {
    let x = ramp(12)
    let result = try runONNX("Softmax", opset: 13, x: [2, 3, 2], x, attributes: ["axis": .int(1)])
    for (n, w) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
      let places = (0..<3).map { n * 6 + $0 * 2 + w }
      let e: [Float] = places.map { exp(x[$0]) }
      let sum = e.reduce(0, +)
      #expect(isClose(places.map { result.values[$0] }, e.map { $0 / sum }))
    }
  }

  @Test func logSoftmaxOfFarApartLogitsStaysFinite() throws {
    let result = try runONNX("LogSoftmax", x: [1, 2], [0, 500])
    #expect(isClose(result.values, [-500, 0]))
  }
}
