import ArrayFiles
import Foundation
import ModelGraph
import Swiftlet
import SystemPackage
import Testing
import _TestSupport

/// Runs int8 nets on every instruction set of this processor: the same bytes. With SWIFTLET_EXPORT set (tools/check-arm64) writes nets, inputs and
/// those bytes into that folder, to be compared with what aarch64 gives.
@Suite struct SameBytesTests {
  struct Net: Sendable, CustomTestStringConvertible {
    var name: String
    var model: String
    var data: String
    var mean: Float = 0
    var factor: Float = 1
    /// `data` holds one input, `in:` and the tensor's name.
    var isReference = false
    var testDescription: String { name }
  }

  private static let folder = ProcessInfo.processInfo.environment["SWIFTLET_EXPORT"]

  static let nets: [Net] = {
    let bundled = ["mlp10", "mlp128", "convnet", "resnet", "mobilenet", "denoiser", "conv-autoencoder"].map {
      Net(name: $0, model: TrainedModels.digits("\($0).onnx"), data: TrainedModels.digits("calibration.npz"), factor: 1 / 255)
    }
    guard SharedFolder.has("models") && SharedFolder.has("data") else { return bundled }
    let trained = Int8AccuracyTests.tasks.map {
      Net(
        name: $0.folder, model: SharedFolder.path("models/\($0.folder)/\($0.file)"), data: SharedFolder.path("data/\($0.data)"),
        mean: $0.mean, factor: $0.factor)
    }
    // No data set: their reference input, disturbed.
    let disturbed = ["mlperf_vww", "mlperf_ad", "mobilenet_v1_025_224"].map {
      Net(name: $0, model: SharedFolder.path("models/\($0)/model.tflite"), data: SharedFolder.path("models/\($0)/ref.npz"), isReference: true)
    }
    return bundled + trained + disturbed
  }()

  @Test(arguments: nets) func everyInstructionSetGivesTheSameBytes(_ net: Net) throws {
    let (graph, float) = try TrainedModels.floatModel(net.model)
    let samples = try samples(net, of: float.inputs[0])
    let file = try TrainedModels.int8File(graph, calibration: samples)
    let model = try Model(bytes: file)
    let input = quantized(samples[samples.count / 2][0], model.inputs[0])
    func outputs(_ isa: ISA) throws -> [Int8] {
      let session = try Session(model, isa: isa)
      try session.setInput(0, raw: input.span.bytes)
      try session.run()
      return try model.outputs.indices.flatMap { try session.rawOutput($0) }
    }
    let expected = try outputs(.scalar)
    for isa in ISA.available { #expect(try outputs(isa) == expected, "\(isa)") }
    #expect(Set(expected).count > 1 || expected.count == 1, "an output of one value proves little")
    guard let folder = Self.folder else { return }
    try write(file, "\(folder)/\(net.name).swl")
    try write(input.map(UInt8.init(bitPattern:)), "\(folder)/\(net.name).in")
    try write(expected.map(UInt8.init(bitPattern:)), "\(folder)/\(net.name).out")
  }

  private func samples(_ net: Net, of input: TensorDescription) throws -> [[[Float]]] {
    let arrays = try TrainedModels.arrays(net.data), length = input.elementCount
    guard net.isReference else {
      let values = try arrays.require("x").floats().map { ($0 - net.mean) * net.factor }
      return (0..<min(values.count / length, 40)).map { [Array(values[$0 * length..<($0 + 1) * length])] }
    }
    let reference = try arrays.require("in:\(input.name)").floats()
    let largest = reference.map(\.magnitude).max() ?? 0
    var random = SeededRandom(seed: 3)
    return (0..<8).map { _ in [reference.map { $0 + largest * Float.random(in: -0.1...0.1, using: &random) }] }
  }

  private func quantized(_ values: [Float], _ tensor: TensorDescription) -> [Int8] {
    values.map { value in
      let q = (value / tensor.scale).rounded(.toNearestOrEven) + Float(tensor.zeroPoint)
      return Int8(min(max(q, -128), 127))
    }
  }

  private func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }
}
