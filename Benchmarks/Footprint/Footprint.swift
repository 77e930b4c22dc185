import Foundation
import Glibc
import Swiftlet

/// What loading and running a net takes of time and memory, beyond what the process takes anyhow: one line of JSON.
///
///     Footprint NET.swl
@main enum Footprint {
  private struct Figures: Encodable {
    var model: String
    /// Median of mapping the file, its structure's digest, validation and binding; the constants' digest is not computed.
    var load_us: Double
    /// The largest resident set with the net loaded and run once, less the one before.
    var peak_bytes: Int
    var arena_bytes: Int
    /// Constants that the program's instructions read.
    var touched_bytes: Int
  }

  static func main() {
    do {
      try measure()
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func measure() throws {
    guard CommandLine.arguments.count == 2 else { throw Usage() }
    let path = CommandLine.arguments[1]
    // Whatever the first use of Foundation and of the clock brings along is there before it counts.
    _ = try JSONEncoder().encode(Figures(model: path, load_us: 0.5, peak_bytes: 0, arena_bytes: 0, touched_bytes: 0))
    _ = ContinuousClock.now.duration(to: .now)
    let before = try Memory.residentResettingPeak()
    let model = try Model(contentsOfFile: path, verifyingConstants: false)
    let session = try Session(model)
    try setInputs(of: session)
    try session.run()
    let peak = try Memory.peak()
    var times: [Duration] = []
    for _ in 0..<101 {
      let start = ContinuousClock.now
      _ = try Session(Model(contentsOfFile: path, verifyingConstants: false))
      times.append(ContinuousClock.now - start)
    }
    let program = model.programs[0]
    let figures = Figures(
      model: path, load_us: times.sorted()[times.count / 2] / .microseconds(1), peak_bytes: peak - before, arena_bytes: program.arenaBytes,
      touched_bytes: program.instructions.reduce(0) { $0 + model.instructions[$1].constantBytes })
    print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
  }

  /// Zeros, which are legal indices, too.
  private static func setInputs(of session: Session) throws {
    for (index, input) in session.inputs.enumerated() {
      if input.isInteger {
        let zeros = [Int](repeating: 0, count: input.elementCount)
        try session.setInput(index, integers: zeros.span)
      } else {
        let zeros = [Float](repeating: 0, count: input.elementCount)
        try session.setInput(index, zeros.span)
      }
    }
  }

  private struct Usage: Error, CustomStringConvertible {
    var description: String { "usage: Footprint NET.swl" }
  }

  private enum Memory {
    /// VmRSS in bytes; the peak begins again from it.
    static func residentResettingPeak() throws -> Int {
      let file = open("/proc/self/clear_refs", O_WRONLY)
      guard file >= 0, write(file, "5", 1) == 1, close(file) == 0 else { throw CocoaError(.fileWriteUnknown) }
      return try field("VmRSS:")
    }

    static func peak() throws -> Int { try field("VmHWM:") }

    private static func field(_ name: String) throws -> Int {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
        let kilobytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
      else { throw CocoaError(.fileReadCorruptFile) }
      return kilobytes * 1_024
    }
  }
}
