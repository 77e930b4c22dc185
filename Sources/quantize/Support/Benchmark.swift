import Foundation
import Swiftlet

/// A net ready to be timed: inputs set, one run done.
struct Benchmark {
  let path: String
  let model: Model
  let session: Session
  let loadMicroseconds: Double
  private let state: FileState

  /// What tells whether a file was replaced or written meanwhile.
  private struct FileState: Equatable {
    var size: Int
    var modified: Date

    init(_ path: String) throws(Failure) {
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: path), let size = attributes[.size] as? Int,
        let modified = attributes[.modificationDate] as? Date
      else { throw Failure.badData("\(path): no such file", code: "no-such-file") }
      (self.size, self.modified) = (size, modified)
    }
  }

  init(_ path: String, threads: Int) throws(Failure) {
    guard case .compiled = try SourceModel.kind(of: path) else {
      throw SourceModel.notCompiled(path)
    }
    self.path = path
    state = try FileState(path)
    model = try SourceModel.load(path)
    session = try makeSession(model, threads: threads)
    loadMicroseconds = try Self.loadTime(path)
    try fill()
    do {
      try session.run()
    } catch {
      throw Failure(error, context: path)
    }
  }

  /// Median of mapping, validating and binding, the constants' digest not computed.
  private static func loadTime(_ path: String) throws(Failure) -> Double {
    var times: [Double] = []
    for _ in 0..<11 {
      let start = ContinuousClock.now
      _ = try makeSession(try SourceModel.load(path, verifyingConstants: false))
      times.append(Timing.microseconds(ContinuousClock.now - start))
    }
    return times.sorted()[times.count / 2]
  }

  /// Sets every input to the same pseudo-random values: bytes over their whole range, floats in [-1, 1).
  private func fill() throws(Failure) {
    do {
      try fillInputs()
    } catch {
      throw Failure(error, context: path)
    }
  }

  private struct Generator {
    private var state: UInt32 = 1
    mutating func next() -> UInt32 {
      state = state &* 1_664_525 &+ 1_013_904_223
      return state >> 8
    }
  }

  /// Pseudo-random values of the integer inputs, nil for the others: small enough to be indices of whatever is looked up.
  var integerInputs: [[Int]?] {
    session.inputs.map { input in
      guard input.isInteger else { return nil }
      var generator = Generator()
      return (0..<input.elementCount).map { _ in Int(generator.next() & 1) }
    }
  }

  private func fillInputs() throws(RunError) {
    let integers = integerInputs
    for (index, input) in session.inputs.enumerated() {
      var generator = Generator()
      if input.scale > 0 {
        let bytes = (0..<input.byteCount).map { _ in Int8(truncatingIfNeeded: generator.next()) }
        try session.setInput(index, raw: bytes.span.bytes)
      } else if let values = integers[index] {
        try session.setInput(index, integers: values.span)
      } else {
        let values = (0..<input.elementCount).map { _ in Float(generator.next()) / Float(1 << 23) - 1 }
        try session.setInput(index, values.span)
      }
    }
  }

  func profiled() throws(Failure) -> BenchmarkProfile {
    BenchmarkProfile(microseconds: try Timing.profile(session) { () throws(RunError) in try fillInputs() })
  }

  /// A file that changed under the measurement was mapped in two states: its figures mean nothing.
  func checkUnchanged() throws(Failure) {
    guard try FileState(path) == state else {
      throw Failure.badData("\(path): changed while it was measured, its figures are worthless", code: "file-changed", hint: "run the benchmark again")
    }
  }
}

/// Median time of each instruction.
struct BenchmarkProfile {
  var microseconds: [Double]

  func table(_ benchmark: Benchmark) -> String {
    let total = max(microseconds.reduce(0, +), .leastNormalMagnitude)
    var table = TextTable(["#", "op", "us", "share", "MAC", "GMAC/s", "name"], leftAligned: [1, 6])
    let first = benchmark.model.programs[benchmark.session.program].instructions.lowerBound
    for (index, time) in microseconds.enumerated() {
      let instruction = benchmark.model.instructions[first + index]
      table.append([
        "\(index)", instruction.operatorName, formatted(time, decimals: 2), "\(formatted(100 * time / total)) %",
        instruction.macs > 0 ? formattedCount(Int(clamping: instruction.macs)) : "",
        instruction.macs > 0 ? formatted(Double(instruction.macs) / max(time, 1e-6) / 1e3) : "", shortened(instruction.name),
      ])
    }
    return "\(benchmark.path)\n\(table.rendered())"
  }
}
