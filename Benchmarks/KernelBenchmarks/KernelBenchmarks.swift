import Benchmark
import CKernels

private let rate = BenchmarkMetric.custom("MMAC/s", polarity: .prefersLarger, useScalingFactor: false)
private let elements = BenchmarkMetric.custom("M elements/s", polarity: .prefersLarger, useScalingFactor: false)
private let share = BenchmarkMetric.custom("% of the instruction set's peak", polarity: .prefersLarger, useScalingFactor: false)
private let time = BenchmarkMetric.custom("ns a run", polarity: .prefersSmaller, useScalingFactor: false)

/// Every layer on every int8 kernel that this CPU can run.
let benchmarks: @Sendable () -> Void = {
  let available = (0..<UInt32(CK_ISA_COUNT)).filter { ck_isa_available() >> $0 & 1 != 0 }.map { ck_isa(rawValue: $0) }
  for layer in Layer.ofRealNets {
    var kernels: Set<String> = []
    for isa in available {
      // An instruction set without a kernel for the layer falls back on a lesser one, which has had its turn.
      guard kernels.insert(BoundLayer(layer, isa: isa).kernelName).inserted else { continue }
      register(layer, isa)
    }
  }
}

private func register(_ layer: Layer, _ isa: ck_isa) {
  let metrics: [BenchmarkMetric]
  switch Recipe(layer).work {
  case .multiplyAccumulates: metrics = isa == CK_ISA_SCALAR ? [rate, time] : [rate, share, time]
  case .elements: metrics = [elements, time]
  }
  let configuration = Benchmark.Configuration(
    metrics: metrics, units: Dictionary(uniqueKeysWithValues: metrics.map { ($0, .count) }), warmupIterations: 3,
    maxDuration: .milliseconds(150), maxIterations: 1_000)
  let state = KernelRun(layer, isa)
  Benchmark("\(layer.name) \(String(cString: ck_isa_name(isa)))", configuration: configuration) { benchmark in
    let elapsed = state.time()
    benchmark.measurement(time, Int(elapsed.rounded()))
    switch state.layer.work {
    case .multiplyAccumulates(let count):
      let macsPerNanosecond = Double(count) / elapsed
      benchmark.measurement(rate, Int(macsPerNanosecond * 1_000))
      if let peak = state.peak { benchmark.measurement(share, Int((100 * macsPerNanosecond / peak).rounded())) }
    case .elements(let count): benchmark.measurement(elements, Int(Double(count) / elapsed * 1_000))
    }
  } setup: {
    guard state.prepare() else { throw WrongBytes(kernel: state.layer.kernelName, layer: layer.name) }
  } teardown: {
    state.release()
  }
}

private struct WrongBytes: Error, CustomStringConvertible {
  var kernel: String
  var layer: String
  var description: String { "\(kernel) gives other bytes than the scalar kernel on \(layer): its speed means nothing" }
}

/// One benchmark's layer, made when its turn comes.
private final class KernelRun {
  nonisolated(unsafe) private static var peaks = Peak()
  private let shape: Layer
  private let isa: ck_isa
  private var repeats = 1
  private var bound: BoundLayer?
  private(set) var peak: Double?

  init(_ shape: Layer, _ isa: ck_isa) { (self.shape, self.isa) = (shape, isa) }

  var layer: BoundLayer {
    if let bound { return bound }
    let made = BoundLayer(shape, isa: isa)
    bound = made
    return made
  }

  /// Compares with the scalar kernel, and finds how many runs one reading of the clock shall cover: 50 us of them.
  func prepare() -> Bool {
    guard layer.result() == BoundLayer(shape, isa: CK_ISA_SCALAR).result() else { return false }
    repeats = 3
    repeats = max(1, Int((50_000 / max(time(), 1)).rounded(.up)))
    peak = Self.peaks.measure(isa)
    return true
  }

  func release() { bound = nil }

  /// Nanoseconds of a run.
  func time() -> Double {
    let start = ContinuousClock.now
    layer.run(times: repeats)
    return nanoseconds(ContinuousClock.now - start) / Double(repeats)
  }
}
