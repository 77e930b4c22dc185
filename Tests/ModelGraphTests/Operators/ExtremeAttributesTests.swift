import ModelGraph
import Testing
import _TestSupport

/// Shape inference answers every attribute and every input type with types of a bounded size, or an error.
@Suite struct ExtremeAttributesTests {
  private struct Source {
    var random: SeededRandom
    /// One attribute in this many is an extreme: few where an operator has many.
    let rarity: Int

    private static let extremes = [
      Int.min, Int.min + 1, -(1 << 31), -2, -1, 0, 1, 2, 3, 5, 64, 1 << 20, (1 << 31) - 1, 1 << 31, 1 << 32, 1 << 40, 1 << 62,
      Int.max - 1, Int.max,
    ]

    /// Mostly small, so that several checks in a row are passed before an extreme is met.
    mutating func integer() -> Int {
      Int.random(in: 0..<rarity, using: &random) > 0
        ? Int.random(in: 0...4, using: &random) : Self.extremes.randomElement(using: &random) ?? 0
    }
    mutating func integers(_ count: Int) -> [Int] { (0..<count).map { _ in integer() } }
    mutating func size() -> Size2D { Size2D(integer(), integer()) }
    mutating func padding() -> Padding2D { Padding2D(top: integer(), left: integer(), bottom: integer(), right: integer()) }
    mutating func type(rank: Int) -> TensorType { TensorType(.float32, integers(rank)) }

    /// One of each operator, and inputs of mostly fitting rank.
    mutating func node(_ kind: Int) -> (any Operator, [TensorType?]) {
      let rank = Int.random(in: 0...4, using: &random)
      var inputs: [TensorType?] = [type(rank: rank), type(rank: rank), nil]
      let op: any Operator
      switch kind {
      case 0:
        let (channels, outputs) = (integer(), integer())
        inputs = [
          TensorType(.float32, integers(3) + [channels]), TensorType(.float32, [outputs] + integers(2) + [channels]), type(rank: 1),
        ]
        op = Convolution2D(strides: size(), dilations: size(), padding: padding(), groups: Bool.random(using: &random) ? 1 : integer())
        if Bool.random(using: &random) { inputs[2] = nil }
      case 1:
        inputs = [type(rank: 4)]
        op = Pool2D(.average, kernel: size(), strides: size(), dilations: size(), padding: padding(), overhang: size())
      case 2:
        let (depth, bias) = (integer(), integer())
        inputs = [TensorType(.float32, integers(rank) + [depth]), TensorType(.float32, [bias, depth]), nil]
        if Bool.random(using: &random) { inputs[2] = TensorType(.float32, [bias]) }
        op = Dense()
      case 3: op = Binary(.add)
      case 4: op = Unary(.exp)
      case 5: op = Softmax(axis: integer())
      case 6: op = Concat(axis: integer())
      case 7: op = Reshape(shape: integers(rank))
      case 8: op = Transpose(permutation: Bool.random(using: &random) ? Array(0..<rank).shuffled(using: &random) : integers(rank))
      case 9: op = Slice(starts: integers(rank), counts: integers(rank), steps: integers(rank))
      case 10: op = Pad(before: integers(rank), after: integers(rank))
      case 11: op = Broadcast(shape: integers(rank))
      case 12:
        let count = Int.random(in: 0...3, using: &random)
        op = Resample(axis: integer(), taps: integer(), first: integers(count), weights: Array(repeating: 1, count: count))
      case 13:
        let (channels, outputs) = (integer(), integer())
        inputs = [TensorType(.float32, integers(3) + [channels]), TensorType(.float32, [outputs] + integers(2) + [channels]), nil]
        op = ConvolutionTranspose2D(strides: size(), dilations: size(), crop: size(), size: size(), groups: integer())
      case 14: op = PRelu()
      case 15: op = Normalize(.standard, axes: Bool.random(using: &random) ? [0] : integers(rank), epsilon: 1e-5)
      case 16:
        let (rows, depth) = (integer(), integer())
        inputs = [TensorType(.float32, integers(rank) + [rows, depth]), TensorType(.float32, integers(1) + [depth, integer()])]
        op = MatMul(
          aRank: Bool.random(using: &random) ? rank + 2 : integer() & 63, bRank: Bool.random(using: &random) ? 3 : integer() & 63,
          scale: integer() > 3 ? 0 : 1)
      default: op = Reduce(.sum, axes: Bool.random(using: &random) ? [0] : integers(rank), keepsDimensions: Bool.random(using: &random))
      }
      return (op, Array(inputs.prefix(Int.random(in: 0...8, using: &random) == 0 ? 1 : 3)))
    }
  }

  @Test(arguments: 0..<18) func neverTrap(kind: Int) {
    var source = Source(random: SeededRandom(seed: UInt64(kind)), rarity: kind < 2 ? 20 : 4)
    var (accepted, refused) = (0, 0)
    for _ in 0..<20_000 {
      let (op, inputs) = source.node(kind)
      do throws(ShapeError) {
        let outputs = try op.outputTypes(of: inputs)
        for output in outputs {
          #expect((0...maximumElementCount).contains(output.elementCount), "\(op) of \(inputs): \(output)")
        }
        #expect(op.multiplyAccumulates(inputs: inputs, outputs: outputs) >= 0, "\(op) of \(inputs)")
        accepted += 1
      } catch {
        #expect(!error.message.isEmpty)
        refused += 1
      }
    }
    #expect(accepted > 20 && refused > 20, "kind \(kind): \(accepted) accepted, \(refused) refused")
  }

  @Test func extremesThatOnceTrapped() {
    let image = TensorType(.float32, [1, 4, 4, 2])
    func isRefused(_ op: any Operator, _ inputs: TensorType?...) -> Bool { (try? op.outputTypes(of: inputs)) == nil }
    #expect(isRefused(Slice(starts: [0], counts: [Int.min], steps: [1]), TensorType(.float32, [3])))
    let kernel = Size2D(1, 1), huge = Int(Int32.max)
    let padding = Padding2D(top: huge, left: huge, bottom: huge, right: huge)
    #expect(isRefused(Convolution2D(padding: padding), image, TensorType(.float32, [1 << 30, 1, 1, 2])))
    #expect(isRefused(Pool2D(.max, kernel: kernel, padding: Padding2D(bottom: 1), overhang: Size2D(Int.max, 0)), image))
    #expect(isRefused(Dense(), TensorType(.float32, [1 << 39, 2]), TensorType(.float32, [1 << 39, 2])))
    #expect(isRefused(Reduce(.sum, axes: [0], keepsDimensions: false), TensorType(.float32, [0, Int.max, Int.max])))
    #expect(isRefused(Transpose(permutation: [1, 2, 0]), TensorType(.float32, [0, Int.max, Int.max])))
    #expect(isRefused(Unary(.exp), TensorType(.float32, [-1, Int.min])))
    let deep = Dense().multiplyAccumulates(inputs: [nil, TensorType(.float32, [1, 1 << 40])], outputs: [TensorType(.float32, [1 << 40])])
    #expect(deep == Int.max)
  }
}
