import Foundation
import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// int8 against float on inputs that were not calibrated on.
@Suite struct AccuracyTests {
  /// Of each output, over unseen samples of the same distribution.
  static func signalToNoise(_ graph: Graph, _ plan: QuantizationPlan, seed: UInt64) throws -> [Double] {
    let (float, int8) = (try Nets.session(graph, nil), try Nets.session(graph, plan))
    var signal = Array(repeating: 0.0, count: graph.outputs.count)
    var noise = signal
    for sample in Nets.samples(graph, 40, seed: seed).samples {
      for (output, pair) in zip(try float.run(sample), try int8.run(sample)).enumerated() {
        for (expected, actual) in zip(pair.0, pair.1) {
          signal[output] += Double(expected) * Double(expected)
          noise[output] += Double(expected - actual) * Double(expected - actual)
        }
      }
    }
    return zip(signal, noise).map { 10 * log10($0 / $1) }
  }

  @Test(arguments: 0..<6) func convolutionalNetsStayClose(seed: UInt64) throws {
    let graph = try Nets.convolutional(seed: seed)
    let result = try Nets.quantized(graph, Nets.samples(graph, 64, seed: seed + 100))
    let decibels = try Self.signalToNoise(result.graph, result.plan, seed: seed + 200)
    print("cnn \(seed): \(decibels)")
    #expect(decibels[0] > 36 && decibels[1] > 34, "\(decibels)")
  }

  @Test(arguments: 0..<6) func perceptronsStayClose(seed: UInt64) throws {
    let graph = try Nets.perceptron(seed: seed)
    let result = try Nets.quantized(graph, Nets.samples(graph, 100, seed: seed + 100))
    let decibels = try Self.signalToNoise(result.graph, result.plan, seed: seed + 200)
    print("mlp \(seed): \(decibels)")
    #expect(decibels[0] > 26, "\(decibels)")
  }

  /// A channel 1000 times the others would drown them in a shared scale; each has its own.
  @Test func channelsOfUnlikeWeightsKeepTheirPrecision() throws {
    var net = Nets("unlike", seed: 1)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 16]))
    var floats = net.random.normals(8 * 16, deviation: 0.3)
    for index in 0..<16 { floats[index] *= 1e-3 }
    let weight = net.builder.addConstant(Tensor(shape: [8, 16], floats: floats))
    let output = try net.builder.add(Dense(), [input, weight, nil], name: "dense")[0]
    net.builder.addOutput("y", output)
    let graph = net.builder.graph
    let weights = try #require(try Nets.quantized(graph, Nets.samples(graph, 50, seed: 2)).plan.weights.values.first)
    for (index, float) in floats.enumerated() {
      let scale = weights.scales[index / 16]
      #expect(abs(Float(weights.values[index]) * scale - float) <= scale * 64, "clipped by no more than the search allows")
    }
    #expect(weights.scales[0] < weights.scales[1] / 100)
  }

  /// The sum over channels of the mean int8 error, with and without bias correction, on inputs about `center`.
  static func shift(_ graph: Graph, center: Float, seed: UInt64, correctsBias: Bool) throws -> Float {
    var random = SeededRandom(seed: seed)
    let elements = graph.inputs[0].type.elementCount
    let set = CalibrationSet(samples: (0..<30).map { _ in [random.normals(elements).map { $0 * 0.2 + center }] })
    var options = Nets.int8Throughout
    options.correctsBias = correctsBias
    let (float, int8) = (try Nets.session(graph, nil), try Nets.session(graph, try Nets.quantized(graph, set, options).plan))
    let channels = graph.outputs[0].type.shape.last ?? 1
    var shift = [Float](repeating: 0, count: channels)
    for sample in set.samples {
      for (index, pair) in zip(try float.run(sample)[0], try int8.run(sample)[0]).enumerated() {
        shift[index % channels] += pair.1 - pair.0
      }
    }
    return shift.map { abs($0) / Float(30 * graph.outputs[0].type.elementCount / channels) }.reduce(0, +)
  }

  /// Inputs far from zero turn weight errors into a shift.
  @Test func biasCorrectionRemovesTheMeanError() throws {
    var net = Nets("shift", seed: 3)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 64]))
    net.builder.addOutput("y", try net.dense(input, 12, name: "y"))
    let graph = net.builder.graph
    let with = try Self.shift(graph, center: 3, seed: 4, correctsBias: true)
    let without = try Self.shift(graph, center: 3, seed: 4, correctsBias: false)
    #expect(with < without / 2, "\(with) against \(without)")
  }

  /// Small images keep the mean of each position, large ones that of each channel; groups, strides and padding count.
  @Test(arguments: [12, 128]) func biasCorrectionCountsWithConvolutionGeometry(size: Int) throws {
    var net = Nets("shift", seed: 5)
    let input = net.builder.addInput("x", TensorType(.float32, [1, size, size, 6]))
    net.builder.addOutput("y", try net.convolution(input, 12, kernel: 5, groups: 3, stride: 2, clamp: .none, name: "y"))
    let graph = net.builder.graph
    let with = try Self.shift(graph, center: 3, seed: 6, correctsBias: true)
    let without = try Self.shift(graph, center: 3, seed: 6, correctsBias: false)
    #expect(with < without / 2, "\(size): \(with) against \(without)")
  }

  @Test func resultsAreDeterministic() throws {
    let graph = try Nets.convolutional(seed: 9)
    let set = Nets.samples(graph, 20, seed: 10)
    let first = try Nets.quantized(graph, set)
    var reversed = set
    reversed.samples = reversed.samples.reversed()
    var options = Nets.int8Throughout
    (options.rangeMethod, options.correctsBias) = (.leastError, false)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    for _ in 0..<2 {
      let again = try Nets.quantized(graph, set)
      #expect(again.plan.activations == first.plan.activations)
      #expect(again.plan.weights == first.plan.weights)
      #expect(try encoder.encode(again.report) == encoder.encode(first.report))
    }
    #expect(try Nets.quantized(graph, set, options).plan.activations == Nets.quantized(graph, reversed, options).plan.activations)
  }
}
