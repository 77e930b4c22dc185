import ModelGraph
import ModelImport
import Testing

/// Gemm and MatMul, with one constant factor and with none.
@Suite struct ONNXDenseTests {
  static func product(_ a: [Float], _ b: [Float], _ m: Int, _ k: Int, _ n: Int) -> [Float] {
    (0..<(m * n)).map { index -> Float in
      let (row, column) = (index / n, index % n)
      var sum: Float = 0
      for i in 0..<k { sum += a[row * k + i] * b[i * n + column] }
      return sum
    }
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

  /// Shapes of two factors computed at run time, and of their product.
  @Test(arguments: [
    ([2, 3], [3, 4], [2, 4]), ([5, 2, 3], [5, 3, 4], [5, 2, 4]), ([2, 1, 2, 3], [5, 3, 4], [2, 5, 2, 4]), ([3], [3, 4], [4]),
    ([2, 3], [3], [2]), ([3], [3], []), ([5, 2, 3], [3], [5, 2]), ([3], [5, 3, 4], [5, 4]),
  ])
  func twoRunTimeFactors(a: [Int], b: [Int], result: [Int]) throws {
    var builder = ONNXModelBuilder()
    builder.input("a", a.map { .fixed($0) })
    builder.input("b", b.map { .fixed($0) })
    builder.node("MatMul", ["a", "b"], ["y"])
    builder.output("y")
    let graph = try builder.imported()
    #expect(graph.outputs[0].type.shape == result)
    let x = ramp(a.reduce(1, *)), y = ramp(b.reduce(1, *))
    // Plain loops over the factors with all axes there.
    let left = (a.count == 1 ? [1] + a : a), right = (b.count == 1 ? b + [1] : b)
    let (m, k, n) = (left[left.count - 2], left[left.count - 1], right[right.count - 1])
    let rank = max(left.count, right.count) - 2
    func padded(_ shape: [Int]) -> [Int] { Array(repeating: 1, count: rank - (shape.count - 2)) + shape.dropLast(2) }
    let (leftBatch, rightBatch) = (padded(left), padded(right))
    let batch = zip(leftBatch, rightBatch).map { max($0, $1) }
    var expected: [Float] = []
    for number in 0..<batch.reduce(1, *) {
      func start(_ shape: [Int]) -> Int {
        var (rest, stride, place) = (number, 1, 0)
        for axis in batch.indices.reversed() {
          place += (shape[axis] == 1 ? 0 : rest % batch[axis]) * stride
          (rest, stride) = (rest / batch[axis], stride * shape[axis])
        }
        return place
      }
      let p = start(leftBatch) * m * k, q = start(rightBatch) * k * n
      expected += Self.product(Array(x[p..<p + m * k]), Array(y[q..<q + k * n]), m, k, n)
    }
    #expect(isClose(try graph.evaluated([x, y])[0], expected))
  }

  @Test func aBatchOfConstantMatrices() throws {
    let a = ramp(12), b = ramp(24)
    let result = try runONNX("MatMul", x: [2, 2, 3], a, floats: [("w", [2, 3, 4], b)])
    let first = Self.product(Array(a.prefix(6)), Array(b.prefix(12)), 2, 3, 4)
    let second = Self.product(Array(a.suffix(6)), Array(b.suffix(12)), 2, 3, 4)
    #expect(result.shape == [2, 2, 4] && isClose(result.values, first + second))
  }

  @Test(arguments: [Float(0.5), -2]) func gemmOfTwoRunTimeFactors(alpha: Float) throws {
    var builder = ONNXModelBuilder()
    builder.input("a", [3, 2])
    builder.input("b", [4, 3])
    builder.floats("c", [4], [1, 2, 3, 4])
    builder.node("Gemm", ["a", "b", "c"], ["y"], ["alpha": .float(alpha), "transA": .int(1), "transB": .int(1)])
    builder.output("y")
    let a = ramp(6), b = ramp(12)
    let product = Self.product(Self.transposed(a, 3, 2), Self.transposed(b, 4, 3), 2, 3, 4)
    let expected = product.enumerated().map { alpha * $1 + Float($0 % 4 + 1) }
    #expect(isClose(try builder.imported().evaluated([a, b])[0], expected))
  }

  @Test func factorsThatDoNotFitAreNamed() throws {
    var builder = ONNXModelBuilder()
    builder.input("a", [2, 3])
    builder.input("b", [4, 2])
    builder.node("MatMul", ["a", "b"], ["y"])
    builder.output("y")
    let diagnostics = try builder.diagnostics()
    #expect(diagnostics.map(\.code) == ["bad-shape"] && diagnostics[0].message.contains("3 columns"))
  }
}
