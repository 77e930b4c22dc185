import Benchmark
import Foundation

private let floatTime = BenchmarkMetric.custom("float: ns from input to output", polarity: .prefersSmaller, useScalingFactor: false)
private let int8Time = BenchmarkMetric.custom("int8: ns from input to output", polarity: .prefersSmaller, useScalingFactor: false)
private let floatThroughput = BenchmarkMetric.custom("float: inputs/s", polarity: .prefersLarger, useScalingFactor: false)
private let int8Throughput = BenchmarkMetric.custom("int8: inputs/s", polarity: .prefersLarger, useScalingFactor: false)
private let speedUp = BenchmarkMetric.custom("int8 speed in % of float", polarity: .prefersLarger, useScalingFactor: false)
private let floatLoad = BenchmarkMetric.custom("float: ns to load", polarity: .prefersSmaller, useScalingFactor: false)
private let int8Load = BenchmarkMetric.custom("int8: ns to load", polarity: .prefersSmaller, useScalingFactor: false)

/// The float and the int8 program of every bundled net, in turn, so that both meet the same machine, and whether int8
/// keeps to thresholds.json.
let benchmarks: @Sendable () -> Void = {
  do {
    let floors = try Floors.read()
    for name in try TwinModels.names() { register(name, floor: floors.speedUp[name]) }
  } catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
  }
}

private func register(_ name: String, floor: Double?) {
  let run = TwinRun(name)
  let metrics = [speedUp, floatTime, int8Time, floatThroughput, int8Throughput, floatLoad, int8Load]
  let configuration = Benchmark.Configuration(
    metrics: metrics, units: Dictionary(uniqueKeysWithValues: metrics.map { ($0, .count) }), warmupIterations: 2,
    maxDuration: .seconds(1), maxIterations: 2_000)
  Benchmark(name, configuration: configuration) { benchmark in
    guard let (float, int8) = run.time() else { return benchmark.error(run.failure) }
    benchmark.measurement(floatTime, Int(float.inference))
    benchmark.measurement(int8Time, Int(int8.inference))
    benchmark.measurement(floatThroughput, Int(1e9 / float.inference))
    benchmark.measurement(int8Throughput, Int(1e9 / int8.inference))
    benchmark.measurement(speedUp, Int(100 * float.inference / int8.inference))
    benchmark.measurement(floatLoad, Int(float.load))
    benchmark.measurement(int8Load, Int(int8.load))
  } setup: {
    try run.prepare()
  } teardown: {
    guard let median = run.medianSpeedUp else { return }
    try Verdict.append("\(floor.map { median >= $0 ? "ok" : "SLOW" } ?? "NO FLOOR")\t\(name)\t\(median)\t\(floor.map { "\($0)" } ?? "-")\n")
  }
}

/// The benchmark command ends with 0 whatever a benchmark reports, so the comparison with the floors goes through a file to
/// `tools/benchmark`.
private enum Verdict {
  static func append(_ line: String) throws {
    let url = TwinModels.folder.appending(path: "verdicts.tsv")
    if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
    let file = try FileHandle(forWritingTo: url)
    try file.seekToEnd()
    try file.write(contentsOf: Data(line.utf8))
    try file.close()
  }
}

/// thresholds.json: ratios of one run, so that they hold on any machine.
private struct Floors: Decodable {
  /// Least speed of int8 as a multiple of float's, by net.
  var speedUp: [String: Double]

  static func read() throws -> Floors {
    let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "thresholds.json")
    return try JSONDecoder().decode(Floors.self, from: Data(contentsOf: url))
  }
}
