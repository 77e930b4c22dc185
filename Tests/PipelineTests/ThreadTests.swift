import ArrayFiles
import CTestSupport
import Foundation
import ModelCompiler
import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Sessions on several threads: the same bytes, nothing allocated, no thread left behind. One test at a time, since they count threads.
@Suite(.serialized) struct ThreadTests {
  private static let counts = [1, 2, 3, 8]

  /// int8, every second node in float, all in float (exact, without BLAS): each planned for memory and for latency.
  private func models(_ net: SameBytesTests.Net) throws -> (models: [(name: String, model: Model)], sample: [Float]) {
    let (graph, float) = try TrainedModels.floatModel(net.model)
    let length = float.inputs[0].elementCount
    let values = try TrainedModels.arrays(net.data).require("x").floats().map { ($0 - net.mean) * net.factor }
    let samples = (0..<min(values.count / length, 20)).map { [Array(values[$0 * length..<($0 + 1) * length])] }
    let plan = try quantize(graph, calibration: CalibrationSet(samples: samples), options: QuantizerOptions()) { _, _ in }.plan
    var models: [(String, Model)] = []
    for (name, step) in [("int8", 0), ("mixed", 2), ("float", 1)] {
      for overlaps in [true, false] {
        var options = CompilerOptions(plan: plan)
        options.overlaps = overlaps
        for (index, node) in graph.nodes.enumerated() where step > 0 && index % step == 0 { options.plan?.precisions[node.id] = .float32 }
        models.append(("\(name) \(overlaps ? "ram" : "latency")", try Model(bytes: compile(graph, options: options).bytes)))
      }
    }
    return (models, samples[samples.count / 2][0])
  }

  private func outputs(_ session: Session, _ sample: [Float]) throws -> [Int8] {
    try session.setInput(0, sample.span)
    try session.run()
    return try session.outputs.indices.flatMap { try session.rawOutput($0) }
  }

  static let bundled = SameBytesTests.nets.filter { $0.model.contains("Examples/digits") }

  @Test(arguments: bundled) func resultsDoNotDependOnTheCount(_ net: SameBytesTests.Net) throws {
    let (models, sample) = try models(net)
    for (name, model) in models {
      let expected = try outputs(try Session(model), sample)
      for threads in Self.counts {
        for policy in [SharingPolicy.always, SharingPolicy()] {
          let session = try Session(model, threads: threads, sharing: policy)
          #expect(session.threads == threads)
          for run in 0..<50 {
            let found = try outputs(session, sample)
            guard found != expected else { continue }
            Issue.record("\(net.name) \(name), \(threads) threads, run \(run)")
            break
          }
        }
      }
    }
  }

  @Test func plansForLatencyShareMore() throws {
    let (models, _) = try models(try #require(Self.bundled.first { $0.name == "mobilenet" }))
    let shared = try models.map { try Session($0.model, threads: 2, sharing: .always).sharing.instructions }
    for index in stride(from: 0, to: shared.count, by: 2) { #expect(shared[index] <= shared[index + 1], "\(models[index].name)") }
    #expect(shared[0] < shared[1])
    // 16 channels of one row are the smallest part.
    let model = models[1].model
    let divisible = model.instructions.count { $0.operatorName != "copy" && model.tensors[$0.outputs[0]].elementCount > 16 }
    #expect(shared[1] == divisible)
  }

  @Test func runsAllocateNothingOnAnyThread() throws {
    let (models, sample) = try models(try #require(Self.bundled.first { $0.name == "convnet" }))
    for (_, model) in models {
      let session = try Session(model, threads: 3, sharing: .always)
      for _ in 0..<5 { _ = try outputs(session, sample) }
      allocations_start_in_threads("swiftlet")
      allocations_start()
      for _ in 0..<50 {
        try session.setInput(0, sample.span)
        try session.run()
      }
      #expect(allocations_stop() == 0)
      #expect(allocations_stop_in_threads() == 0)
    }
  }

  @Test func sessionsRunAtTheSameTime() async throws {
    let (models, sample) = try models(try #require(Self.bundled.first { $0.name == "resnet" }))
    let model = models[1].model
    let expected = try outputs(try Session(model), sample)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for index in 0..<6 {
        group.addTask {
          let session = try Session(model, threads: 1 + index % 3, sharing: .always)
          return try (0..<50).allSatisfy { _ in try outputs(session, sample) == expected }
        }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }

  @Test func observedRunsAreShared() throws {
    let (models, sample) = try models(try #require(Self.bundled.first { $0.name == "convnet" }))
    let model = models[1].model
    let session = try Session(model, threads: 2, sharing: .always)
    let expected = try outputs(try Session(model), sample)
    try session.setInput(0, sample.span)
    var seen: [Int] = []
    try session.run { instruction, _ in seen.append(instruction) }
    #expect(seen == Array(model.programs[0].instructions))
    #expect(try session.outputs.indices.flatMap { try session.rawOutput($0) } == expected)
  }

  @Test func shortRunsStayOnOneThread() throws {
    let (models, sample) = try models(try #require(Self.bundled.first { $0.name == "convnet" }))
    var policy = SharingPolicy.always
    for (limit, isActive) in [(UInt64.max, false), (1, true), (0, true)] {
      policy.shortRunNanoseconds = limit
      let session = try Session(models[1].model, threads: 2, sharing: policy)
      for _ in 0..<5 { _ = try outputs(session, sample) }
      #expect(session.sharing.isActive == isActive, "\(limit)")
    }
    let small = try self.models(try #require(Self.bundled.first { $0.name == "mlp10" })).models[1].model
    let session = try Session(small, threads: 8)
    #expect(session.sharing.instructions == 0)
    #expect(Self.workers() == 0, "nothing to share: no thread")
  }

  @Test func threadsEndWithTheirSession() throws {
    let (models, sample) = try models(try #require(Self.bundled.first { $0.name == "mobilenet" }))
    #expect(Self.workersAfterAWhile(0) == 0)
    let session = try Session(models[1].model, threads: 4, sharing: .always)
    #expect(Self.workersAfterAWhile(3) == 3)
    for index in 0..<200 {
      let session = try Session(models[1].model, threads: 1 + index % 8, sharing: .always)
      if index % 3 == 0 { _ = try outputs(session, sample) }
    }
    #expect(Self.workersAfterAWhile(3) == 3)
    withExtendedLifetime(session) {}
  }

  @Test(arguments: [0, -1, 65, 10_000, .min, .max]) func refusesSuchCounts(_ threads: Int) throws {
    let (models, _) = try models(try #require(Self.bundled.first { $0.name == "mlp10" }))
    let error = try #require(throws: RunError.self) { try Session(models[0].model, threads: threads) }
    #expect(error.code == .threadCount)
    #expect(error.need == (threads < 1 ? 1 : 64))
    #expect(error.have == UInt64(clamping: threads))
    #expect(error.description.contains("\(threads)"))
    #expect(error.hint != nil)
  }

  /// Threads of sessions in this process.
  private static func workers() -> Int {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    return tasks.count { (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) == "swiftlet\n" }
  }

  /// A thread takes a moment to take its name, and to vanish after it was joined.
  private static func workersAfterAWhile(_ expected: Int) -> Int {
    for _ in 0..<500 where workers() != expected { usleep(10_000) }
    return workers()
  }
}
