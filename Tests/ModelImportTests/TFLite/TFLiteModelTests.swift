import Foundation
import ModelGraph
import ModelImport
import Testing
import _TestSupport

/// The real models beside the repository.
@Suite(.enabled(if: SharedFolder.has("models"), "needs ../shared/models"))
struct TFLiteModelTests {
  private func load(_ file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: SharedFolder.path("models/\(file).tflite"))))
  }

  struct Float32Model: Sendable, CustomTestStringConvertible {
    var file: String, input: String, inputShape: [Int], output: String, outputShape: [Int], nodes: Int
    var testDescription: String { file }
  }

  static let floatModels = [
    Float32Model(
      file: "mlperf_kws/model", input: "serving_default_input_1", inputShape: [1, 49, 10, 1],
      output: "StatefulPartitionedCall", outputShape: [1, 12], nodes: 13),
    Float32Model(
      file: "mlperf_ic/model", input: "input_1", inputShape: [1, 32, 32, 3],
      output: "Identity", outputShape: [1, 10], nodes: 16),
    Float32Model(
      file: "mlperf_vww/model", input: "input_1", inputShape: [1, 96, 96, 3],
      output: "Identity", outputShape: [1, 2], nodes: 31),
    Float32Model(
      file: "mlperf_ad/model", input: "input_1", inputShape: [1, 640],
      output: "Identity", outputShape: [1, 640], nodes: 10),
    Float32Model(
      file: "keypoint_mlp/model", input: "input_1", inputShape: [1, 42],
      output: "Identity", outputShape: [1, 3], nodes: 4),
    Float32Model(
      file: "mobilenet_v1_025_224/model", input: "input", inputShape: [1, 224, 224, 3],
      output: "MobilenetV1/Predictions/Reshape_1", outputShape: [1, 1001], nodes: 31),
  ]

  @Test(arguments: floatModels) func floatModelImports(_ model: Float32Model) throws {
    let graph = try importTFLite(load(model.file), name: model.file, options: ImportOptions())
    #expect(graph.inputs.map(\.name) == [model.input])
    #expect(graph.inputs.map(\.type) == [TensorType(.float32, model.inputShape)])
    #expect(graph.outputs.map(\.name) == [model.output])
    #expect(graph.outputs.map(\.type) == [TensorType(.float32, model.outputShape)])
    #expect(graph.nodes.count == model.nodes)
  }

  @Test func halfWeightsImport() throws {
    let graph = try importTFLite(load("mp_blazeface_short/model"), name: "blazeface", options: ImportOptions())
    let shapes = Dictionary(grouping: graph.outputs, by: \.name).mapValues { $0[0].type.shape }
    #expect(shapes == ["regressors": [1, 896, 16], "classificators": [1, 896, 1]])
    #expect(!graph.nodes.contains { $0.sourceOperator == "DEQUANTIZE" })
  }

  @Test(arguments: [
    ("magic_wand/model", ElementType.int8), ("mlperf_ad/model_int8", .int8), ("mlperf_ic/model_int8", .int8),
    ("mlperf_kws/model_int8", .int8), ("mlperf_vww/model_int8", .int8), ("mltk_rps/model", nil),
    ("mobilenet_v1_025_224/model_uint8_qat", .uint8),
  ])
  func quantizedModelKeepsItsLevels(file: String, levelType: ElementType?) throws {
    let graph = try importTFLite(load(file), name: file, options: ImportOptions()).optimized()
    #expect(graph.inputs.map(\.levelType) == [levelType] && graph.outputs.map(\.levelType) == [levelType])
    for node in graph.nodes {
      #expect((node.inputs.prefix(1).compactMap { $0 } + node.outputs).allSatisfy { graph[$0].quantization != nil }, "\(node.name)")
      guard node.op is Convolution2D || node.op is Dense else { continue }
      for index in [1, 2] { #expect(node.inputs[index].flatMap { graph[$0].constant?.quantized } != nil, "\(node.name)") }
    }
  }

  @Test func dynamicRangeModelKeepsItsWeights() throws {
    let graph = try importTFLite(load("mlperf_kws/model_dynquant"), name: "kws", options: ImportOptions()).optimized()
    #expect(!graph.isQuantized && graph.hasQuantizedWeights)
  }

  @Test(arguments: [
    ("neg_selfie_seg/model", ["Convolution2DTransposeBias"]),
    ("mnist_lstm_tflm/model", ["UNIDIRECTIONAL_SEQUENCE_LSTM"]),
    ("mnist_lstm_tflm/model_int8", ["UNIDIRECTIONAL_SEQUENCE_LSTM"]),
  ])
  func unsupportedOperatorsAreNamed(file: String, operators: [String]) throws {
    let found = try faults(file)
    let named = found.filter { $0.code == "unsupported-operator" || $0.code == "unsupported-type" }
    #expect(Set(named.map(\.sourceOperator)) == Set(operators))
    #expect(found.allSatisfy { $0.code.hasPrefix("unsupported-") })
  }

  private func faults(_ file: String) throws -> [Diagnostic] {
    let bytes = try load(file)
    do throws(DiagnosticError) {
      _ = try importTFLite(bytes, name: file, options: ImportOptions())
      return []
    } catch {
      return error.diagnostics
    }
  }
}
