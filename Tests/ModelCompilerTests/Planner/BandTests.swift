import CKernels
import ModelCompiler
import ModelGraph
import Swiftlet
import Testing
import _TestSupport

/// Blocks of expansion, depthwise convolution and projection by bands of rows: the same bytes as whole, in a smaller arena.
@Suite struct BandTests {
  private typealias Build = (inout NetBuilder, ValueID) throws -> [ValueID]

  private struct Outcome {
    var plain, banded: Model
    var bands: Int {
      banded.instructions.count { $0.operatorName == "dwconv2d_s8" } - plain.instructions.count { $0.operatorName == "dwconv2d_s8" }
    }
    var arenas: [Int] { [plain, banded].map { Int($0.programs[0].arenaBytes) } }
  }

  /// Compiles in int8 with and without bands, runs both on every instruction set, compares.
  private func outcome(seed: Int = 1, overlaps: Bool = true, shape: [Int] = [1, 42, 8, 8], _ build: Build) throws -> Outcome {
    var net = NetBuilder(seed: seed)
    let x = net.builder.addInput("x", TensorType(.float32, shape))
    for (index, output) in try build(&net, x).enumerated() { net.builder.addOutput("y\(index)", output) }
    let graph = net.builder.graph
    let inputs = graph.inputs.map { net.floats($0.type.shape) }
    var options = CompilerOptions(plan: try Reference(graph, inputs).plan)
    options.overlaps = overlaps
    options.bands?.bandBytes = 1 << 10
    options.bands?.cacheBytes = 20 << 10
    let banded = try Model(bytes: compile(graph, options: options).bytes)
    options.bands = nil
    let plain = try Model(bytes: compile(graph, options: options).bytes)
    var expected: [Int8]?
    for (model, isas) in [(plain, [ISA.scalar]), (banded, ISA.available)] {
      for isa in isas {
        let session = try Session(model, isa: isa)
        _ = try session.run(inputs.map(\.floats))
        let outputs = try model.outputs.indices.flatMap { try session.rawOutput($0) }
        #expect(expected.map { $0 == outputs } ?? true, "seed \(seed), \(isa)")
        expected = outputs
      }
    }
    #expect(Set(expected ?? []).count > 10, "outputs that say something")
    return Outcome(plain: plain, banded: banded)
  }

  private static func block(
    _ net: inout NetBuilder, _ x: ValueID, channels: Int = 8, wide: Int = 48, kernel: Int = 3, stride: Int = 1, dilation: Int = 1,
    padding: Padding2D? = nil, clamp: ClampRange = .relu
  ) throws -> ValueID {
    let around = padding ?? Padding2D(top: kernel / 2, left: kernel / 2, bottom: kernel / 2, right: kernel / 2)
    let a = try net.convolution(x, Convolution2D(clamp: clamp), outputs: wide, kernel: Size2D(1, 1))
    let b = try net.convolution(
      a, Convolution2D(strides: Size2D(stride, stride), dilations: Size2D(dilation, dilation), padding: around, groups: wide, clamp: clamp),
      outputs: wide, kernel: Size2D(kernel, kernel))
    return try net.convolution(b, Convolution2D(), outputs: channels, kernel: Size2D(1, 1))
  }

  @Test(arguments: [3, 5], [1, 2]) func blocksAreCutWhereTheyAreThePeak(kernel: Int, stride: Int) throws {
    let found = try outcome { [try Self.block(&$0, $1, kernel: kernel, stride: stride)] }
    #expect(found.bands >= 1)
    #expect(found.arenas[1] * 10 <= found.arenas[0] * 9, "\(found.arenas)")
  }

  @Test func aTensorLargerThanTheCacheIsCutInTheLatencyPlan() throws {
    #expect(try outcome(overlaps: false) { [try Self.block(&$0, $1)] }.bands == 0, "a smaller one is not")
    let found = try outcome(overlaps: false, shape: [1, 60, 10, 8]) { [try Self.block(&$0, $1)] }
    #expect(found.bands >= 4)
    #expect(found.arenas[1] * 10 <= found.arenas[0] * 9, "\(found.arenas)")
  }

  @Test func paddingOfEveryKind() throws {
    for (index, padding) in [
      Padding2D(), Padding2D(bottom: 1, right: 1), Padding2D(top: 2, left: 1, bottom: 2), Padding2D(top: 1, bottom: 0),
    ].enumerated() {
      for stride in 1...2 {
        let found = try outcome(seed: index, shape: [1, 45, 8, 8]) { [try Self.block(&$0, $1, stride: stride, padding: padding)] }
        #expect(found.bands >= 1, "\(padding) stride \(stride)")
      }
    }
  }

  @Test func dilatedWindowsKeepMoreRows() throws {
    let found = try outcome(shape: [1, 60, 8, 8]) {
      [try Self.block(&$0, $1, dilation: 2, padding: Padding2D(top: 2, left: 2, bottom: 2, right: 2))]
    }
    #expect(found.bands >= 1)
  }

  /// The residual and the bands of the block before are read by other bands than they were written by.
  @Test func blocksInARowWithResiduals() throws {
    let found = try outcome(seed: 7, shape: [1, 48, 8, 8]) { net, x in
      let a = try Self.block(&net, x)
      let b = try net.add(Binary(.add), try Self.block(&net, a, kernel: 5), a)
      return [try net.add(Binary(.add), b, try Self.block(&net, b))]
    }
    #expect(found.bands >= 3)
    #expect(found.arenas[1] * 10 <= found.arenas[0] * 9, "\(found.arenas)")
  }

  /// Without a projection behind it the depthwise layer's own output stays whole.
  @Test func aDepthwiseLayerThatOthersReadToo() throws {
    let found = try outcome(shape: [1, 48, 8, 8]) { net, x in
      let a = try net.convolution(x, Convolution2D(clamp: .relu), outputs: 48, kernel: Size2D(1, 1))
      let b = try net.convolution(
        a, Convolution2D(strides: Size2D(2, 2), padding: Padding2D(top: 1, left: 1, bottom: 1, right: 1), groups: 48), outputs: 48,
        kernel: Size2D(3, 3))
      return [b, try net.convolution(b, Convolution2D(), outputs: 8, kernel: Size2D(1, 1))]
    }
    #expect(found.bands >= 1)
    #expect(found.arenas[1] < found.arenas[0], "\(found.arenas)")
  }

  /// An expansion that something else reads, one of a batch, and one of a few rows stay whole.
  @Test func othersStayWhole() throws {
    let read = try outcome { net, x in
      let a = try net.convolution(x, Convolution2D(), outputs: 48, kernel: Size2D(1, 1))
      let around = Padding2D(top: 1, left: 1, bottom: 1, right: 1)
      return [a, try net.convolution(a, Convolution2D(padding: around, groups: 48), outputs: 48, kernel: Size2D(3, 3))]
    }
    #expect(read.bands == 0)
    let batch = try outcome(shape: [2, 42, 8, 8]) { [try Self.block(&$0, $1)] }
    #expect(batch.bands == 0)
    let small = try outcome(shape: [1, 5, 8, 8]) { [try Self.block(&$0, $1)] }
    #expect(small.bands == 0)
    // Rows of 7 times 5 bytes begin at odd places.
    let odd = try outcome(shape: [1, 41, 7, 5]) { [try Self.block(&$0, $1, channels: 5)] }
    #expect(odd.bands == 0)
  }
}
