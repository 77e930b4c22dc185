import Foundation
import ModelGraph
import Testing
import _TestSupport

@Suite struct TFLiteElementwiseTests {
  struct Function: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var code: Int
    var value: @Sendable (Float) -> Float
  }

  static let functions = [
    Function(testDescription: "RELU", code: 19) { max($0, 0) },
    Function(testDescription: "RELU_N1_TO_1", code: 20) { min(max($0, -1), 1) },
    Function(testDescription: "RELU6", code: 21) { min(max($0, 0), 6) },
    Function(testDescription: "RELU_0_TO_1", code: 152) { min(max($0, 0), 1) },
    Function(testDescription: "LOGISTIC", code: 14) { 1 / (1 + exp(-$0)) },
    Function(testDescription: "TANH", code: 28) { tanh($0) },
    Function(testDescription: "ELU", code: 111) { $0 > 0 ? $0 : exp($0) - 1 },
    Function(testDescription: "HARD_SWISH", code: 117) { $0 * min(max($0 + 3, 0), 6) / 6 },
    Function(testDescription: "GELU", code: 150) { 0.5 * $0 * (1 + erf($0 * Float(0.5).squareRoot())) },
    Function(testDescription: "EXP", code: 47) { exp($0) },
    Function(testDescription: "NEG", code: 59) { -$0 },
    Function(testDescription: "ABS", code: 101) { abs($0) },
    Function(testDescription: "FLOOR", code: 8) { floor($0) },
    Function(testDescription: "CEIL", code: 104) { ceil($0) },
    Function(testDescription: "ROUND", code: 116) { $0.rounded(.toNearestOrEven) },
    Function(testDescription: "SQUARE", code: 92) { $0 * $0 },
    Function(testDescription: "SIN", code: 66) { sin($0) },
    Function(testDescription: "COS", code: 108) { cos($0) },
    Function(testDescription: "SIGN", code: 158) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 },
  ]

  @Test(arguments: functions) func unary(_ function: Function) throws {
    let x: [Float] = [-7.5, -3, -1.5, -0.5, -0.25, 0, 0.1, 0.5, 1, 2.5, 6, 8]
    expectClose(try run(one(function.code, [1, 12]), x)[0].floats, x.map(function.value))
  }

  @Test func positiveUnary() throws {
    let x: [Float] = [0.1, 0.5, 1, 2, 9]
    expectClose(try run(one(73, [5]), x)[0].floats, x.map { log($0) })
    expectClose(try run(one(75, [5]), x)[0].floats, x.map { $0.squareRoot() })
    expectClose(try run(one(76, [5]), x)[0].floats, x.map { 1 / $0.squareRoot() })
  }

  @Test func slopes() throws {
    let x: [Float] = [-2, 3, -1, 4]
    expectClose(try run(one(98, [2, 2], options: (75, [0: .float(0.2)])), x)[0].floats, [-0.4, 3, -0.2, 4])
    let prelu = one(54, [2, 2]) { [$0.constant("slope", [2], [0.5, 0.25])] }
    expectClose(try run(prelu, x)[0].floats, [-1, 3, -0.5, 4])
    #expect(diagnostics(of: one(98, [2], options: (75, [0: .float(.nan)]))).map(\.code) == ["bad-attribute"])
  }

  @Test func approximateGelu() throws {
    let x: [Float] = [-4, -1, -0.3, 0, 0.7, 2, 5]
    let expected = x.map { x in 0.5 * x * (1 + tanh(Float(2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) }
    expectClose(try run(one(150, [7], options: (116, [0: .bool(true)])), x)[0].floats, expected)
  }

  @Test func binaryWithBroadcastingAndActivation() throws {
    let x: [Float] = [1, -2, 3, -4, 5, -6]
    let y: [Float] = [2, -1, 4]
    let kinds: [(code: Int, options: Int?, value: (Float, Float) -> Float)] = [
      (0, 11, { $0 + $1 }), (41, 28, { $0 - $1 }), (18, 21, { $0 * $1 }), (42, 29, { $0 / $1 }),
      (55, nil, { max($0, $1) }), (57, nil, { min($0, $1) }), (99, nil, { ($0 - $1) * ($0 - $1) }),
      (90, nil, { floor($0 / $1) }), (95, nil, { $0 - $1 * floor($0 / $1) }),
    ]
    for kind in kinds {
      for activation in kind.options == nil ? [0] : [0, 1, 3, 4] {
        let file = one(kind.code, [2, 3], options: kind.options.map { ($0, [0: .int8(Int8(activation))]) }) { [$0.constant("c", [3], y)] }
        let expected = x.enumerated().map { index, x in
          let value = kind.value(x, y[index % 3])
          return switch activation {
          case 1: max(value, 0)
          case 3: min(max(value, 0), 6)
          case 4: tanh(value)
          default: value
          }
        }
        expectClose(try run(file, x)[0].floats, expected)
      }
    }
  }

  @Test func softmaxScalesByBeta() throws {
    let x: [Float] = [1, 2, 0.5, -1, 0, 3]
    for beta: Float in [1, 0.5] {
      let expected = [x[..<3], x[3...]].flatMap { row in
        let powers = row.map { exp(beta * $0) }
        return powers.map { $0 / powers.reduce(0, +) }
      }
      expectClose(try run(one(25, [2, 3], options: (9, [0: .float(beta)])), x)[0].floats, expected)
    }
  }

  @Test func reductions() throws {
    let x = counting(12)  // [2, 3, 2]
    func reduced(_ code: Int, _ axes: [Int], keep: Bool = false) throws -> Tensor {
      try run(one(code, [2, 3, 2], options: (27, [0: .bool(keep)])) { [$0.constant("axes", axes)] }, x)[0]
    }
    #expect(try reduced(40, [1]) == Tensor(shape: [2, 2], floats: [2, 3, 8, 9]))
    #expect(try reduced(40, [-1, 0], keep: true) == Tensor(shape: [1, 3, 1], floats: [3.5, 5.5, 7.5]))
    #expect(try reduced(74, [0]) == Tensor(shape: [3, 2], floats: [6, 8, 10, 12, 14, 16]))
    #expect(try reduced(82, [1, 2]) == Tensor(shape: [2], floats: [5, 11]))
    #expect(try reduced(89, [2, 2]) == Tensor(shape: [2, 3], floats: [0, 2, 4, 6, 8, 10]))
    #expect(diagnostics(of: one(40, [2, 3]) { [$0.constant("axes", [2])] }).map(\.code) == ["bad-shape"])
  }

  @Test func fullyConnected() throws {
    let weight: [Float] = [1, 0, -1, 2, 1, 0]  // [2, 3]
    func dense(_ shape: [Int], keep: Bool = false, bias: Bool = true, activation: Int8 = 0) throws -> Tensor {
      let file = one(9, shape, options: (8, [0: .int8(activation), 2: .bool(keep)])) {
        [$0.constant("w", [2, 3], weight), bias ? $0.constant("b", [2], [10, -20]) : -1]
      }
      return try run(file, counting(shape.reduce(1, *)))[0]
    }
    #expect(try dense([2, 3]) == Tensor(shape: [2, 2], floats: [8, -19, 8, -10]))
    #expect(try dense([2, 3], bias: false) == Tensor(shape: [2, 2], floats: [-2, 1, -2, 10]))
    #expect(try dense([2, 3], activation: 1) == Tensor(shape: [2, 2], floats: [8, 0, 8, 0]))
    #expect(try dense([1, 2, 3]) == Tensor(shape: [2, 2], floats: [8, -19, 8, -10]))
    #expect(try dense([1, 2, 3], keep: true) == Tensor(shape: [1, 2, 2], floats: [8, -19, 8, -10]))
    #expect(try dense([1, 1, 2, 3]).shape == [2, 2])
    let misfit = one(9, [1, 4], options: (8, [:])) { [$0.constant("w", [2, 3], weight)] }
    #expect(diagnostics(of: misfit).map(\.code) == ["bad-shape"])
  }
}
