import Benchmark
import Foundation
import Swiftlet

/// The converted nets that `tools/benchmark` leaves in .build/benchmark-models, each as NAME-float.swl and NAME-int8.swl.
enum TwinModels {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: ".build/benchmark-models")

  struct Missing: Error, CustomStringConvertible {
    var description: String { "\(folder.path): no pairs of NAME-float.swl and NAME-int8.swl; tools/benchmark converts the bundled nets" }
  }

  static func names() throws(Missing) -> [String] {
    let files = Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    let names = files.filter { $0.hasSuffix("-int8.swl") }.map { String($0.dropLast("-int8.swl".count)) }
      .filter { files.contains("\($0)-float.swl") }.sorted()
    guard !names.isEmpty else { throw Missing() }
    return names
  }

  static func path(_ name: String, _ precision: String) -> String { folder.appending(path: "\(name)-\(precision).swl").path }
}

/// A net's two programs, measured in turn.
final class TwinRun {
  /// Nanoseconds.
  struct Times {
    var inference: Double
    var load: Double
  }

  let name: String
  private(set) var failure = ""
  private var twins: (float: Twin, int8: Twin)?
  private var speedUps: [Double] = []

  init(_ name: String) { self.name = name }

  func prepare() throws {
    twins = (try Twin(TwinModels.path(name, "float")), try Twin(TwinModels.path(name, "int8")))
    speedUps = []
  }

  /// One stretch of each; nil, and `failure`, where a run throws.
  func time() -> (float: Times, int8: Times)? {
    guard let twins else { return nil }
    do {
      let times = (float: try twins.float.time(), int8: try twins.int8.time())
      speedUps.append(times.float.inference / times.int8.inference)
      return times
    } catch {
      failure = "\(name): \(error)"
      return nil
    }
  }

  var medianSpeedUp: Double? { speedUps.isEmpty ? nil : (100 * speedUps.sorted()[speedUps.count / 2]).rounded() / 100 }
}

/// A program as a caller uses it: floats in, run, floats out, without allocation.
private final class Twin {
  private let path: String
  private let session: Session
  private let input: [Float]
  private var repeats = 3

  init(_ path: String) throws {
    self.path = path
    session = try Session(Model(contentsOfFile: path))
    var state: UInt32 = 1
    input = (0..<session.inputs[0].elementCount).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 24)
    }
    // 100 us for a reading of the clock to cover.
    for _ in 0..<2 { repeats = max(1, Int((100_000 / max(try inference(), 1)).rounded(.up))) }
  }

  func time() throws -> TwinRun.Times { TwinRun.Times(inference: try inference(), load: try load()) }

  private func inference() throws -> Double {
    let input = input
    var output = [Float](repeating: 0, count: session.outputs[0].elementCount)
    let start = ContinuousClock.now
    for _ in 0..<repeats {
      try session.setInput(0, input.span)
      try session.run()
      var span = output.mutableSpan
      try session.output(0, into: &span)
    }
    return nanoseconds(ContinuousClock.now - start) / Double(repeats)
  }

  /// Map, validate the structure, bind: what firmware does at its start.
  private func load() throws -> Double {
    let start = ContinuousClock.now
    blackHole(try Session(Model(contentsOfFile: path, verifyingConstants: false)))
    return nanoseconds(ContinuousClock.now - start)
  }

  private func nanoseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
  }
}
