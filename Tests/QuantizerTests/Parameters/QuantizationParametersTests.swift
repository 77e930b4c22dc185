import Foundation
import ModelCompiler
import ModelGraph
import Quantizer
import Testing
import _TestSupport

/// Saved as JSON, read again, laid over the same graph: the same program. Laid over another: everything that does not fit.
@Suite struct QuantizationParametersTests {
  static func reread(_ parameters: QuantizationParameters) throws -> QuantizationParameters {
    try JSONDecoder().decode(QuantizationParameters.self, from: JSONEncoder().encode(parameters))
  }

  static func saved(_ graph: Graph, seed: UInt64 = 9) throws -> (result: QuantizationResult, parameters: QuantizationParameters) {
    let result = try Nets.quantized(graph, Nets.samples(graph, 24, seed: seed))
    return (result, try QuantizationParameters(result, for: graph, source: .init(name: "net.onnx", sha256: "00")))
  }

  static func bytes(_ result: QuantizationResult) throws -> [UInt8] {
    try compile(result.graph, options: CompilerOptions(plan: result.plan)).bytes
  }

  /// The diagnostics of laying `parameters` over `graph`, as "code name".
  static func faults(_ parameters: QuantizationParameters, _ graph: Graph) -> [String] {
    do throws(DiagnosticError) {
      _ = try parameters.applied(to: graph)
      return []
    } catch {
      return error.diagnostics.map { "\($0.code) \($0.node)" }
    }
  }

  @Test(arguments: [0, 1, 2]) func givesTheSameProgramAgain(net: Int) throws {
    let graph = try [Nets.convolutional(seed: 1), Nets.perceptron(seed: 2), ChannelEqualizationTests.net(seed: 3, spread: 5)][net]
    let (result, parameters) = try Self.saved(graph)
    #expect(parameters.equalization.isEmpty == (net != 2))
    let again = try Self.reread(parameters).applied(to: graph)
    #expect(again.isMeasured && again.report == result.report)
    #expect(again.plan.activations == result.plan.activations && again.plan.weights == result.plan.weights)
    #expect(try Self.bytes(again) == Self.bytes(result))
    // And saved from there, the same document, but for nothing.
    #expect(try QuantizationParameters(again, for: graph, source: parameters.source) == parameters)
  }

  @Test func keepsWeightsThatAreRoundedOtherwise() throws {
    let graph = try Nets.perceptron(seed: 4)
    var (result, _) = try Self.saved(graph)
    let node = try #require(graph.nodes.first { $0.name == "hidden" })
    let weights = try #require(result.plan.weights[node.id])
    for position in [3, 77] { result.plan.weights[node.id]?.values[position] += weights.values[position] > 0 ? -1 : 1 }
    result.plan.weights[node.id]?.bias[2] += 1_000
    let parameters = try Self.reread(QuantizationParameters(result, for: graph, source: nil))
    #expect(parameters.layers.first { $0.node == "hidden" }?.weights?.adjusted?.positions == [3, 77])
    #expect(try parameters.applied(to: graph).plan.weights == result.plan.weights)
  }

  @Test func keepsPrecisionsWidthsAndNarrowedForms() throws {
    let graph = try Nets.perceptron(seed: 5)
    var (result, _) = try Self.saved(graph)
    let hidden = try #require(graph.nodes.first { $0.name == "hidden" })
    result.plan.precisions[hidden.id] = .int16
    let value = hidden.outputs[0]
    result.plan.narrowed[value] = result.plan.activations[value]
    result.plan.activations[value] = AffineQuantization(scale: 1.0 / 4096, zeroPoint: 0, width: .int16)
    let again = try Self.reread(QuantizationParameters(result, for: graph, source: nil)).applied(to: graph)
    #expect(again.plan.precisions == result.plan.precisions && again.plan.narrowed == result.plan.narrowed)
    #expect(again.plan.activations == result.plan.activations && again.plan.weights == result.plan.weights)
  }

  @Test func namesEveryOffender() throws {
    let (_, parameters) = try Self.saved(try Nets.convolutional(seed: 1))
    let other = try Nets.perceptron(seed: 2)
    let faults = Self.faults(parameters, other)
    #expect(faults.contains("parameters-misfit image") && faults.contains("parameters-misfit x"))
    for layer in parameters.layers { #expect(faults.contains("parameters-misfit \(layer.name)"), "\(layer.name)") }
    for node in other.nodes { #expect(faults.contains("parameters-misfit \(other[node.outputs[0]].name)"), "\(node.name)") }
  }

  @Test func otherChannelCountsAndShapesAreRefused() throws {
    let graph = try Nets.perceptron(seed: 6)
    var (_, parameters) = try Self.saved(graph)
    let layer = try #require(parameters.layers.firstIndex { $0.node == "hidden" })
    parameters.layers[layer].weights?.scales.removeLast()
    parameters.tensors[1].shape = [1, 31]
    parameters.inputs[0].std = [255]
    #expect(
      Self.faults(parameters, graph)
        == ["x", parameters.tensors[1].name, parameters.layers[layer].name].map { "parameters-misfit \($0)" })
  }

  @Test func nonsenseIsRefused() throws {
    let graph = try Nets.perceptron(seed: 7)
    let (_, parameters) = try Self.saved(graph)
    let layer = try #require(parameters.layers.firstIndex { $0.weights != nil })
    let channels = parameters.layers[layer].weights?.scales.count ?? 0
    let edits: [(inout QuantizationParameters) -> Void] = [
      { $0.version = 2 }, { $0.format = "other" }, { $0.tensors[0].scale = 0 }, { $0.tensors[0].scale = .nan }, { $0.tensors[0].zeroPoint = 300 },
      { $0.tensors[0].zeroPoint = .max }, { $0.tensors[0].width = 4 }, { $0.tensors[0].range = [1, 0] }, { $0.tensors[0].range = [0, 1] },
      { $0.tensors[0].scale = nil }, { ($0.tensors[0].scale, $0.tensors[0].zeroPoint, $0.tensors[0].range) = (nil, nil, nil) },
      { $0.tensors.append($0.tensors[0]) }, { $0.tensors.remove(at: 0) }, { $0.layers.append($0.layers[0]) }, { $0.layers.remove(at: 0) },
      { $0.layers[layer].weights?.scales[0] = -1 }, { $0.layers[layer].weights?.biasCorrection = [1] }, { $0.layers[layer].weights = nil },
      { $0.layers[layer].weights?.biasCorrection = Array(repeating: .max, count: channels) },
      { $0.layers[layer].weights?.adjusted = .init(positions: [1 << 40], steps: [1]) },
      { $0.layers[layer].weights?.adjusted = .init(positions: [0], steps: [.max]) },
      { $0.layers[layer].weights?.adjusted = .init(positions: [0, 1], steps: [1]) },
      { $0.equalization = [.init(producers: ["nowhere"], consumers: [], exponents: [1])] },
    ]
    for (index, edit) in edits.enumerated() {
      var edited = parameters
      edit(&edited)
      // A correction that fits 64 bits but no accumulator is found by the compiler.
      let isRefused = !Self.faults(edited, graph).isEmpty || (try? Self.bytes(edited.applied(to: graph))) == nil
      #expect(isRefused, "edit \(index)")
    }
  }

  @Test func aRangeAloneGetsTheFinestLevels() throws {
    let graph = try Nets.perceptron(seed: 8)
    var (result, parameters) = try Self.saved(graph)
    (parameters.tensors[1].scale, parameters.tensors[1].zeroPoint, parameters.tensors[1].range) = (nil, nil, [-1, 4.1])
    let again = try parameters.applied(to: graph)
    let changed = again.plan.activations.filter { result.plan.activations[$0.key] != $0.value }
    #expect(Array(changed.values) == [AffineQuantization(lower: -1, upper: 4.1)])
    #expect(!again.isMeasured, "its report was another plan's")
    result = again
    #expect(try !Self.bytes(result).isEmpty)
  }

  @Test func aLayerCanBeSetToFloat() throws {
    let graph = try Nets.convolutional(seed: 9)
    var (_, parameters) = try Self.saved(graph)
    let layer = try #require(parameters.layers.firstIndex { $0.node == "pointwise" })
    parameters.layers[layer].precision = .float32
    let again = try parameters.applied(to: graph)
    #expect(again.plan.precisions[try #require(graph.nodes.first { $0.name == "pointwise" }).id] == .float32)
    #expect(try !Self.bytes(again).isEmpty)
  }
}
