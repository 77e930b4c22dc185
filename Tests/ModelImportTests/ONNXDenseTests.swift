import ModelGraph
import ModelImport
import Testing

/// Gemm and MatMul with one constant factor.
@Suite struct ONNXDenseTests {
  static func product(_ a: [Float], _ b: [Float], _ m: Int, _ k: Int, _ n: Int) -> [Float] {
    (0..<(m * n)).map { index in (0..<k).reduce(Float(0)) { $0 + a[index / n * k + $1] * b[$1 * n + index % n] } }
  }
  static func transposed(_ a: [Float], _ rows: Int, _ columns: Int) -> [Float] {
    (0..<(rows * columns)).map { a[$0 % rows * columns + $0 / rows] }
  }

  @Test(arguments: [false, true], [false, true]) func gemm(transA: Bool, transB: Bool) throws {
    let (m, k, n) = (3, 4, 2)
    let a = ramp(m * k), b = ramp(k * n), bias: [Float] = [0.5, -2]
    let expected = zip(Self.product(a, b, m, k, n), (0..<(m * n)).map { bias[$0 % n] }).map { 0.5 * $0 + 3 * $1 }
    let result = try runONNX(
      "Gemm", x: transA ? [k, m] : [m, k], transA ? Self.transposed(a, m, k) : a,
      floats: [("w", transB ? [n, k] : [k, n], transB ? Self.transposed(b, k, n) : b), ("b", [n], bias)],
      attributes: ["alpha": .float(0.5), "beta": .float(3), "transA": .int(transA ? 1 : 0), "transB": .int(transB ? 1 : 0)])
    #expect(result.shape == [m, n] && isClose(result.values, expected))
  }

  @Test(arguments: [([Int](), 1), ([1], 1), ([2], 2), ([1, 2], 2), ([3, 1], 3), ([3, 2], 6)])
  func gemmBroadcastsItsAddend(shape: [Int], count: Int) throws {
    let a = ramp(12), b = ramp(8), c = ramp(count)
    let columnsOnly = shape == [3, 1]
    let added = Self.product(a, b, 3, 4, 2).enumerated().map { index, value in
      value + (count == 1 ? c[0] : columnsOnly ? c[index / 2] : count == 2 ? c[index % 2] : c[index])
    }
    let result = try runONNX("Gemm", x: [3, 4], a, floats: [("w", [4, 2], b), ("c", shape, c)])
    #expect(isClose(result.values, added))
  }

  @Test func gemmWithTheConstantOnTheLeft() throws {
    let a = ramp(6), b = ramp(8)
    let result = try runONNX("Gemm", x: [2, 4], b, floats: [("w", [3, 2], a)], inputs: ["w", "x"])
    #expect(result.shape == [3, 4] && isClose(result.values, Self.product(a, b, 3, 2, 4)))
  }

  @Test func gemmWithoutAddendAndABiasOfOneElement() throws {
    let result = try runONNX("Gemm", x: [1, 2], [3, 5], floats: [("w", [2, 1], [1, 10])])
    #expect(result.values == [53])
  }

  @Test(arguments: [[4], [2, 4], [2, 3, 4]]) func matMulOverTheLastAxis(x: [Int]) throws {
    let count = x.reduce(1, *)
    let a = ramp(count), b = ramp(20)
    let result = try runONNX("MatMul", x: x, a, floats: [("w", [4, 5], b)])
    #expect(result.shape == x.dropLast() + [5] && isClose(result.values, Self.product(a, b, count / 4, 4, 5)))
  }

  @Test func matMulByAVectorAndByAMatrixOfHigherRank() throws {
    let vector = try runONNX("MatMul", x: [2, 3], [1, 2, 3, 4, 5, 6], floats: [("w", [3], [1, 10, 100])])
    #expect(vector.shape == [2] && vector.values == [321, 654])
    let lifted = try runONNX("MatMul", x: [2, 3], [1, 2, 3, 4, 5, 6], floats: [("w", [1, 3, 1], [1, 10, 100])])
    #expect(lifted.shape == [1, 2, 1] && lifted.values == [321, 654])
  }

  @Test func matMulWithTheConstantOnTheLeft() throws {
    let a = ramp(6), b = ramp(8)
    let result = try runONNX("MatMul", x: [1, 2, 4], b, floats: [("w", [3, 2], a)], inputs: ["w", "x"])
    #expect(result.shape == [1, 3, 4] && isClose(result.values, Self.product(a, b, 3, 2, 4)))
  }

  @Test func twoRunTimeFactorsAreUnsupported() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [2, 2])
    builder.node("MatMul", ["x", "x"], ["y"])
    builder.output("y")
    #expect(try builder.diagnostics().map(\.code) == ["unsupported-operator"])
  }
}
