import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Channels about different means share one range badly; biases take the means away.
@Suite struct BiasAbsorptionTests {
  /// dense -> pointwise over 5 positions -> dense, the channels of the inner tensors shifted by means that the layer behind subtracts again.
  /// - Parameter clamp: behind ReLU the means are positive and large, so that nothing is cut off.
  static func net(seed: UInt64, clamp: ClampRange, pad: Int = 0, spread: Float = 40) throws -> Graph {
    var net = Nets("shifted", seed: seed)
    var means = SeededRandom(seed: seed + 1)
    let offsets = (0..<12).map { _ in clamp == .none ? Float.random(in: -spread...spread, using: &means) : Float.random(in: 12...(12 + 2 * spread), using: &means) }
    let input = net.builder.addInput("x", TensorType(.float32, [1, 5, 1, 8]))
    let first = Tensor(shape: [12, 1, 1, 8], floats: net.random.normals(96, deviation: 0.4))
    let shifted = try net.builder.add(
      Convolution2D(clamp: clamp), [input, net.builder.addConstant(first), net.builder.addConstant(Tensor(shape: [12], floats: offsets))], name: "shifted",
      sourceOperator: "Conv")[0]
    let weights = net.random.normals(16 * 12, deviation: 0.4)
    let bias = (0..<16).map { row in -(0..<12).reduce(Float(0)) { $0 + weights[row * 12 + $1] * offsets[$1] } }
    let padding = Padding2D(top: pad, left: 0, bottom: pad, right: 0)
    let second = try net.builder.add(
      Convolution2D(padding: padding, clamp: .relu),
      [shifted, net.builder.addConstant(Tensor(shape: [16, 1, 1, 12], floats: weights)), net.builder.addConstant(Tensor(shape: [16], floats: bias))],
      name: "back", sourceOperator: "Conv")[0]
    let flat = try net.builder.add(Reshape(shape: [1, (5 + 2 * pad) * 16]), [second], name: "flat")[0]
    net.builder.addOutput("y", try net.dense(flat, 6, name: "y"))
    return net.builder.graph
  }

  @Test(arguments: [ClampRange.none, .relu]) func channelsAreMovedTogether(clamp: ClampRange) throws {
    let graph = try Self.net(seed: 1, clamp: clamp)
    var without = Nets.int8Throughout
    without.equalizesChannels = false
    let samples = Nets.samples(graph, 64, seed: 2)
    let (plain, absorbed) = (try Nets.quantized(graph, samples, without), try Nets.quantized(graph, samples))
    #expect(absorbed.report.absorbsBiases == true && plain.report.absorbsBiases == nil)
    let decibels = [
      try AccuracyTests.signalToNoise(plain.graph, plain.plan, seed: 3)[0], try AccuracyTests.signalToNoise(absorbed.graph, absorbed.plan, seed: 3)[0],
    ]
    print("absorption \(clamp): \(decibels)")
    #expect(decibels[1] > decibels[0] + 6, "\(decibels)")
    // The float function is the same, on samples that were not calibrated on too.
    let (before, after) = (try Nets.session(graph, nil), try Nets.session(absorbed.graph, nil))
    for sample in Nets.samples(graph, 40, seed: 4).samples {
      for (a, b) in zip(try before.run(sample)[0], try after.run(sample)[0]) { #expect(abs(a - b) < 2e-4 * max(abs(a), 10), "\(a) \(b)") }
    }
  }

  /// By hand: channel 0 holds 10...12, channel 1 -3...1.
  @Test func offsetsAreMiddlesWithoutAnActivationAndFloorsBehindReLU() throws {
    var net = Nets("hand", seed: 1)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 1]))
    for (clamp, slopes, biases) in [(ClampRange.none, [Float(1), 2], [Float(11), -1]), (.relu, [1, 2], [11, 3])] {
      let hidden = try net.builder.add(
        Dense(clamp: clamp),
        [input, net.builder.addConstant(Tensor(shape: [2, 1], floats: slopes)), net.builder.addConstant(Tensor(shape: [2], floats: biases))], name: "hidden")[0]
      net.builder.addOutput(
        "y\(clamp.lower)", try net.builder.add(Dense(), [hidden, net.builder.addConstant(Tensor(shape: [1, 2], floats: [1, 1])), nil], name: "y\(clamp.lower)")[0])
    }
    let graph = net.builder.graph
    let samples = CalibrationSet(samples: [-1, -0.5, 0, 0.25, 1].map { [[$0]] })
    let result = try Nets.quantized(graph, samples)
    let parameters = try QuantizationParameters(result, for: graph, source: nil)
    let absorptions = try #require(parameters.biasAbsorption)
    // Linear: middles 11 and -1. Rectified: 10 less an eighth of 2, and 1 less an eighth of 4.
    #expect(absorptions.map(\.offsets) == [[11, -1], [9.75, 0.5]], "\(absorptions)")
    #expect(try parameters.applied(to: graph).plan.weights == result.plan.weights)
  }

  @Test func whatPadsKeepsItsZeros() throws {
    let graph = try Self.net(seed: 1, clamp: .none, pad: 1)
    #expect(try Nets.quantized(graph, Nets.samples(graph, 24, seed: 2)).report.absorbsBiases == nil)
  }

  /// One mean for all channels behind ReLU is what a zero point cannot take; without an activation there is nothing to move.
  @Test func channelsAlikeStayAsTheyAre() throws {
    let graph = try Self.net(seed: 5, clamp: .none, spread: 0)
    #expect(try Nets.quantized(graph, Nets.samples(graph, 24, seed: 2)).report.absorbsBiases == nil)
  }

  @Test func parametersHoldTheOffsetsAndMustFit() throws {
    let graph = try Self.net(seed: 1, clamp: .relu)
    let result = try Nets.quantized(graph, Nets.samples(graph, 64, seed: 2))
    let parameters = try QuantizationParameters(result, for: graph, source: nil)
    #expect(parameters.biasAbsorption?.count == 1)
    let again = try parameters.applied(to: graph)
    #expect(again.plan.weights == result.plan.weights && again.plan.activations == result.plan.activations)
    let edits: [(inout QuantizationParameters) -> Void] = [
      { $0.biasAbsorption?[0].producer = "nowhere" }, { $0.biasAbsorption?[0].offsets.removeLast() }, { $0.biasAbsorption?[0].offsets[0] = -1 },
      { $0.biasAbsorption?[0].offsets[3] = .infinity },
    ]
    for edit in edits {
      var edited = parameters
      edit(&edited)
      let error = try #require(throws: DiagnosticError.self) { try edited.applied(to: graph) }
      #expect(error.diagnostics.contains { $0.code == "parameters-misfit" }, "\(error)")
    }
  }
}
