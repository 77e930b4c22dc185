import ArrayFiles
import CTestSupport
import ModelGraph
import Swiftlet
import Testing
import _TestSupport

/// What the bundled nets take while they run: no heap, and an arena between its bound and its peak.
@Suite struct MemoryTests {
  private func models(_ net: String) throws -> (float: Model, int8: Model, sample: [Float]) {
    let (graph, float) = try TrainedModels.floatModel(TrainedModels.digits("\(net).onnx"))
    let values = try TrainedModels.arrays(TrainedModels.digits("calibration.npz")).require("x").floats().map { $0 / 255 }
    let length = float.inputs[0].elementCount
    let samples = (0..<10).map { [Array(values[$0 * length..<($0 + 1) * length])] }
    return (float, try TrainedModels.int8Model(graph, calibration: samples), samples[0][0])
  }

  @Test(arguments: ["convnet", "resnet", "mobilenet"]) func runsOfTheBundledNetsAllocateNothing(net: String) throws {
    let (float, int8, sample) = try models(net)
    // OpenBLAS takes its buffers at its first calls: one run warms up.
    allocations_keep_blas_single_threaded()
    #expect(try allocations(of: Session(float), on: sample) == 0)
    for isa in ISA.available { #expect(try allocations(of: Session(int8, isa: isa), on: sample) == 0, "\(isa)") }
  }

  /// Heap allocations of ten runs after the first, setting inputs and reading outputs included.
  private func allocations(of session: Session, on sample: [Float]) throws -> Int {
    var result = [Float](repeating: 0, count: session.model.outputs[0].elementCount)
    var count = 0
    for runs in [1, 10] {
      allocations_start()
      for _ in 0..<runs {
        try session.setInput(0, sample.span)
        try session.run()
        var span = result.mutableSpan
        try session.output(0, into: &span)
      }
      count = allocations_stop()
    }
    return count
  }

  @Test(arguments: ["mlp10", "convnet", "resnet", "mobilenet", "denoiser"]) func arenasLieBetweenBoundAndPeak(net: String) throws {
    let (float, int8, _) = try models(net)
    for model in [float, int8] {
      let program = model.programs[0]
      let peak = try #require(model.arenaPeak())
      print("\(net): bound \(program.lowerBoundBytes), peak \(peak.bytes), arena \(program.arenaBytes)")
      #expect(program.lowerBoundBytes > 0 && program.lowerBoundBytes <= program.arenaBytes)
      #expect(peak.bytes <= program.arenaBytes)
      // Planned bytes are in units of 16.
      #expect(peak.bytes + 16 * (peak.tensors.count + 1) >= program.lowerBoundBytes)
    }
  }
}
