import ModelGraph
import Testing

@Suite struct QuantizedElementsTests {
  private let byColumn = Tensor(
    shape: [2, 3], quantized: QuantizedElements(levels: [0, 1, 2, 3, 4, 5], scales: [1, 10, 100], zeroPoints: [0, 1, 0], axis: 1))

  @Test func floatsAreLevelsLessZeroPointTimesScale() {
    #expect(byColumn.floats == [0, 0, 200, 3, 30, 500])
    #expect(byColumn.quantized?.affine == nil)
    let one = Tensor(shape: [2], quantized: QuantizedElements(levels: [-128, 127], scales: [0.1], zeroPoints: [-128]))
    #expect(one.floats == [0, Float(255 * Double(Float(0.1)))])
    #expect(one.quantized?.affine == AffineQuantization(scale: 0.1, zeroPoint: -128))
  }

  @Test func movementTakesTheChannelsAlong() throws {
    let moved = byColumn.transposed([1, 0])
    #expect(moved.shape == [3, 2] && moved.floats == [0, 3, 0, 30, 200, 500])
    #expect(moved.quantized == QuantizedElements(levels: [0, 3, 1, 4, 2, 5], scales: [1, 10, 100], zeroPoints: [0, 1, 0], axis: 0))
    #expect(byColumn.reshaped([1, 2, 3, 1]).quantized?.axis == 2)
    #expect(moved.reshaped([3, 1, 2]).quantized?.axis == 0)
    // No axis of six has the three channels.
    #expect(byColumn.reshaped([6]).quantized == nil && byColumn.reshaped([6]).floats == byColumn.floats)
    let folded = try #require(evaluate(Transpose(permutation: [1, 0]), [byColumn])?.first)
    #expect(folded == moved)
    let constants = try #require(evaluate(Unary(.identity), [byColumn])?.first)
    #expect(constants == byColumn)
  }
}
