import ModelGraph
import Testing
import _TestSupport

@Suite struct FoldingTests {
  private func integers(_ shape: [Int], _ values: [Int64], _ type: ElementType = .int64) -> Tensor {
    Tensor(shape: shape, integers: values, elementType: type)
  }
  private func floats(_ shape: [Int], _ values: [Float]) -> Tensor { Tensor(shape: shape, floats: values) }
  private func result(_ op: some Operator, _ inputs: Tensor?...) -> Tensor? { evaluate(op, inputs)?.first }

  @Test func shapeArithmeticStaysInIntegers() {
    let shape = integers([4], [1, 64, 7, 7])
    #expect(result(Slice(starts: [1], counts: [3], steps: [1]), shape) == integers([3], [64, 7, 7]))
    #expect(result(Reduce(.product, axes: [0], keepsDimensions: false), shape) == integers([], [3136]))
    #expect(result(Binary(.divide), integers([2], [-7, 7]), integers([], [2])) == integers([2], [-3, 3]))
    #expect(result(Binary(.multiply), integers([1], [1 << 40]), integers([1], [1 << 20])) == integers([1], [1 << 60]))
    #expect(result(Binary(.power), integers([3], [2, -1, 3]), integers([3], [10, 7, 0])) == integers([3], [1024, -1, 1]))
    #expect(result(Concat(axis: 0), integers([1], [1]), integers([2], [-1, 9])) == integers([3], [1, -1, 9]))
    #expect(result(Pad(before: [1], after: [2], value: 5), integers([1], [3])) == integers([4], [5, 3, 5, 5]))
    #expect(result(Unary(.clip(lower: 0, upper: .infinity)), integers([2], [-4, 4])) == integers([2], [0, 4]))
    #expect(result(Reshape(shape: [2, 2]), shape)?.shape == [2, 2])
  }

  @Test func narrowIntegersWrapAround() {
    #expect(result(Binary(.add), integers([1], [100], .int8), integers([1], [100], .int8)) == integers([1], [-56], .int8))
    #expect(result(Binary(.subtract), integers([1], [1], .uint8), integers([1], [2], .uint8)) == integers([1], [255], .uint8))
    #expect(result(Not(), integers([2], [0, 5], .uint8)) == integers([2], [255, 250], .uint8))
    #expect(result(Cast(to: .int8), integers([2], [200, -3])) == integers([2], [-56, -3], .int8))
    #expect(result(Cast(to: .uint8), floats([4], [-1, 3.9, 300, .nan])) == integers([4], [0, 3, 255, 0], .uint8))
  }

  @Test func quotientsAndRemaindersOfEitherSign() {
    let (a, b) = (integers([4], [7, -7, 7, -7]), integers([4], [2, 2, -2, -2]))
    #expect(result(Binary(.divide), a, b) == integers([4], [3, -3, -3, 3]))
    #expect(result(Binary(.floorDivide), a, b) == integers([4], [3, -4, -4, 3]))
    #expect(result(Binary(.remainder), a, b) == integers([4], [1, -1, 1, -1]))
    #expect(result(Binary(.modulo), a, b) == integers([4], [1, 1, -1, -1]))
  }

  @Test func selectsByConditionAndBroadcasts() {
    let condition = integers([2, 1], [1, 0], .bool)
    #expect(result(Select(), condition, floats([2], [1, 2]), floats([], [9])) == floats([2, 2], [1, 2, 9, 9]))
    #expect(result(Compare(.less), floats([2], [1, .nan]), floats([], [2])) == integers([2], [1, 0], .bool))
    #expect(result(Compare(.notEqual), floats([1], [.nan]), floats([1], [.nan])) == integers([1], [1], .bool))
  }

  @Test func whatCannotBeKnownIsLeft() {
    #expect(result(Binary(.divide), integers([1], [1]), integers([1], [0])) == nil)
    #expect(result(Binary(.divide), integers([1], [.min]), integers([1], [-1])) == nil)
    #expect(result(Binary(.multiply), integers([1], [.max]), integers([1], [2])) == nil)
    #expect(result(Binary(.and), floats([1], [1]), floats([1], [1])) == nil)
    #expect(result(Binary(.add), integers([1], [1]), floats([1], [1])) == nil)
    #expect(result(Unary(.negate), integers([1], [.min])) == nil)
    #expect(result(Pad(before: [1], after: [0], value: 0.5), integers([1], [1])) == nil)
    #expect(result(Pad(before: [1], after: [0], value: .infinity), integers([1], [1])) == nil)
    #expect(result(Unary(.sigmoid), nil) == nil)
    #expect(evaluate(Binary(.add), []) == nil)
    #expect(result(Reduce(.max, axes: [0], keepsDimensions: false), floats([0], [])) == nil)
    #expect(result(Transpose(permutation: [1, 0]), floats([3], [1, 2, 3])) == nil)
  }

  @Test func bombsAreNotFolded() {
    #expect(result(Broadcast(shape: [1 << 20, 1 << 15]), floats([1], [1])) == nil)
    #expect(result(Broadcast(shape: [Int.max, Int.max]), floats([1], [1])) == nil)
    #expect(result(Pad(before: [1 << 30], after: [Int.max]), floats([1], [1])) == nil)
    let (row, column) = (floats([1, 2048], .init(repeating: 1, count: 2048)), floats([2048, 1], .init(repeating: 1, count: 2048)))
    #expect(result(Binary(.add), row, column) == nil)
    #expect(result(Broadcast(shape: [3, 2]), floats([2], [1, 2])) == floats([3, 2], [1, 2, 1, 2, 1, 2]))
    let reach = Int(Int32.max) - 1
    let pool = Pool2D(
      .max, kernel: Size2D(reach, reach), padding: Padding2D(top: reach - 1, left: reach - 1, bottom: reach - 1, right: reach - 1))
    #expect(result(pool, floats([1, 1, 1, 1], [1])) == nil)
  }

  @Test func movement() {
    let x = floats([2, 3], [0, 1, 2, 3, 4, 5])
    #expect(result(Transpose(permutation: [1, 0]), x) == floats([3, 2], [0, 3, 1, 4, 2, 5]))
    #expect(result(Slice(starts: [1, 2], counts: [2, 2], steps: [-1, -2]), x) == floats([2, 2], [5, 3, 2, 0]))
    #expect(result(Pad(before: [0, 1], after: [1, 0], value: 9), x) == floats([3, 4], [9, 0, 1, 2, 9, 3, 4, 5, 9, 9, 9, 9]))
    #expect(result(Concat(axis: 1), x, floats([2, 1], [7, 8])) == floats([2, 4], [0, 1, 2, 7, 3, 4, 5, 8]))
    #expect(result(Binary(.subtract), x, floats([2, 1], [1, 2])) == floats([2, 3], [-1, 0, 1, 1, 2, 3]))
    #expect(result(Reduce(.mean, axes: [0], keepsDimensions: true), x) == floats([1, 3], [1.5, 2.5, 3.5]))
    #expect(result(Reduce(.min, axes: [0, 1], keepsDimensions: false), x) == floats([], [0]))
  }

  @Test func windows() {
    let x = floats([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9])
    let ring = Padding2D(top: 1, left: 1, bottom: 1, right: 1)
    let ones = floats([1, 3, 3, 1], .init(repeating: 1, count: 9))
    let same = result(Convolution2D(padding: ring), x, ones, floats([1], [0.5]))
    #expect(same == floats([1, 3, 3, 1], [12.5, 21.5, 16.5, 27.5, 45.5, 33.5, 24.5, 39.5, 28.5]))
    let dilated = Convolution2D(dilations: Size2D(2, 2), clamp: ClampRange(lower: 0, upper: 18))
    #expect(result(dilated, x, floats([1, 2, 2, 1], [1, 1, 1, 1]))?.floats == [18])
    let two = floats([1, 1, 2, 2], [1, 10, 2, 20])
    #expect(result(Convolution2D(groups: 2), two, floats([2, 1, 2, 1], [1, 1, 1, -1]))?.floats == [3, -10])
    let excluding = result(Pool2D(.average, kernel: Size2D(2, 2), strides: Size2D(2, 2), padding: ring), x)
    #expect(excluding?.floats == [1, 2.5, 5.5, 7])
    let including = result(Pool2D(.average, kernel: Size2D(2, 2), strides: Size2D(2, 2), padding: ring, countsPadding: true), x)
    #expect(including?.floats == [0.25, 1.25, 2.75, 7])
    let overhanging = Pool2D(.average, kernel: Size2D(2, 2), strides: Size2D(2, 2), countsPadding: true, overhang: Size2D(1, 1))
    #expect(result(overhanging, x)?.floats == [3, 4.5, 7.5, 9])
    #expect(result(Pool2D(.max, kernel: Size2D(2, 2)), x)?.floats == [5, 6, 8, 9])
    #expect(result(Dense(), floats([1, 2], [1, 2]), floats([2, 2], [1, 1, 1, -1]), floats([2], [0, 10]))?.floats == [3, 9])
  }

  @Test(arguments: [
    (Unary.Function.sigmoid, Float(1), Float(0.7310586)), (.tanh, 1, 0.7615942), (.silu, -1, -0.26894143), (.exp, 1, 2.7182817),
    (.log, 2, 0.6931472), (.sqrt, 2, 1.4142135), (.rsqrt, 4, 0.5), (.reciprocal, 4, 0.25), (.erf, 0.5, 0.5204999), (.gelu, 1, 0.8413447),
    (.leakyRelu(slope: 0.1), -2, -0.2), (.elu(alpha: 2), -1, -1.2642411), (.hardSigmoid(alpha: 0.2, beta: 0.5), 1, 0.7),
    (.hardSwish, 1, 0.6666667), (.softplus, 1, 1.3132616), (.softplus, 200, 200), (.floor, -0.5, -1), (.ceil, 0.25, 1), (.round, 2.5, 2),
    (.square, -3, 9), (.abs, -3, 3), (.negate, -3, 3), (.sigmoid, -200, 0), (.clip(lower: -1, upper: 1), 7, 1),
  ])
  func functions(function: Unary.Function, x: Float, expected: Float) throws {
    let y = try #require(result(Unary(function), floats([1], [x]))?.floats.first)
    #expect(abs(y - expected) <= 2e-6 * max(1, abs(expected)), "\(function)(\(x)) = \(y)")
  }

  @Test func softmaxSumsToOneWithoutOverflow() {
    let y = result(Softmax(axis: 0), floats([2, 2], [1000, 0, 1000, -1000]))
    #expect(y?.floats == [0.5, 1, 0.5, 0])
  }
}
