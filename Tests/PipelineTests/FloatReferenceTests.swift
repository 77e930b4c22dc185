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
    /// Of inputs whose shapes the model leaves open.
    var shapes: [String: [Int]] = [:]
    var testDescription: String { "\(folder)/\(file)" }
  }

  static let references = [
    Reference(folder: "mlperf_kws", file: "model.tflite"), Reference(folder: "mlperf_ic", file: "model.tflite"),
    Reference(folder: "mlperf_vww", file: "model.tflite"), Reference(folder: "mlperf_ad", file: "model.tflite"),
    Reference(folder: "ort_mnist8", file: "model.onnx"), Reference(folder: "keypoint_mlp", file: "model.tflite"),
    Reference(folder: "mobilenet_v1_025_224", file: "model.tflite"), Reference(folder: "rl_go1", file: "model.onnx"),
    Reference(folder: "squeezenet_fp16", file: "model.onnx", tolerance: 2e-3),
    Reference(folder: "ultraface_rfb320", file: "model.onnx"), Reference(folder: "yunet_n", file: "model.onnx"),
    Reference(folder: "mp_blazeface_short", file: "model.tflite"), Reference(folder: "slim_seg_512", file: "model.tflite"),
    Reference(folder: "sr_fsrcnn_s_x2", file: "model.onnx"), Reference(folder: "sr_fsrcnn_s_x2", file: "model_twin.tflite"),
    Reference(folder: "nl_movie_review", file: "model.tflite"),
    Reference(folder: "llama_stories260k", file: "model.onnx"),
    Reference(folder: "style_transfer", file: "model.tflite", tolerance: 2e-3),
    Reference(folder: "ppocr_cls", file: "model.onnx", shapes: ["x": [1, 3, 48, 192]]),
  ]

  @Test(.enabled(if: SharedFolder.has("models"), "needs ../shared/models"), arguments: references)
  func floatOutputsMatchTheReference(_ reference: Reference) throws {
    let folder = SharedFolder.path("models/\(reference.folder)")
    let (graph, model) = try TrainedModels.floatModel("\(folder)/\(reference.file)", shapes: reference.shapes)
    #expect(graph.residualTransposes.map(\.name) == [])
    let arrays = try TrainedModels.arrays("\(folder)/ref.npz")
    let session = try Session(model)
    let outputs = try session.run(try model.inputs.map { try arrays.input($0.name, isOnly: model.inputs.count == 1) })
    for (tensor, output) in zip(model.outputs, outputs) {
      let (expected, actual) = try arrays.reference(tensor.name, output, isOnly: outputs.count == 1)
      let error = relativeError(actual, expected)
      print("\(reference.folder) \(tensor.name): relative error \(error), \(graph.nodes.count) nodes")
      #expect(error <= reference.tolerance, "\(tensor.name)")
    }
  }
}

extension ArrayArchive {
  /// The reference input of that name; a lone input may have another name there, as twins in another format call it theirs.
  fileprivate func input(_ name: String, isOnly: Bool) throws -> [Float] {
    let names = entries.map(\.name)
    let entry = names.contains("in:\(name)") ? "in:\(name)" : isOnly ? names.first { $0.hasPrefix("in:") } : nil
    return try require(try #require(entry, "input \(name)")).floats()
  }

  /// The reference of an output, and the elements of `values` that it holds: of a large one every Nth ("out:NAME@strideN").
  fileprivate func reference(_ name: String, _ values: [Float], isOnly: Bool) throws -> (expected: [Float], actual: [Float]) {
    let names = entries.map(\.name).filter { $0.hasPrefix("out:") }
    let entry = try #require(
      names.first { $0 == "out:\(name)" || $0.hasPrefix("out:\(name)@stride") } ?? (isOnly ? names.first : nil), "output \(name)")
    let expected = try require(entry).floats()
    guard let mark = entry.firstRange(of: "@stride"), let step = Int(entry[mark.upperBound...]) else { return (expected, values) }
    return (expected, stride(from: 0, to: values.count, by: step).map { values[$0] })
  }
}
