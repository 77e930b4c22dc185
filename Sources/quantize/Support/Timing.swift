import Foundation
import Swiftlet

/// Latency of `Session.run`, inputs set once, or of a whole inference, in microseconds.
struct Timing {
  /// What is timed of a session: a run on what the arena holds, or inputs set, run and outputs read.
  private struct Step {
    let session: Session
    let inputs: [[Float]]?
    /// Raw bytes of the integer inputs. They are set before every run: the plan lets later tensors overwrite them, and what is left there
    /// need not be indices of anything.
    let indices: [(input: Int, bytes: [UInt8])]
    var outputs: [[Float]]

    init(_ session: Session, inputs: [[Float]]?, integers: [[Int]?]) throws(RunError) {
      (self.session, self.inputs) = (session, inputs)
      var indices: [(input: Int, bytes: [UInt8])] = []
      for (index, values) in integers.enumerated() {
        if let values, session.inputs[index].isInteger { indices.append((index, try session.inputBytes(index, integers: values.span))) }
      }
      self.indices = indices
      outputs = session.outputs.map { [Float](repeating: 0, count: $0.elementCount) }
    }

    mutating func callAsFunction() throws(RunError) {
      for (index, bytes) in indices { try session.setInput(index, raw: bytes.span.bytes) }
      guard let inputs else { return try session.rerun() }
      for (index, values) in inputs.enumerated() where !session.inputs[index].isInteger { try session.setInput(index, values.span) }
      try session.run()
      for index in outputs.indices {
        var span = outputs[index].mutableSpan
        try session.output(index, into: &span)
      }
    }
  }

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

  /// Measures sessions in turn, so that all meet the same machine. They have run once: what is timed is a run on inputs that have been
  /// set, or, with a sample of inputs, a whole inference: floats set, run, floats read.
  /// - Parameter integers: for each session, the whole numbers of its integer inputs, nil for the others.
  static func measure(_ sessions: [Session], integers: [[[Int]?]], on inputs: [[Float]]? = nil) throws(Failure) -> [Timing] {
    do {
      var steps: [Step] = []
      for (session, integers) in zip(sessions, integers) { steps.append(try Step(session, inputs: inputs, integers: integers)) }
      var repeats: [Int] = []
      for index in steps.indices { repeats.append(try calibrate(&steps[index])) }
      var times = sessions.map { _ in [Double]() }
      var (spent, rounds) = (0.0, 0)
      while rounds < 5 || (spent < budget && rounds < 4_000) {
        for index in steps.indices {
          let time = try time(&steps[index], repeats[index])
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
  private static func calibrate(_ step: inout Step) throws(RunError) -> Int {
    let once = try time(&step, 3)
    let repeats = max(1, Int((window / max(once, 0.01)).rounded(.up)))
    return max(1, Int((window / max(try time(&step, repeats), 0.01)).rounded(.up)))
  }

  private static func time(_ step: inout Step, _ repeats: Int) throws(RunError) -> Double {
    let start = ContinuousClock.now
    for _ in 0..<repeats { try step() }
    return microseconds(ContinuousClock.now - start) / Double(repeats)
  }

  static func microseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1e6 + Double(attoseconds) / 1e12
  }
}
