import Foundation
import Swiftlet

func decimalLogarithm(_ x: Double) -> Double { log10(x) }

/// Latency of `Session.run`, inputs set once, in microseconds.
struct Timing {
  /// Shortest stretch of time that one reading of the clock covers.
  private static let window = 50.0
  private static let budget = 0.4e6

  var median: Double
  var minimum: Double
  /// 90 of 100 runs took no longer.
  var p90: Double

  private init(_ times: [Double]) {
    let sorted = times.sorted()
    (median, minimum, p90) = (sorted[sorted.count / 2], sorted[0], sorted[sorted.count * 9 / 10])
  }

  /// Measures sessions in turn, so that all meet the same machine. Their inputs have been set and they have run once.
  static func measure(_ sessions: [Session]) throws(Failure) -> [Timing] {
    do {
      let repeats = try sessions.map { session throws(RunError) in try calibrate(session) }
      var times = sessions.map { _ in [Double]() }
      var (spent, rounds) = (0.0, 0)
      while rounds < 5 || (spent < budget && rounds < 4_000) {
        for (index, session) in sessions.enumerated() {
          let time = try time(session, repeats[index])
          times[index].append(time)
          spent += time * Double(repeats[index]) / Double(sessions.count)
        }
        rounds += 1
      }
      return times.map(Timing.init)
    } catch {
      throw Failure(error, context: "benchmark")
    }
  }

  /// Median microseconds of each instruction of the program, with the clock's own cost in it (some 0.03 us).
  static func profile(_ session: Session, fill: () throws(RunError) -> Void) throws(Failure) -> [Double] {
    let first = session.model.programs[session.program].instructions.lowerBound
    var times = session.model.programs[session.program].instructions.map { _ in [Double]() }
    do {
      for _ in 0..<101 {
        try fill()
        var last = ContinuousClock.now
        try session.run { instruction, _ in
          let now = ContinuousClock.now
          times[instruction - first].append(microseconds(now - last))
          last = ContinuousClock.now
        }
      }
    } catch {
      throw Failure(error, context: "benchmark")
    }
    return times.map { Timing($0).median }
  }

  /// Runs that fill the window, after as many to warm up.
  private static func calibrate(_ session: Session) throws(RunError) -> Int {
    let once = try time(session, 3)
    let repeats = max(1, Int((window / max(once, 0.01)).rounded(.up)))
    return max(1, Int((window / max(try time(session, repeats), 0.01)).rounded(.up)))
  }

  private static func time(_ session: Session, _ repeats: Int) throws(RunError) -> Double {
    let start = ContinuousClock.now
    for _ in 0..<repeats { try session.rerun() }
    return microseconds(ContinuousClock.now - start) / Double(repeats)
  }

  static func microseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1e6 + Double(attoseconds) / 1e12
  }
}
