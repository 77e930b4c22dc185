import Foundation
import ModelGraph
import ModelImport
import Testing

@Suite struct ONNXReductionTests {
  @Test func reductionsWithAxesInAttributesAndInputs() throws {
    let x: [Float] = [1, 2, 3, 4, 5, 6]
    #expect(try runONNX("ReduceMean", opset: 13, x: [2, 3], x, attributes: ["axes": .ints([-1]), "keepdims": .int(0)]).values == [2, 5])
    let sum = try runONNX("ReduceSum", opset: 13, x: [2, 3], x, integers: [("axes", [0])])
    #expect(sum.shape == [1, 3] && sum.values == [5, 7, 9])
    #expect(try runONNX("ReduceMax", opset: 18, x: [2, 3], x, integers: [("axes", [0, 1])]).values == [6])
    #expect(try runONNX("ReduceMin", opset: 11, x: [2, 3], x).values == [1])
    #expect(try runONNX("ReduceProd", opset: 18, x: [2, 3], x).values == [720])
    #expect(try runONNX("ReduceSum", opset: 13, x: [2, 3], x, attributes: ["noop_with_empty_axes": .int(1)]).values == x)
  }

  struct Norm: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Of [[1, -2, 3], [4, 5, -6]]: over the columns of each row, over the rows of each column.
    let rows: [Float]
    let columns: [Float]
  }
  static let norms = [
    Norm(testDescription: "ReduceL1", rows: [6, 15], columns: [5, 7, 9]),
    Norm(testDescription: "ReduceL2", rows: [3.7416574, 8.7749644], columns: [4.1231056, 5.3851648, 6.7082039]),
    Norm(testDescription: "ReduceSumSquare", rows: [14, 77], columns: [17, 29, 45]),
    Norm(testDescription: "ReduceLogSumExp", rows: [3.1328452, 5.3132739], columns: [4.0485874, 5.0009115, 3.0001234]),
  ]

  @Test(arguments: norms) func valuesWithAndWithoutKeptAxes(norm: Norm) throws {
    let op = norm.testDescription, x: [Float] = [1, -2, 3, 4, 5, -6]
    let kept = try runONNX(op, opset: 18, x: [2, 3], x, integers: [("axes", [1])])
    #expect(kept.shape == [2, 1] && isClose(kept.values, norm.rows))
    let dropped = try runONNX(op, opset: 13, x: [2, 3], x, attributes: ["axes": .ints([-2]), "keepdims": .int(0)])
    #expect(dropped.shape == [3] && isClose(dropped.values, norm.columns))
    #expect(try runONNX(op, opset: 18, x: [2, 3], x, attributes: ["keepdims": .int(0)]).shape == [])
  }

  @Test func logarithmOfASum() throws {
    #expect(isClose(try runONNX("ReduceLogSum", x: [2, 2], [1, 2, 3, 4], attributes: ["axes": .ints([1])]).values, [log(3), log(7)]))
  }

  /// Without axes to reduce, the function of each element is still computed.
  @Test func noAxesLeaveTheFunctionOfEachElement() throws {
    let x: [Float] = [-3, 2], none: [String: ONNXModelBuilder.Attribute] = ["noop_with_empty_axes": .int(1)]
    #expect(try runONNX("ReduceL1", opset: 18, x: [2], x, attributes: none).values == [3, 2])
    #expect(try runONNX("ReduceL2", opset: 18, x: [2], x, attributes: none).values == [3, 2])
    #expect(try runONNX("ReduceSumSquare", opset: 18, x: [2], x, attributes: none).values == [9, 4])
    #expect(isClose(try runONNX("ReduceLogSum", opset: 18, x: [2], [1, 2], attributes: none).values, [0, log(2)]))
    #expect(try runONNX("ReduceLogSumExp", opset: 18, x: [2], x, attributes: none).values == x)
  }

  @Test func sumsOfExponentialsNeitherOverflowNorLoseInfinity() throws {
    let x: [Float] = [500, 500, -500, -500, .infinity, 0, -.infinity, -.infinity]
    let result = try runONNX("ReduceLogSumExp", opset: 18, x: [4, 2], x, integers: [("axes", [1])])
    #expect(isClose(Array(result.values[0..<2]), [500 + log(2), -500 + log(2)]))
    #expect(result.values[2] == .infinity && result.values[3] == -.infinity)
  }

  @Test(arguments: ["ReduceL1", "ReduceLogSumExp", "ReduceMean"]) func axesOutsideTheRankAreRefused(op: String) throws {
    for axes in [[2], [-3], [0, 0]] {
      let error = #expect(throws: DiagnosticError.self) {
        try runONNX(op, opset: 13, x: [2, 2], [1, 2, 3, 4], attributes: ["axes": .ints(axes)])
      }
      #expect(error?.diagnostics.map(\.code) == ["bad-attribute"], "\(axes)")
    }
  }
}
