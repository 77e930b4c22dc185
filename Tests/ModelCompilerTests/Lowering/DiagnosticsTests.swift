import ModelCompiler
import ModelGraph
import Testing
import _TestSupport

/// What cannot run ends as diagnostics that name every offender.
@Suite struct DiagnosticsTests {
  private func codes(_ graph: Graph, _ options: CompilerOptions = CompilerOptions()) -> [String] {
    do {
      _ = try lower(graph, options: options)
      return []
    } catch {
      return error.diagnostics.map { "\($0.code) \($0.node)" }
    }
  }

  @Test func everyOffenderIsListed() throws {
    var net = NetBuilder(seed: 1)
    let x = net.builder.addInput("x", TensorType(.float32, [2, 3]))
    let w = net.builder.addInput("w", TensorType(.float32, [4, 3]))
    let y = try net.add(Dense(), x, w, name: "dynamic")
    let nan = net.builder.addConstant(Tensor(shape: [4, 4], floats: Array(repeating: .nan, count: 16)))
    net.builder.addOutput("z", try net.add(Dense(), y, nan, name: "broken"))
    #expect(codes(net.builder.graph) == ["dynamic-weights dynamic", "not-finite broken"])
  }

  @Test func functionsOfFloatsRefuseIntegers() throws {
    var net = NetBuilder(seed: 1)
    let x = net.builder.addInput("ids", TensorType(.int64, [2, 3]))
    net.builder.addOutput("y", try net.add(Unary(.sigmoid), x, name: "sigmoid"))
    net.builder.addOutput("z", try net.add(Unary(.abs), x, name: "abs"))
    #expect(codes(net.builder.graph) == ["unsupported-type sigmoid"])
  }

  @Test func constantsBeyond32BitsAreRefused() throws {
    var net = NetBuilder(seed: 1)
    let x = net.builder.addInput("ids", TensorType(.int64, [2]))
    let far = net.builder.addConstant(Tensor(shape: [1], integers: [1 << 40]))
    net.builder.addOutput("y", try net.add(Binary(.add), x, far, name: "shifted"))
    #expect(codes(net.builder.graph) == ["too-large shifted"])
  }

  @Test func aPlanMustCoverTheGraph() throws {
    let graph = try NetBuilder.cnn()
    let found = codes(graph, CompilerOptions(plan: QuantizationPlan()))
    #expect(found.contains("missing-quantization stem") && found.contains("missing-quantization softmax"))
  }

  /// 255 * 127 * 67000 > 2^31.
  @Test func accumulatorsThatMayOverflowAreRefused() throws {
    func found(depth: Int, bias: Int64, zeroPoint: Int32) throws -> [String] {
      var net = NetBuilder(seed: 1)
      let x = net.builder.addInput("x", TensorType(.float32, [1, depth]))
      let w = net.builder.addConstant(Tensor(shape: [1, depth], floats: Array(repeating: 1, count: depth)))
      let y = try net.add(Dense(), x, w, name: "dense")
      net.builder.addOutput("y", y)
      var plan = QuantizationPlan()
      plan.activations = [x: .init(scale: 0.1, zeroPoint: zeroPoint), y: .init(scale: 0.1, zeroPoint: 0)]
      plan.weights[net.builder.graph.nodes[0].id] = QuantizedWeights(
        scales: [0.01], values: Array(repeating: 127, count: depth), bias: [bias])
      return codes(net.builder.graph, CompilerOptions(plan: plan))
    }
    #expect(try found(depth: 67_000, bias: 0, zeroPoint: -128) == ["accumulator-overflow dense"])
    #expect(try found(depth: 66_000, bias: 0, zeroPoint: -128) == [])
    #expect(try found(depth: 1000, bias: Int64(Int32.max), zeroPoint: 0) == ["accumulator-overflow dense"])
    #expect(try found(depth: 1000, bias: Int64(Int32.min), zeroPoint: 0) == ["accumulator-overflow dense"])
  }

  @Test func hintsNameWhatTheCommandOffers() throws {
    var net = NetBuilder(seed: 1)
    let x = net.builder.addInput("x", TensorType(.float32, [1, 9_000_000]))
    let y = try net.add(Reduce(.sum, axes: [1], keepsDimensions: false), x, name: "sum")
    net.builder.addOutput("y", y)
    var plan = QuantizationPlan()
    plan.activations = [x: .init(scale: 0.1, zeroPoint: 0), y: .init(scale: 0.1, zeroPoint: 0)]
    let error = #expect(throws: DiagnosticError.self) { try compile(net.builder.graph, options: CompilerOptions(plan: plan)) }
    #expect(error?.diagnostics.map(\.code) == ["accumulator-overflow"])
    #expect(error?.diagnostics.first?.hint.contains("--precision float") == true)
  }

  /// 4 channels make 16 GiB of input and as much of output, 32 eight times that.
  @Test(arguments: [false, true]) func arenasBeyondTheLimitAreRefusedWithTheirLargestTensors(keepsAllValues: Bool) throws {
    func net(channels: Int) throws -> Graph {
      var net = NetBuilder(seed: 1)
      let x = net.builder.addInput("x", TensorType(.float32, [1, 1 << 15, 1 << 15, channels]))
      let y = try net.convolution(x, Convolution2D(), outputs: channels, kernel: Size2D(1, 1), name: "wide")
      net.builder.addOutput("y", try net.add(Reduce(.mean, axes: [1, 2], keepsDimensions: false), y, name: "mean"))
      return net.builder.graph
    }
    var options = CompilerOptions()
    options.keepsAllValues = keepsAllValues
    #expect(try compile(net(channels: 4), options: options).arenaBytes <= Program.largestArenaBytes)
    let error = #expect(throws: DiagnosticError.self) { try compile(net(channels: 32), options: options) }
    let diagnostic = try #require(error?.diagnostics.first)
    #expect(diagnostic.code == "arena-too-large")
    #expect(diagnostic.message.contains("'x' [1, 32768, 32768, 32] with 128 GiB"), "\(diagnostic)")
  }

  @Test func badQuantizationIsRefused() throws {
    var net = NetBuilder(seed: 1)
    let x = net.builder.addInput("x", TensorType(.float32, [4]))
    let y = try net.add(Unary(.tanh), x, name: "tanh")
    net.builder.addOutput("y", y)
    for bad in [
      AffineQuantization(scale: 0, zeroPoint: 0), .init(scale: .nan, zeroPoint: 0), .init(scale: 1, zeroPoint: 200),
      .init(scale: .leastNonzeroMagnitude, zeroPoint: 0),
    ] {
      var plan = QuantizationPlan()
      plan.activations = [x: .init(scale: 1, zeroPoint: 0), y: bad]
      #expect(codes(net.builder.graph, CompilerOptions(plan: plan)) == ["bad-quantization tanh"])
    }
  }

  @Test func normalizationIsChecked() throws {
    for (mean, std) in [([Float(0)], [Float(0)]), ([0, 1], [1, 1]), ([.nan], [1])] {
      var net = NetBuilder(seed: 1)
      let x = net.builder.addInput("x", TensorType(.float32, [1, 3, 4]))
      net.builder.addOutput("y", try net.add(Unary(.tanh), x))
      var graph = net.builder.graph
      graph.inputs[0].normalization = Normalization(mean: mean, std: std, channelAxis: 1)
      #expect(codes(graph) == ["bad-normalization x"])
    }
  }
}
