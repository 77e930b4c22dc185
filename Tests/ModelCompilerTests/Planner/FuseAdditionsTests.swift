import CKernels
import ModelCompiler
import ModelGraph
import Swiftlet
import Testing
import _TestSupport

/// Which sums layers make in passing, and that their bytes are those of instructions of their own.
@Suite struct FuseAdditionsTests {
  private static let same = Padding2D(top: 1, left: 1, bottom: 1, right: 1)

  /// Compiles in int8 with and without fusing, runs both on every instruction set, compares; the operators' names and their numbers of inputs.
  private func fused(
    seed: Int = 5, overlaps: Bool = true, _ build: (inout NetBuilder, ValueID) throws -> [ValueID]
  ) throws -> [String] {
    var net = NetBuilder(seed: seed)
    let x = net.builder.addInput("x", TensorType(.float32, [1, 6, 7, 20]))
    for (index, output) in try build(&net, x).enumerated() { net.builder.addOutput("y\(index)", output) }
    let graph = net.builder.graph
    let inputs = graph.inputs.map { net.floats($0.type.shape) }
    var options = CompilerOptions(plan: try Reference(graph, inputs).plan)
    options.overlaps = overlaps
    let (model, bytes) = try outputs(graph, options, inputs)
    options.fusesAdditions = false
    let (plain, expected) = try outputs(graph, options, inputs)
    #expect(bytes == expected, "seed \(seed)")
    #expect(Set(bytes.joined()).count > 10, "outputs that say something")
    #expect(model.programs[0].arenaBytes <= plain.programs[0].arenaBytes)
    #expect(plain.instructions.allSatisfy { $0.operatorName != "conv2d_s8" || $0.inputs.count == 1 })
    return model.instructions.map { "\($0.operatorName) \($0.inputs.count)" }
  }

  private func outputs(_ graph: Graph, _ options: CompilerOptions, _ inputs: [Tensor]) throws -> (Model, [[Int8]]) {
    let model = try Model(bytes: compile(graph, options: options).bytes)
    var results: [[Int8]] = []
    for isa in ISA.available {
      let session = try Session(model, isa: isa)
      _ = try session.run(inputs.map(\.floats))
      let outputs = try model.outputs.indices.flatMap { try session.rawOutput($0) }
      #expect(results.first.map { $0 == outputs } ?? true, "\(isa)")
      results.append(outputs)
    }
    return (model, results)
  }

  @Test(arguments: [false, true], [false, true]) func aConvolutionAddsWhatCameBefore(isFirst: Bool, overlaps: Bool) throws {
    for seed in 0..<6 {
      let found = try fused(seed: seed, overlaps: overlaps) { net, x in
        let a = try net.convolution(x, Convolution2D(clamp: .relu), outputs: 20, kernel: Size2D(1, 1))
        let b = try net.convolution(a, Convolution2D(padding: Self.same), outputs: 20, kernel: Size2D(3, 3))
        return [try net.add(Binary(.add, clamp: seed % 2 == 0 ? .relu : .none), isFirst ? b : a, isFirst ? a : b)]
      }
      #expect(found == ["gemm_s8 1", "conv2d_s8 2"])
    }
  }

  @Test func theLayerThatIsComputedLastAdds() throws {
    let found = try fused { net, x in
      let a = try net.convolution(x, Convolution2D(padding: Self.same), outputs: 20, kernel: Size2D(3, 3))
      let b = try net.convolution(x, Convolution2D(), outputs: 20, kernel: Size2D(1, 1))
      return [try net.add(Binary(.add, clamp: .relu), a, b)]
    }
    #expect(found == ["conv2d_s8 1", "gemm_s8 2"])
  }

  /// The residual may be an input of the program, the layer's own, or what other instructions made of an earlier sum.
  @Test func residualsComeFromAnywhere() throws {
    let found = try fused { net, x in
      let a = try net.convolution(x, Convolution2D(padding: Self.same, clamp: .relu), outputs: 20, kernel: Size2D(3, 3))
      let sum = try net.add(Binary(.add), a, x)
      let half = try net.add(Slice(starts: [0, 2, 0, 0], counts: [1, 4, 7, 20], steps: [1, 1, 1, 1]), sum)
      let b = try net.convolution(half, Convolution2D(padding: Self.same), outputs: 20, kernel: Size2D(3, 3))
      return [try net.add(Binary(.add), half, b)]
    }
    #expect(found == ["conv2d_s8 2", "copy 1", "table_s8 1", "conv2d_s8 2"])
  }

  @Test func chainsOfSumsFuseOneByOne() throws {
    let found = try fused { net, x in
      let a = try net.convolution(x, Convolution2D(), outputs: 20, kernel: Size2D(1, 1))
      let first = try net.add(Binary(.add), a, x)
      let b = try net.convolution(first, Convolution2D(padding: Self.same, groups: 2), outputs: 20, kernel: Size2D(3, 3))
      return [try net.add(Binary(.add), try net.add(Binary(.add), b, first), a)]
    }
    #expect(found == ["gemm_s8 1", "binary_s8 2", "conv2d_s8 2", "binary_s8 2"], "a is read twice, and the last sum adds no layer's output")
  }

  @Test func aLayerReadElsewhereStays() throws {
    let found = try fused { net, x in
      let a = try net.convolution(x, Convolution2D(), outputs: 20, kernel: Size2D(1, 1))
      return [a, try net.add(Binary(.add), a, x)]
    }
    #expect(found == ["gemm_s8 1", "binary_s8 2"])
    let twice = try fused { net, x in
      let a = try net.convolution(x, Convolution2D(), outputs: 20, kernel: Size2D(1, 1))
      return [try net.add(Binary(.add), a, a)]
    }
    #expect(twice == ["gemm_s8 1", "binary_s8 2"])
  }

  @Test func otherSumsStay() throws {
    let product = try fused { net, x in
      [try net.add(Binary(.multiply), x, try net.convolution(x, Convolution2D(), outputs: 20, kernel: Size2D(1, 1)))]
    }
    #expect(product == ["gemm_s8 1", "binary_s8 2"])
    let broadcast = try fused { net, x in
      let one = try net.add(Reduce(.mean, axes: [1, 2], keepsDimensions: true), x)
      return [try net.add(Binary(.add), one, try net.convolution(x, Convolution2D(), outputs: 20, kernel: Size2D(1, 1)))]
    }
    #expect(broadcast == ["reduce_s8 1", "gemm_s8 1", "binary_s8 2"])
    let depthwise = try fused { net, x in
      let a = try net.convolution(x, Convolution2D(padding: Self.same, groups: 20), outputs: 20, kernel: Size2D(3, 3))
      return [try net.add(Binary(.add), a, x)]
    }
    #expect(depthwise == ["dwconv2d_s8 1", "binary_s8 2"])
    let constant = try fused { net, x in
      let a = try net.convolution(x, Convolution2D(), outputs: 20, kernel: Size2D(1, 1))
      return [try net.add(Binary(.add), a, net.constant([1, 6, 7, 20]))]
    }
    #expect(constant == ["gemm_s8 1", "binary_s8 2"])
  }

  /// Observers see every value, so that nothing is fused for them.
  @Test func keptValuesAreComputedOneByOne() throws {
    let graph = try NetBuilder.cnn()
    var net = NetBuilder(seed: 3)
    var options = CompilerOptions(plan: try Reference(graph, [net.floats([1, 16, 16, 3])]).plan)
    let fused = try Model(bytes: compile(graph, options: options).bytes).instructions
    options.keepsAllValues = true
    let kept = try Model(bytes: compile(graph, options: options).bytes).instructions
    #expect(kept.count { $0.operatorName == "binary_s8" } == 2)
    #expect(fused.count { $0.operatorName == "binary_s8" } == 0 && fused.count { $0.operatorName == "gemm_s8" && $0.inputs.count == 2 } == 2)
  }
}
