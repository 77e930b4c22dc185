import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Channels scaled apart by powers of two: the same float function, a net that one scale a tensor serves badly.
@Suite struct ChannelEqualizationTests {
  /// conv -> depthwise -> pointwise (+ conv) -> max pool -> conv -> mean -> dense, all of which commute with positive factors.
  /// - Parameter spread: channels of the inner tensors are multiplied by 2^-spread ... 2^spread, and their readers' weights divided.
  static func net(seed: UInt64, spread: Int) throws -> Graph {
    var net = Nets("unequal", seed: seed)
    var factors = SeededRandom(seed: seed + 1)
    func powers(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(sign: .plus, exponent: Int.random(in: -spread...spread, using: &factors), significand: 1) }
    }
    let input = net.builder.addInput("image", TensorType(.float32, [1, 12, 12, 3]))
    let (a, b, c) = (powers(16), powers(16), powers(12))
    let first = try convolution(&net, input, ones(3), a, name: "first")
    let depthwise = try convolution(&net, first, a, b, groups: 16, name: "depthwise")
    let pointwise = try convolution(&net, depthwise, b, a, kernel: 1, clamp: .none, name: "pointwise")
    let sum = try net.builder.add(Binary(.add, clamp: .relu), [first, pointwise], name: "residual")[0]
    let pooled = try net.builder.add(Pool2D(.max, kernel: Size2D(2, 2), strides: Size2D(2, 2)), [sum], name: "pool")[0]
    let last = try convolution(&net, pooled, a, c, name: "last")
    let mean = try net.builder.add(Reduce(.mean, axes: [1, 2], keepsDimensions: false), [last], name: "mean")[0]
    let weight = Tensor(shape: [10, 12], floats: net.random.normals(120, deviation: 0.4).enumerated().map { $1 / c[$0 % 12] })
    net.builder.addOutput("y", try net.builder.add(Dense(), [mean, net.builder.addConstant(weight), nil], name: "scores")[0])
    return net.builder.graph
  }

  private static func ones(_ count: Int) -> [Float] { Array(repeating: 1, count: count) }

  private static func convolution(
    _ net: inout Nets, _ x: ValueID, _ read: [Float], _ written: [Float], kernel: Int = 3, groups: Int = 1, clamp: ClampRange = .relu, name: String
  ) throws -> ValueID {
    let depth = read.count / groups
    let length = kernel * kernel * depth
    let weights = net.random.normals(written.count * length, deviation: (2 / Float(length)).squareRoot()).enumerated().map { index, weight in
      let row = index / length
      return weight * written[row] / read[groups > 1 ? row : index % depth]
    }
    let bias = zip(net.random.normals(written.count, deviation: 0.1), written).map { $0 * $1 }
    let pad = kernel / 2
    return try net.builder.add(
      Convolution2D(padding: Padding2D(top: pad, left: pad, bottom: pad, right: pad), groups: groups, clamp: clamp),
      [
        x, net.builder.addConstant(Tensor(shape: [written.count, kernel, kernel, depth], floats: weights)),
        net.builder.addConstant(Tensor(shape: [written.count], floats: bias)),
      ], name: name, sourceOperator: "Conv")[0]
  }

  @Test(arguments: [UInt64(1), 2, 3]) func unequalChannelsCostNothing(seed: UInt64) throws {
    var decibels: [Double] = []
    for spread in [0, 5] {
      let graph = try Self.net(seed: seed, spread: spread)
      let result = try Nets.quantized(graph, Nets.samples(graph, 64, seed: seed + 100))
      decibels.append(try AccuracyTests.signalToNoise(result.graph, result.plan, seed: seed + 200)[0])
      #expect(spread == 0 || result.report.equalizesChannels)
    }
    print("equalization \(seed): \(decibels)")
    #expect(decibels[1] > decibels[0] - 1, "\(decibels)")
  }

  /// Each of 12 channels has a scale of its own already: balancing activations costs more than it gains. Factors between layers are undone by weights alone.
  @Test func weightsSayWhichFactorsToUndo() throws {
    var decibels: [Double] = []
    for spread in [0, 5] {
      var net = Nets("weights", seed: 31)
      var factors = SeededRandom(seed: 32)
      func powers(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float(sign: .plus, exponent: Int.random(in: -spread...spread, using: &factors), significand: 1) }
      }
      let input = net.builder.addInput("image", TensorType(.float32, [1, 8, 8, 3]))
      let (a, b, c) = (powers(24), powers(24), powers(12))
      let expand = try Self.convolution(&net, input, Self.ones(3), a, kernel: 1, name: "expand")
      let depthwise = try Self.convolution(&net, expand, a, b, groups: 24, name: "depthwise")
      let project = try Self.convolution(&net, depthwise, b, c, kernel: 1, clamp: .none, name: "project")
      let last = try Self.convolution(&net, project, c, Self.ones(8), name: "last")
      net.builder.addOutput("y", last)
      let result = try Nets.quantized(net.builder.graph, Nets.samples(net.builder.graph, 48, seed: 33))
      decibels.append(try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 34)[0])
    }
    print("equalization by weights: \(decibels)")
    #expect(abs(decibels[1] - decibels[0]) < 1, "\(decibels)")
  }

  @Test func withoutItUnequalChannelsCostMuch() throws {
    let graph = try Self.net(seed: 1, spread: 5)
    var options = Nets.int8Throughout
    options.equalizesChannels = false
    let samples = Nets.samples(graph, 64, seed: 101)
    let (without, with) = (try Nets.quantized(graph, samples, options), try Nets.quantized(graph, samples))
    #expect(without.graph.values.count == graph.values.count && !without.report.equalizesChannels)
    let (a, b) = (
      try AccuracyTests.signalToNoise(graph, without.plan, seed: 201)[0], try AccuracyTests.signalToNoise(with.graph, with.plan, seed: 201)[0]
    )
    #expect(b > a + 6, "\(a) dB without, \(b) dB with")
  }

  /// gamma and beta of a normalization are rows like those of weights: its outliers move into the weights that read it.
  @Test func normalizationsTakePart() throws {
    var net = Nets("norm", seed: 21)
    let factors = (0..<16).map { Float(sign: .plus, exponent: $0 % 11 - 5, significand: 1) }
    let input = net.builder.addInput("x", TensorType(.float32, [1, 4, 16]))
    let gamma = net.builder.addConstant(Tensor(shape: [16], floats: factors))
    let beta = net.builder.addConstant(Tensor(shape: [16], floats: zip(net.random.normals(16, deviation: 0.2), factors).map { $0 * $1 }))
    let norm = try net.builder.add(Normalize(.standard, axes: [2], epsilon: 1e-5), [input, gamma, beta], name: "norm")[0]
    let weight = Tensor(shape: [12, 16], floats: net.random.normals(192, deviation: 0.3).enumerated().map { $1 / factors[$0 % 16] })
    net.builder.addOutput("y", try net.builder.add(Dense(), [norm, net.builder.addConstant(weight), nil], name: "y")[0])
    let graph = net.builder.graph
    var options = Nets.int8Throughout
    let samples = Nets.samples(graph, 64, seed: 22)
    let with = try Nets.quantized(graph, samples, options)
    options.equalizesChannels = false
    let without = try Nets.quantized(graph, samples, options)
    #expect(with.report.equalizesChannels)
    let decibels = try [without, with].map { try AccuracyTests.signalToNoise($0.graph, $0.plan, seed: 23)[0] }
    print("norm: \(decibels)")
    #expect(decibels[1] > decibels[0] + 6, "\(decibels)")
  }

  /// Powers of two: not one bit of the float outputs changes.
  @Test func theFloatFunctionStaysTheSame() throws {
    let graph = try Self.net(seed: 7, spread: 4)
    let result = try Nets.quantized(graph, Nets.samples(graph, 32, seed: 8))
    #expect(result.report.equalizesChannels)
    let (before, after) = (try Nets.session(graph, nil), try Nets.session(result.graph, nil))
    for sample in Nets.samples(graph, 8, seed: 9).samples {
      #expect(try before.run(sample) == after.run(sample))
    }
  }

  /// A clamp at six, an output and a table do not commute with factors: their tensors stay as they are.
  @Test func whatDoesNotCommuteStays() throws {
    var net = Nets("bounded", seed: 3)
    let input = net.builder.addInput("image", TensorType(.float32, [1, 8, 8, 3]))
    let six = try net.convolution(input, 8, clamp: ClampRange(lower: 0, upper: 6), name: "six")
    let gated = try net.builder.add(Unary(.sigmoid), [try net.convolution(six, 8, clamp: .none, name: "gate")], name: "sigmoid")[0]
    net.builder.addOutput("y", try net.convolution(gated, 4, name: "y"))
    let result = try Nets.quantized(net.builder.graph, Nets.samples(net.builder.graph, 32, seed: 4))
    #expect(!result.report.equalizesChannels)
    #expect(result.graph.values.count == net.builder.graph.values.count)
  }
}
