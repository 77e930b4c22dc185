import ArrayFiles
import ModelGraph
import Swiftlet
import Testing
import _TestSupport

/// Float programs against the outputs of each model's own runtime (ONNX Runtime, LiteRT), stored in `ref.npz`.
@Suite struct FloatReferenceTests {
  struct Reference: Sendable, CustomTestStringConvertible {
    var folder: String
    var file: String
    /// Relative to the output's largest magnitude; fp16 weights and reference outputs carry 11 bits of mantissa.
    var tolerance: Float = 1e-4
    var testDescription: String { folder }
  }

  static let references = [
    Reference(folder: "mlperf_kws", file: "model.tflite"), Reference(folder: "mlperf_ic", file: "model.tflite"),
    Reference(folder: "mlperf_vww", file: "model.tflite"), Reference(folder: "mlperf_ad", file: "model.tflite"),
    Reference(folder: "ort_mnist8", file: "model.onnx"), Reference(folder: "keypoint_mlp", file: "model.tflite"),
    Reference(folder: "mobilenet_v1_025_224", file: "model.tflite"), Reference(folder: "rl_go1", file: "model.onnx"),
    Reference(folder: "squeezenet_fp16", file: "model.onnx", tolerance: 2e-3),
    Reference(folder: "ultraface_rfb320", file: "model.onnx"),
  ]

  @Test(.enabled(if: SharedFolder.has("models"), "needs ../shared/models"), arguments: references)
  func floatOutputsMatchTheReference(_ reference: Reference) throws {
    let folder = SharedFolder.path("models/\(reference.folder)")
    let (graph, model) = try TrainedModels.floatModel("\(folder)/\(reference.file)")
    let arrays = try TrainedModels.arrays("\(folder)/ref.npz")
    let session = try Session(model)
    let outputs = try session.run(try model.inputs.map { try arrays.require("in:\($0.name)").floats() })
    for (tensor, actual) in zip(model.outputs, outputs) {
      let expected = try arrays.require("out:\(tensor.name)").floats()
      let error = relativeError(actual, expected)
      print("\(reference.folder) \(tensor.name): relative error \(error), \(graph.nodes.count) nodes")
      #expect(error <= reference.tolerance, "\(tensor.name)")
    }
  }
}
