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
    return bundled + trained
  }()

  @Test(arguments: nets) func everyInstructionSetGivesTheSameBytes(_ net: Net) throws {
    let (graph, float) = try TrainedModels.floatModel(net.model)
    let values = try TrainedModels.arrays(net.data).require("x").floats().map { ($0 - net.mean) * net.factor }
    let length = float.inputs[0].elementCount
    let count = min(values.count / length, 40)
    let samples = (0..<count).map { [Array(values[$0 * length..<($0 + 1) * length])] }
    let file = try TrainedModels.int8File(graph, calibration: samples)
    let model = try Model(bytes: file)
    let input = quantized(samples[count / 2][0], model.inputs[0])
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

  private func quantized(_ values: [Float], _ tensor: TensorDescription) -> [Int8] {
    values.map { value in
      let q = (value / tensor.scale).rounded(.toNearestOrEven) + Float(tensor.zeroPoint)
      return Int8(min(max(q, -128), 127))
    }
  }

  private func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(filePath: path)) }
}
