import ArrayFiles
import Swiftlet
import Testing
import _TestSupport

/// int8 against float on real data, calibrated on 100 samples that are not scored.
@Suite struct Int8AccuracyTests {
  struct Task: Sendable, CustomTestStringConvertible {
    var folder: String
    var file: String
    var data: String
    /// What the model's authors do to the stored values: (x - mean) * factor.
    var mean: Float = 0
    var factor: Float = 1
    var scored: Int
    var testDescription: String { folder }
  }

  static let tasks = [
    Task(folder: "mlperf_kws", file: "model.tflite", data: "kws.npz", mean: 83, factor: 0.5847029, scored: 400),
    Task(folder: "mlperf_ic", file: "model.tflite", data: "cifar10_jpeg.npz", scored: 900),
    Task(folder: "ort_mnist8", file: "model.onnx", data: "mnist.npz", scored: 2_000),
    Task(folder: "keypoint_mlp", file: "model.tflite", data: "keypoint_mlp.npz", scored: 2_000),
  ]

  @Test(.enabled(if: SharedFolder.has("models") && SharedFolder.has("data"), "needs ../shared/models and ../shared/data"), arguments: tasks)
  func int8KeepsTheAccuracyOfFloat(_ task: Task) throws {
    let (graph, float) = try TrainedModels.floatModel(SharedFolder.path("models/\(task.folder)/\(task.file)"))
    let arrays = try TrainedModels.arrays(SharedFolder.path("data/\(task.data)"))
    let values = try arrays.require("x").floats().map { ($0 - task.mean) * task.factor }
    let labels = try arrays.require("y").integers()
    let length = float.inputs[0].elementCount
    func sample(_ index: Int) -> [Float] { Array(values[index * length..<(index + 1) * length]) }

    // Every k-th sample calibrates, so that data sorted by class is covered; the others are scored.
    let step = labels.count / 100
    let calibration = (0..<100).map { $0 * step }
    let int8 = try TrainedModels.int8Model(graph, calibration: calibration.map { [sample($0)] })
    let held = Set(calibration)
    let scored = labels.indices.filter { !held.contains($0) }.prefix(task.scored)

    let (floatSession, int8Session) = (try Session(float), try Session(int8))
    var (floatHits, int8Hits, agreements, changes) = (0, 0, 0, 0)
    for index in scored {
      let a = indexOfLargest(try floatSession.run([sample(index)])[0])
      let b = indexOfLargest(try int8Session.run([sample(index)])[0])
      floatHits += a == labels[index] ? 1 : 0
      int8Hits += b == labels[index] ? 1 : 0
      changes += (a == labels[index]) != (b == labels[index]) ? 1 : 0
      agreements += a == b ? 1 : 0
    }
    let n = Double(scored.count)
    let drop = Double(floatHits - int8Hits) / n
    let pairedError = ((Double(changes) / n - drop * drop) / (n - 1)).squareRoot()
    print("\(task.folder): float \(Double(floatHits) / n), int8 \(Double(int8Hits) / n), agreement \(Double(agreements) / n)")
    #expect(scored.count == task.scored)
    #expect(drop <= 0.005 + pairedError)
    #expect(Double(agreements) / n >= 0.97)
  }
}
