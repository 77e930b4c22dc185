import ModelGraph
import Testing
import _TestSupport

/// Where quantized graphs round must survive every pass.
@Suite struct QuantizationSettlingTests {
  private let fine = AffineQuantization(scale: 0.01, zeroPoint: 3)
  private let coarse = AffineQuantization(scale: 0.02, zeroPoint: -5)

  private func quantize(_ net: inout NCHWBuilder, _ x: ValueID, _ levels: AffineQuantization) throws -> ValueID {
    let rounded = try net.node(Unary(.identity), x)
    net.builder.setQuantization(levels, of: rounded)
    return rounded
  }
  private func operators(_ graph: Graph) -> [String] { graph.nodes.map { type(of: $0.op).name } }
  private func levels(_ graph: Graph) -> [AffineQuantization?] { graph.nodes.map { graph[$0.outputs[0]].quantization } }

  @Test func roundingMergesIntoWhatComputes() throws {
    var net = NCHWBuilder()
    let x = try quantize(&net, net.input([1, 3, 4, 4]), fine)
    let conv = try net.conv(x, 2)
    let y = try quantize(&net, try net.relu(conv), coarse)
    net.output(y)
    let graph = try net.graph.optimized()
    // Input, convolution with its ReLU: no transpose, no identity, nothing rounded twice.
    #expect(operators(graph) == ["Convolution2D"] && levels(graph) == [coarse])
    #expect((graph.nodes[0].op as? Convolution2D)?.clamp == .relu)
    #expect(graph[graph.inputs[0].value].quantization == fine)
  }

  @Test func roundingBetweenTwoOperatorsKeepsThemApart() throws {
    for (between, count) in [(fine, 2), (coarse, 1)] {
      var net = NCHWBuilder()
      let x = try quantize(&net, net.input([1, 4]), fine)
      let dense = try quantize(&net, try net.dense(x, 3), between)
      net.output(try quantize(&net, try net.relu(dense), coarse))
      // A clamp in the output's own levels is the producer's; one between others is not.
      #expect(operators(try net.graph.optimized()).count == count)
    }
  }

  @Test func gatesAndScalesOfRoundedValuesStay() throws {
    var net = NCHWBuilder()
    let x = try quantize(&net, net.input([1, 4]), fine)
    let gate = try quantize(&net, try net.node(Unary(.sigmoid), x), AffineQuantization(scale: 1 / 256, zeroPoint: -128))
    net.output(try quantize(&net, try net.node(Binary(.multiply), x, gate), coarse))
    #expect(operators(try net.graph.optimized()) == ["Unary", "Binary"])
  }

  @Test func integerWeightsTakeNoScale() throws {
    var net = NCHWBuilder()
    let elements = QuantizedElements(levels: [1, 2, 3, 4, 5, 6], scales: [0.5], zeroPoints: [0])
    let weight = net.builder.addConstant(Tensor(shape: [2, 3], quantized: elements))
    let dense = try net.node(Dense(), net.input([1, 3]), weight, nil)
    let scaled = try net.node(Binary(.multiply), dense, net.constant([2]))
    net.output(try net.node(Binary(.add), scaled, net.constant([2])))
    let graph = try net.graph.optimized()
    #expect(operators(graph) == ["Dense", "Binary", "Binary"])
    #expect(graph.nodes[0].inputs[1].flatMap { graph[$0].constant?.quantized } == elements)
  }

  @Test func movementPassesLevelsOnBothWays() throws {
    var net = NCHWBuilder()
    let x = try quantize(&net, net.input([1, 4, 2, 2]), fine)
    let pooled = try net.pool(x, .max, kernel: 2, stride: 1)
    let forwards = try net.node(Reshape(shape: [1, 4]), pooled)
    let dense = try net.dense(forwards, 6)
    let backwards = try net.node(Reshape(shape: [2, 3]), dense)
    net.output(try quantize(&net, backwards, coarse))
    let graph = try net.graph.optimized()
    for node in graph.nodes { #expect(graph[node.outputs[0]].quantization == (node.op is Pool2D || node.outputs[0].index < dense.index ? fine : coarse)) }
    #expect(!graph.nodes.contains { ($0.op as? Unary)?.function == .identity })
  }

  @Test func movementBetweenUnlikeLevelsIsSplit() throws {
    var net = NCHWBuilder()
    let x = try quantize(&net, net.input([1, 2, 3, 4]), fine)
    let moved = try net.node(Transpose(permutation: [0, 2, 3, 1]), x)
    net.builder.setQuantization(coarse, of: moved)
    net.output(moved)
    let graph = try net.graph.optimized()
    #expect(graph.nodes.contains { ($0.op as? Unary)?.function == .identity })
    let (input, output) = (graph[graph.inputs[0].value].quantization, graph[graph.outputs[0].value].quantization)
    #expect(input == fine && output == coarse)
  }

  @Test func floatTwinEndsWhereLevelsEnd() throws {
    var net = NCHWBuilder()
    let x = try quantize(&net, net.input([1, 4]), fine)
    net.output(try quantize(&net, try net.dense(x, 3), AffineQuantization(scale: 0.5, zeroPoint: -128)))
    let twin = try net.graph.optimized().floatTwin()
    #expect((twin.nodes[0].op as? Dense)?.clamp == ClampRange(lower: 0, upper: 127.5))
    #expect(!twin.isQuantized)
  }
}
