import ModelCompiler
import ModelGraph
import Quantizer
import Testing
import _TestSupport

/// Layers and tensors in precisions of their own, and what stands between them.
@Suite struct MixedPrecisionTests {
  static func options(_ base: Precision = .int8, _ exceptions: (String, Precision)...) -> QuantizerOptions {
    var options = Nets.int8Throughout
    options.precisions = PrecisionRequests(base: base, exceptions: exceptions.map { PrecisionRequests.Exception($0.0, $0.1) })
    return options
  }

  static func result(_ graph: Graph, _ options: QuantizerOptions, seed: UInt64 = 2) throws -> QuantizationResult {
    try Nets.quantized(graph, Nets.samples(graph, 16, seed: seed), options)
  }

  static func precision(_ name: String, _ result: QuantizationResult) throws -> Precision {
    let node = try #require(result.graph.nodes.first { $0.name == name })
    return result.plan.precisions[node.id] ?? .int8
  }

  static func output(_ name: String, _ result: QuantizationResult) throws -> AffineQuantization? {
    let node = try #require(result.graph.nodes.first { $0.name == name })
    return result.plan.activations[node.outputs[0]]
  }

  /// Rows of weights that int8 holds exactly: multiples of one step, of which one is 127.
  static func exactWeights(_ net: inout Nets, _ shape: [Int]) -> ValueID {
    let depth = shape.dropFirst().reduce(1, *)
    let step = (1 / Float(depth)).squareRoot() / 64
    let floats = (0..<shape.reduce(1, *)).map { index in
      index % depth == 0 ? 127 * step : Float(Int.random(in: -127...127, using: &net.random)) * step
    }
    return net.builder.addConstant(Tensor(shape: shape, floats: floats))
  }

  /// Without weight errors only activations round: 16 bits leave what they should.
  @Test func int16EverywhereLeavesNoActivationNoise() throws {
    var net = Nets("exact", seed: 1)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 8, 8, 4]))
    let convolution = try net.builder.add(
      Convolution2D(padding: Padding2D(top: 1, left: 1, bottom: 1, right: 1), clamp: .relu),
      [input, Self.exactWeights(&net, [8, 3, 3, 4]), nil], name: "conv")[0]
    let depthwise = try net.builder.add(
      Convolution2D(padding: Padding2D(top: 1, left: 1, bottom: 1, right: 1), groups: 8),
      [convolution, Self.exactWeights(&net, [8, 3, 3, 1]), nil], name: "depthwise")[0]
    let sum = try net.builder.add(Binary(.add, clamp: .relu), [convolution, depthwise], name: "sum")[0]
    let scaled = try net.builder.add(
      Binary(.multiply), [sum, net.builder.addConstant(Tensor(shape: [8], floats: net.random.normals(8)))], name: "scaled")[0]
    let pooled = try net.builder.add(Pool2D(.average, kernel: Size2D(2, 2), strides: Size2D(2, 2)), [scaled], name: "pool")[0]
    let flat = try net.builder.add(Reshape(shape: [1, 128]), [pooled], name: "flat")[0]
    net.builder.addOutput("y", try net.builder.add(Dense(), [flat, Self.exactWeights(&net, [10, 128]), nil], name: "scores")[0])
    let graph = net.builder.graph
    let (int8, int16) = (try Self.result(graph, Self.options()), try Self.result(graph, Self.options(.int16)))
    #expect(graph.nodes.allSatisfy { int16.plan.precisions[$0.id] == .int16 } && int16.plan.narrowed.isEmpty)
    #expect(int16.report.layers.allSatisfy { $0.precision == .int16 })
    let decibels = [int8, int16].map { try? AccuracyTests.signalToNoise($0.graph, $0.plan, seed: 9)[0] }
    // Eight more bits are 48 dB; one of them is headroom beyond what calibration saw.
    #expect(try #require(decibels[1]) > max(70, try #require(decibels[0]) + 36), "\(decibels)")
  }

  /// What it reads and writes has 16 bits; what reads its output reads all of them; who else reads its input keeps the int8 form.
  @Test func aLayerInInt16IsReadSoAndLeavesItsSiblingsAlone() throws {
    let graph = try Nets.convolutional(seed: 3)
    let result = try Self.result(graph, Self.options(.int8, ("left", .int16)))
    // maxpool shares the scale of the residual, concat that of both branches.
    for name in ["residual", "maxpool", "left", "right", "concat"] { #expect(try Self.output(name, result)?.width == .int16, "\(name)") }
    for name in ["maxpool", "left", "concat", "mean"] { #expect(try Self.precision(name, result) == .int16, "\(name)") }
    for name in ["conv1", "depthwise", "pointwise", "residual", "right", "logits", "softmax"] {
      #expect(try Self.precision(name, result) == .int8, "\(name)")
    }
    for name in ["conv1", "depthwise", "mean", "logits"] { #expect(try Self.output(name, result)?.width == .int8, "\(name)") }
    let pooled = try #require(graph.nodes.first { $0.name == "maxpool" }).outputs[0]
    #expect(result.plan.narrowed[pooled]?.width == .int8)
    #expect(result.report.layers.first { $0.name == "left" }?.precision == .int16)
    let decibels = try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 4)
    #expect(decibels[0] > 36, "\(decibels)")
  }

  @Test func aTensorInInt16LeavesItsReadersOutputsInInt8() throws {
    let graph = try Nets.perceptron(seed: 5)
    let hidden = try #require(graph.nodes.first { $0.name == "hidden" }).outputs[0]
    let result = try Self.result(graph, Self.options(.int8, (graph[hidden].name, .int16)))
    #expect(try Self.output("hidden", result)?.width == .int16 && Self.precision("hidden", result) == .int8)
    #expect(try Self.precision("gate", result) == .int16 && Self.output("gate", result)?.width == .int8)
    #expect(try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 4)[0] > 26)
  }

  @Test func floatByPatternRunsThoseLayersInFloat() throws {
    let graph = try Nets.convolutional(seed: 6)
    let result = try Self.result(graph, Self.options(.int8, ("*wise", .float32), ("pointwise", .int8)))
    #expect(try Self.precision("depthwise", result) == .float32 && Self.precision("pointwise", result) == .int8)
    let layer = try #require(result.report.layers.first { $0.name == "depthwise" })
    #expect(layer.precision == .float32 && layer.reason == "float, as asked")
    #expect(result.warnings.isEmpty)
    let float = try Self.result(graph, Self.options(.float32, ("conv?", .int8)))
    #expect(float.plan.precisions.values.allSatisfy { $0 == .float32 } && float.plan.precisions.count == graph.nodes.count - 1)
    #expect(try AccuracyTests.signalToNoise(float.graph, float.plan, seed: 4)[0] > 36)
  }

  /// A tensor in float: what reads it computes in float, the product before it only leaves its accumulators so.
  @Test func aTensorInFloatComesStraightFromTheAccumulators() throws {
    let graph = try Nets.perceptron(seed: 7)
    let gate = try #require(graph.nodes.first { $0.name == "gate" }).outputs[0]
    let result = try Self.result(graph, Self.options(.int8, (graph[gate].name, .float32)))
    #expect(try Self.precision("gate", result) == .int8 && Self.output("gate", result) == nil)
    #expect(try Self.precision("silu", result) == .float32 && Self.precision("y", result) == .int8)
    #expect(try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 4)[0] > 26)
  }

  @Test func whatHasNoInt16FormRunsInFloatUnlessAskedByName() throws {
    let graph = try Nets.convolutional(seed: 8)
    let result = try Self.result(graph, Self.options(.int16))
    #expect(try Self.precision("softmax", result) == .float32)
    #expect(result.report.islands.map(\.name) == ["softmax"] && result.report.islands[0].reason.contains("no int16 form"))
    #expect(result.warnings.contains { $0.code == "float-island" && $0.node == "softmax" })
    let named = try #require(throws: DiagnosticError.self) { try Self.result(graph, Self.options(.int8, ("softmax", .int16))) }
    #expect(named.diagnostics.map(\.code) == ["no-int16-form"])
    #expect(named.description.contains("'softmax'") && named.description.contains("softmax=float"))
    #expect(try Self.precision("softmax", Self.result(graph, Self.options(.int8, ("soft*", .int16)))) == .float32)
  }

  @Test func patternsThatMatchNothingAreErrorsWithNearNames() throws {
    let graph = try Nets.convolutional(seed: 8)
    let error = try #require(throws: DiagnosticError.self) {
      try Self.result(graph, Self.options(.int8, ("pontwise", .int16), ("conv1", .float32), ("block*", .float32)))
    }
    #expect(error.diagnostics.map(\.code) == ["no-such-layer", "no-such-layer"])
    #expect(error.diagnostics[0].message.contains("'pontwise'") && error.diagnostics[0].hint.contains("near it, after fusion: 'pointwise'"))
  }

  /// Any mixture runs: every pair of neighbours meets in every pair of precisions.
  @Test(arguments: 0..<9) func anyMixtureRuns(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let graph = try seed.isMultiple(of: 3) ? Nets.perceptron(seed: seed) : Nets.convolutional(seed: seed)
    let precisions: [Precision] = [.int8, .int16, .float32]
    var options = Self.options(precisions.randomElement(using: &random) ?? .int8)
    options.equalizesChannels = false
    for node in graph.nodes {
      // The trailing star makes it a pattern: no error for what has no int16 form.
      if Bool.random(using: &random), let precision = precisions.randomElement(using: &random) {
        options.precisions.exceptions.append(PrecisionRequests.Exception("\(node.name)*", precision))
      }
    }
    let result = try Self.result(graph, options)
    let decibels = try AccuracyTests.signalToNoise(result.graph, result.plan, seed: seed + 1)
    #expect(decibels.allSatisfy { $0 > 26 }, "\(decibels) with \(options.precisions)")
  }
}
