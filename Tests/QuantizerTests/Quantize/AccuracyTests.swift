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
    let decibels = try Self.signalToNoise(graph, result.plan, seed: seed + 200)
    print("cnn \(seed): \(decibels)")
    #expect(decibels[0] > 36 && decibels[1] > 34, "\(decibels)")
  }

  @Test(arguments: 0..<6) func perceptronsStayClose(seed: UInt64) throws {
    let graph = try Nets.perceptron(seed: seed)
    let result = try Nets.quantized(graph, Nets.samples(graph, 100, seed: seed + 100))
    let decibels = try Self.signalToNoise(graph, result.plan, seed: seed + 200)
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

  @Test func biasCorrectionRemovesTheMeanError() throws {
    // Inputs far from zero turn weight errors into a shift.
    var net = Nets("shift", seed: 3)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 64]))
    net.builder.addOutput("y", try net.dense(input, 12, name: "y"))
    let graph = net.builder.graph
    var random = SeededRandom(seed: 4)
    let set = CalibrationSet(samples: (0..<60).map { _ in [random.normals(64).map { $0 * 0.2 + 3 }] })
    var error: [Bool: Float] = [:]
    for corrects in [true, false] {
      var options = QuantizerOptions()
      options.correctsBias = corrects
      let (float, int8) = (try Nets.session(graph, nil), try Nets.session(graph, try Nets.quantized(graph, set, options).plan))
      var shift = [Float](repeating: 0, count: 12)
      for sample in set.samples {
        for (channel, pair) in zip(try float.run(sample)[0], try int8.run(sample)[0]).enumerated() { shift[channel] += pair.1 - pair.0 }
      }
      error[corrects] = shift.map { abs($0) / 60 }.reduce(0, +)
    }
    let (with, without) = (try #require(error[true]), try #require(error[false]))
    #expect(with < without / 2, "\(with) against \(without)")
  }

  @Test func resultsAreDeterministic() throws {
    let graph = try Nets.convolutional(seed: 9)
    let set = Nets.samples(graph, 20, seed: 10)
    let first = try Nets.quantized(graph, set)
    var reversed = set
    reversed.samples = reversed.samples.reversed()
    var options = QuantizerOptions()
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
