import ModelGraph
import Quantizer
import Testing
import _TestSupport

/// Sets that calibrate, poorly: what is told of them.
@Suite struct CalibrationChecksTests {
  /// "code: message" of each warning.
  private static func warnings(_ graph: Graph, _ samples: [[[Float]]]) throws -> [String] {
    try Nets.quantized(graph, CalibrationSet(samples: samples)).warnings.map { "\($0.code): \($0.message)" }
  }

  /// A dense layer of 16 inputs whose weights have the given deviation.
  private static func net(deviation: Float, normalization: Normalization? = nil) throws -> Graph {
    var net = Nets("scaled", seed: 1)
    let input = net.builder.addInput("pixels", TensorType(.float32, [1, 16]))
    let weight = net.builder.addConstant(Tensor(shape: [8, 16], floats: net.random.normals(128, deviation: deviation)))
    net.builder.addOutput("y", try net.builder.add(Dense(), [input, weight, nil], name: "first")[0])
    var graph = net.builder.graph
    graph.inputs[0].normalization = normalization
    return graph
  }

  private static func values(_ range: ClosedRange<Float>, whole: Bool) -> [[[Float]]] {
    var random = SeededRandom(seed: 2)
    return (0..<20).map { index in
      [(0..<16).map { element in
        let value = index == 7 && element == 3 ? range.upperBound : Float.random(in: range, using: &random) * 0.98
        return whole ? value.rounded() : value
      }]
    }
  }

  @Test func fewSamplesAreWarnedOf() throws {
    let graph = try Nets.perceptron(seed: 1)
    #expect(try Self.warnings(graph, Nets.samples(graph, 15, seed: 2).samples).map { $0.prefix(27) } == ["few-samples: 15 calibration"])
    #expect(try Self.warnings(graph, Nets.samples(graph, 16, seed: 2).samples).isEmpty)
  }

  @Test func repeatedSamplesAreNamed() throws {
    let graph = try Nets.perceptron(seed: 1)
    var samples = Nets.samples(graph, 20, seed: 2).samples
    samples[11] = samples[4]
    #expect(try Self.warnings(graph, samples) == ["duplicate-samples: sample 11 of 20 holds the same values as an earlier one (sample 11 those of sample 4), and counts twice"])
    for index in 12..<19 { samples[index] = samples[0] }
    #expect(try Self.warnings(graph, samples).first?.contains("samples 11, 12, 13, 14, 15 and 3 more of 20 hold") == true)
  }

  @Test func emptySamplesAreNamed() throws {
    let graph = try Nets.perceptron(seed: 1)
    var samples = Nets.samples(graph, 20, seed: 2).samples
    samples[5][0] = Array(repeating: 0, count: 20)
    #expect(try Self.warnings(graph, samples) == ["constant-samples: input 'x': every element is 0.0 in sample 5 of 20"])
  }

  @Test func pixelsForANetOfSmallNumbersAreTold() throws {
    let pixels = Self.values(0...255, whole: true)
    let warning = try #require(try Self.warnings(Self.net(deviation: 0.35), pixels).first)
    #expect(warning.hasPrefix("raw-pixels: input 'pixels' is fed whole numbers from ") && warning.contains("to 255 (the largest in sample 7)"), "\(warning)")
    // The same net trained on pixels has weights of a hundredth; fractions are no pixels.
    #expect(try Self.warnings(Self.net(deviation: 0.0035), pixels).isEmpty)
    #expect(try Self.warnings(Self.net(deviation: 0.35), Self.values(0...1, whole: false)).isEmpty)
  }

  @Test func normalizationThatDoesNotFitIsTold() throws {
    let toUnit = Normalization(mean: [0], std: [255], channelAxis: 0)
    let scaled = Self.values(0...1, whole: false)
    #expect(try Self.warnings(Self.net(deviation: 0.35, normalization: toUnit), scaled).first?.hasPrefix("already-scaled: input 'pixels': all values lie in") == true)
    let pixels = Self.values(0...255, whole: true)
    #expect(try Self.warnings(Self.net(deviation: 0.35, normalization: toUnit), pixels).isEmpty)
    let ofUnit = Normalization(mean: [0.485], std: [0.229], channelAxis: 0)
    #expect(try Self.warnings(Self.net(deviation: 0.35, normalization: ofUnit), pixels).first?.hasPrefix("not-scaled: ") == true)
    #expect(try Self.warnings(Self.net(deviation: 0.35, normalization: ofUnit), scaled).isEmpty)
  }
}
