import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Which last layers stay in float, and that they gain by it.
@Suite struct FloatTailTests {
  private func precision(_ name: String, _ graph: Graph, _ plan: QuantizationPlan) throws -> ModelGraph.Precision {
    let node = try #require(graph.nodes.first { $0.name == name })
    return plan.precisions[node.id] ?? .int8
  }

  private func scale(_ name: String, _ graph: Graph, _ plan: QuantizationPlan) throws -> AffineQuantization? {
    plan.activations[try #require(graph.nodes.first { $0.name == name }).outputs[0]]
  }

  private func quantized(_ graph: Graph, seed: UInt64 = 2) throws -> QuantizationResult {
    var options = QuantizerOptions()
    options.equalizesChannels = false
    return try Nets.quantized(graph, Nets.samples(graph, 16, seed: seed), options)
  }

  @Test func logitsAndSoftmaxStayInFloatBehindInt8Layers() throws {
    let graph = try Nets.convolutional(seed: 1)
    let result = try quantized(graph)
    #expect(try precision("softmax", graph, result.plan) == .float32)
    #expect(try precision("logits", graph, result.plan) == .int8)
    #expect(try scale("logits", graph, result.plan) == nil)
    #expect(try scale("mean", graph, result.plan) != nil)
    #expect(result.report.islands.isEmpty && result.warnings.isEmpty)
    let without = try Nets.quantized(graph, Nets.samples(graph, 16, seed: 2))
    #expect(try #require(result.report.outputSQNRDecibels) > (try #require(without.report.outputSQNRDecibels)))
    let session = try Nets.session(graph, result.plan)
    let outputs = try session.run([[Float](repeating: 0.5, count: 432)])
    #expect(abs(outputs[1].reduce(0, +) - 1) < 1e-5)
  }

  @Test func aValueThatAnInt8LayerReadsStaysInt8() throws {
    var net = Nets("shared", seed: 3)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 64]))
    let shared = try net.dense(input, 16, name: "shared")
    net.builder.addOutput("features", shared)
    net.builder.addOutput("mapped", try net.builder.add(Unary(.sigmoid), [shared], name: "sigmoid")[0])
    net.builder.addOutput("y", try net.dense(shared, 4, name: "last"))
    let graph = net.builder.graph
    let plan = try quantized(graph).plan
    #expect(try scale("shared", graph, plan) != nil)
    #expect(try precision("sigmoid", graph, plan) == .int8)
    #expect(try scale("last", graph, plan) == nil)
  }

  @Test func whatIsBehindUnweightedLayersStaysInt8() throws {
    var net = Nets("pooled", seed: 4)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 8, 8, 3]))
    let conv = try net.convolution(input, 8, name: "conv")
    let pooled = try net.builder.add(Pool2D(.average, kernel: Size2D(8, 8)), [conv], name: "pool")[0]
    net.builder.addOutput("y", try net.builder.add(Unary(.sigmoid), [pooled], name: "sigmoid")[0])
    let graph = net.builder.graph
    let plan = try quantized(graph).plan
    #expect(plan.precisions.isEmpty)
    #expect(try scale("conv", graph, plan) != nil)
  }

  /// 16,384 outputs of 9 products each: float would cost more than it gains, in time and in the arena.
  @Test func largeOutputsOfLittleWorkStayInt8() throws {
    var net = Nets("image", seed: 5)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 128, 128, 1]))
    net.builder.addOutput("y", try net.convolution(input, 1, clamp: .none, name: "conv"))
    let graph = net.builder.graph
    #expect(try scale("conv", graph, try quantized(graph).plan) != nil)
  }
}
