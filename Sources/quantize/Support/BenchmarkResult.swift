import Foundation
import Swiftlet

/// What `bench` found of one model; its JSON keys are a contract.
struct BenchmarkResult: Encodable {
  var model: String
  var precision: String
  var isa: String
  var threads: Int
  var medianMicroseconds: Double
  var minimumMicroseconds: Double
  var p90Microseconds: Double
  var macs: UInt64
  var gigamacsPerSecond: Double
  var loadMicroseconds: Double
  var arenaBytes: Int
  var weightsBytes: Int
  /// Of the whole process, all models of the command included.
  var peakRSSBytes: Int
  /// Memory that a run reads or writes: the arena and the constants of its instructions.
  var bytesTouched: Int
  /// What the program's arena was planned for: latency or ram.
  var plan: String

  enum CodingKeys: String, CodingKey {
    case model, precision, isa, threads, macs, plan
    case medianMicroseconds = "median_us"
    case minimumMicroseconds = "min_us"
    case p90Microseconds = "p90_us"
    case gigamacsPerSecond = "gmac_per_s"
    case loadMicroseconds = "load_us"
    case arenaBytes = "arena_bytes"
    case weightsBytes = "weights_bytes"
    case peakRSSBytes = "peak_rss_bytes"
    case bytesTouched = "bytes_touched"
  }

  init(_ benchmark: Benchmark, _ timing: Timing, threads: Int) {
    let program = benchmark.model.programs[benchmark.session.program]
    model = benchmark.path
    precision = benchmark.model.mainPrecision.rawValue
    isa = benchmark.session.isa.rawValue
    self.threads = threads
    plan = program.plan.rawValue
    (medianMicroseconds, minimumMicroseconds, p90Microseconds) = (timing.median, timing.minimum, timing.p90)
    macs = program.macs
    gigamacsPerSecond = Double(program.macs) / timing.median / 1e3
    loadMicroseconds = benchmark.loadMicroseconds
    (arenaBytes, weightsBytes) = (program.arenaBytes, benchmark.model.weightsBytes)
    bytesTouched = program.arenaBytes + program.instructions.reduce(0) { $0 + benchmark.model.instructions[$1].constantBytes }
    peakRSSBytes = Self.peakRSS()
  }

  /// VmHWM, in bytes; 0 where the system does not say. (getrusage keeps the peak of the process that started this one.)
  private static func peakRSS() -> Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
    else { return 0 }
    return kilobytes * 1_024
  }

  static func table(_ results: [BenchmarkResult]) -> String {
    var table = TextTable(
      ["model", "precision", "isa", "median", "min", "p90", "GMAC/s", "load", "arena", "weights"], leftAligned: [0, 1, 2])
    for result in results {
      table.append([
        result.model, result.precision, result.isa, "\(formatted(result.medianMicroseconds, decimals: 2)) us", "\(formatted(result.minimumMicroseconds, decimals: 2)) us",
        "\(formatted(result.p90Microseconds, decimals: 2)) us", formatted(result.gigamacsPerSecond), "\(formatted(result.loadMicroseconds)) us",
        formattedBytes(result.arenaBytes), formattedBytes(result.weightsBytes),
      ])
    }
    var lines = [table.rendered()]
    if let threads = results.first?.threads, threads > 1 { lines.append("\(threads) threads") }
    if results.contains(where: { $0.precision == "float32" }) {
      let environment = ProcessInfo.processInfo.environment
      lines.append("OpenBLAS: core type \(environment["OPENBLAS_CORETYPE"] ?? "its own choice"), threads \(environment["OPENBLAS_NUM_THREADS"] ?? "its own choice")")
    }
    for result in results where result.threads > 1 && result.plan == Plan.ram.rawValue {
      lines.append("\(result.model): planned for the smallest arena; steps that write over what they read stay on one thread (--plan latency)")
    }
    if results.count == 2, let float = results.first(where: { $0.precision == "float32" }), let other = results.first(where: { $0.precision != "float32" }) {
      lines.append("\(other.precision) is \(formatted(float.medianMicroseconds / other.medianMicroseconds, decimals: 2))x as fast as float")
    }
    return lines.joined(separator: "\n")
  }
}
