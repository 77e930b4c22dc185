import Foundation
import ModelGraph
import Testing

/// BATCH_MATMUL, FULLY_CONNECTED with a weight computed at run time, L2 and local response normalization.
@Suite struct TFLiteProductTests {
  @Test(arguments: [false, true], [false, true]) func batchMatMul(adjX: Bool, adjY: Bool) throws {
    var file = TFLiteFile()
    let a = file.input("a", adjX ? [2, 3, 2] : [2, 2, 3]), b = file.input("b", adjY ? [4, 3] : [3, 4])
    file.add(126, [a, b], [file.output("y", [2, 2, 4])], options: (101, [0: .bool(adjX), 1: .bool(adjY)]))
    let x = counting(12).map { $0 / 4 }, y = counting(12).map { 1 - $0 }
    var expected: [Float] = []
    for batch in 0..<2 {
      for m in 0..<2 {
        for n in 0..<4 {
          var sum: Float = 0
          for k in 0..<3 {
            let (left, right) = (adjX ? k * 2 + m : m * 3 + k, adjY ? n * 3 + k : k * 4 + n)
            sum += x[batch * 6 + left] * y[right]
          }
          expected.append(sum)
        }
      }
    }
    expectClose(try run(file, x, y)[0].floats, expected)
  }

  @Test(arguments: [false, true]) func fullyConnectedByAComputedWeight(hasBias: Bool) throws {
    var file = TFLiteFile()
    let x = file.input("x", [2, 3]), weight = file.input("weight", [2, 3])
    let bias = hasBias ? [file.constant("bias", [2], [10, -20])] : []
    file.add(9, [x, weight] + bias, [file.output("y", [2, 2])], options: (8, [0: .int8(1)]))
    let found = try run(file, [1, 2, 3, 4, 5, 6], [1, 0, -1, 2, 1, 0])[0].floats
    #expect(found == (hasBias ? [8, 0, 8, 0] : [0, 4, 0, 13]))
  }

  @Test func l2Normalization() throws {
    expectClose(try run(one(11, [2, 2]), [3, -4, 0, 0])[0].floats, [0.6, -0.8, 0, 0])
  }

  @Test func localResponseNormalization() throws {
    let x = counting(8).map { $0 - 3 }
    let file = one(13, [1, 1, 2, 4], options: (13, [0: .int32(1), 1: .float(2), 2: .float(0.5), 3: .float(0.75)]))
    let expected = x.indices.map { index in
      let channel = index % 4, start = index - channel
      let squares = (max(0, channel - 1)...min(3, channel + 1)).map { x[start + $0] * x[start + $0] }.reduce(0, +)
      return x[index] / pow(2 + 0.5 * squares, 0.75)
    }
    expectClose(try run(file, x)[0].floats, expected, 1e-4)
    let other = one(13, [1, 2, 4], options: (13, [0: .int32(1), 1: .float(2)]))
    #expect(diagnostics(of: other).map(\.code) == ["bad-shape"])
  }

  @Test func factorsThatDoNotFitAreNamed() {
    var file = TFLiteFile()
    file.add(126, [file.input("a", [2, 3]), file.input("b", [4, 2])], [file.output("y", [2, 2])])
    #expect(diagnostics(of: file).map(\.code) == ["bad-shape"])
  }
}
