import ArgumentParser
import Swiftlet

/// `quantize bench`: latency of compiled nets.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the latency of compiled nets.",
    discussion: """
      Inputs are set once (indices and token ids before each run) and only the run is timed, the models in turn. SWIFTLET_ISA=scalar (neon, dotprod, avx2, avx512vnni) \
      forces other kernels than this processor's best. Two models, a float and an int8 one, end with their ratio.
      """)

  @Argument(help: ArgumentHelp("Compiled models (.swl).", valueName: "model.swl"))
  var models: [String]

  @Option(help: "Threads of a run, 1 to 64; results never depend on it. Convert with --plan latency to make the most of several.")
  var threads = 1

  @Flag(help: "Show the time of each operator.")
  var profile = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    guard Session.threadCounts.contains(threads) else {
      let (least, most) = (Session.threadCounts.lowerBound, Session.threadCounts.upperBound)
      throw Failure.usage(
        "--threads \(threads): a run takes \(least) to \(most) threads", code: "bad-threads", hint: "give as many as there are cores to spare")
    }
    FloatBackend.prepare()
    let benchmarks = try models.map { path throws(Failure) in try Benchmark(path, threads: threads) }
    let times = try Timing.measure(benchmarks.map(\.session), integers: benchmarks.map(\.integerInputs))
    let results = zip(benchmarks, times).map { BenchmarkResult($0, $1, threads: threads) }
    let profiles = profile ? try benchmarks.map { try $0.profiled() } : []
    for benchmark in benchmarks { try benchmark.checkUnchanged() }
    if json {
      try Console.printJSON(results)
      return
    }
    print(BenchmarkResult.table(results))
    for (benchmark, profile) in zip(benchmarks, profiles) { print("\n\(profile.table(benchmark))") }
  }
}
