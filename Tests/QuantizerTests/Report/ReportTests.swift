import Foundation
import ModelGraph
import Quantizer
import Testing
import _TestSupport

@Suite struct ReportTests {
  @Test func everyLayerIsReported() throws {
    let graph = try Nets.convolutional(seed: 1)
    let report = try Nets.quantized(graph, Nets.samples(graph, 40, seed: 2)).report
    #expect(report.layers.map(\.name) == graph.nodes.map(\.name))
    #expect(report.layers.first?.op == "Convolution2D")
    #expect((report.calibrationSamples, report.comparedSamples) == (40, 32))
    for layer in report.layers {
      #expect(try #require(layer.sqnrDecibels) > 20, "\(layer.name)")
      #expect(layer.precision == .int8)
      #expect(try #require(layer.lower) < #require(layer.upper))
      #expect((0...0.05).contains(layer.clippedShare))
      #expect(layer.reason == nil, "\(layer.name): \(layer.reason ?? "")")
    }
    let softmax = try #require(report.layers.last)
    #expect(softmax.lower == 0 && softmax.upper == 255.0 / 256 && softmax.clippedShare == 0)
  }

  @Test func keysAreSnakeCase() throws {
    let graph = try Nets.perceptron(seed: 3)
    let report = try Nets.quantized(graph, Nets.samples(graph, 5, seed: 4)).report
    let object = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(report)) as? [String: Any]
    #expect(object?["calibration_samples"] as? Int == 5)
    let layer = try #require((object?["layers"] as? [[String: Any]])?.first)
    for key in ["name", "op", "precision", "sqnr_db", "lower", "upper", "observed_lower", "scale", "zero_point", "clipped_share"] {
      #expect(layer[key] != nil, "\(key)")
    }
  }

  @Test func unlikeRangesInAConcatAreNamed() throws {
    var net = Nets("unlike", seed: 5)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 16]))
    let small = net.builder.addConstant(Tensor(shape: [16, 16], floats: net.random.normals(256, deviation: 1e-3)))
    let quiet = try net.builder.add(Dense(), [input, small, nil], name: "quiet")[0]
    let large = net.builder.addConstant(Tensor(shape: [16, 16], floats: net.random.normals(256, deviation: 1)))
    let loud = try net.builder.add(Dense(), [input, large, nil], name: "loud")[0]
    net.builder.addOutput("y", try net.builder.add(Concat(axis: 1), [quiet, loud], name: "concat")[0])
    let graph = net.builder.graph
    let layer = try #require(try Nets.quantized(graph, Nets.samples(graph, 20, seed: 6)).report.layers.first)
    #expect(try #require(layer.sqnrDecibels) < 15)
    #expect(layer.reason?.contains("unlike ranges") == true, "\(layer.reason ?? "none")")
  }

  @Test func outlierChannelsAreNamed() throws {
    var net = Nets("outlier", seed: 7)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 16]))
    var floats = net.random.normals(16 * 16, deviation: 0.02)
    for index in 5 * 16..<6 * 16 { floats[index] *= 3_000 }
    let weight = net.builder.addConstant(Tensor(shape: [16, 16], floats: floats))
    let hidden = try net.builder.add(Dense(), [input, weight, nil], name: "hidden")[0]
    var selection = [Float](repeating: 0, count: 16 * 15)
    for row in 0..<15 { selection[row * 16 + (row < 5 ? row : row + 1)] = 1 }
    let select = net.builder.addConstant(Tensor(shape: [15, 16], floats: selection))
    net.builder.addOutput("y", try net.builder.add(Dense(), [hidden, select, nil], name: "rest")[0])
    let graph = net.builder.graph
    let report = try Nets.quantized(graph, Nets.samples(graph, 20, seed: 8)).report
    // The outlier itself is exact enough to lift the layer's SQNR: the damage shows in what reads the others.
    let rest = try #require(report.layers.last)
    #expect(try #require(rest.sqnrDecibels) < 10)
    #expect(rest.reason?.contains("channel 5") == true, "\(rest.reason ?? "none")")
  }

  @Test func clippedRangesAreNamed() throws {
    let graph = try Nets.perceptron(seed: 9)
    var options = Nets.int8Throughout
    options.rangeMethod = .percentile(60)
    let report = try Nets.quantized(graph, Nets.samples(graph, 50, seed: 10), options).report
    let layer = report.layers[0]
    #expect(layer.clippedShare > 0.05)
    #expect(layer.reason?.contains("clipped range") == true, "\(layer.reason ?? "none")")
  }

  /// Samples of the second half are three times as large.
  @Test func rangesThatStillGrowAreNamed() throws {
    let graph = try Nets.perceptron(seed: 13)
    let steady = Nets.samples(graph, 40, seed: 14)
    let growing = CalibrationSet(samples: steady.samples.enumerated().map { index, sample in sample.map { $0.map { index < 20 ? $0 : 3 * $0 } } })
    #expect(try Nets.quantized(graph, steady, Nets.int8Throughout).report.layers.allSatisfy { $0.reason?.contains("too few") != true })
    let report = try Nets.quantized(graph, growing, Nets.int8Throughout).report
    let layer = report.layers[0]
    #expect(layer.reason?.hasPrefix("too few samples: the second half of them widened the range by ") == true, "\(layer.reason ?? "none")")
    #expect(report.remedy(for: layer).contains("give more samples"))
    // Halves of three samples say nothing.
    let few = CalibrationSet(samples: Array(growing.samples[18...20]))
    #expect(try Nets.quantized(graph, few, Nets.int8Throughout).report.layers.allSatisfy { $0.reason?.contains("too few") != true })
  }

  @Test func progressCountsUpToItsTotal() throws {
    let graph = try Nets.perceptron(seed: 11)
    var calls: [(Int, Int)] = []
    _ = try quantize(graph, calibration: Nets.samples(graph, 7, seed: 12), options: QuantizerOptions()) { calls.append(($0, $1)) }
    #expect(calls.map(\.0) == Array(1...calls.count))
    #expect(calls.allSatisfy { $0.1 == calls.count })
  }
}
