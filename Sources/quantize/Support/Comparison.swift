import Swiftlet

/// What `compare` found; its JSON keys are a contract.
struct Comparison: Encodable {
  struct Side: Encodable {
    /// Share of rows whose largest score is the label's.
    var top1: Double?
    var top1StandardError: Double?
    var medianMicroseconds: Double
    /// The same with floats set before the run and read after it.
    var endToEndMicroseconds: Double
    var fileBytes: Int
    var arenaBytes: Int

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(top1, forKey: .top1)
      try container.encode(top1StandardError, forKey: .top1StandardError)
      try container.encode(medianMicroseconds, forKey: .medianMicroseconds)
      try container.encode(endToEndMicroseconds, forKey: .endToEndMicroseconds)
      try container.encode(fileBytes, forKey: .fileBytes)
      try container.encode(arenaBytes, forKey: .arenaBytes)
    }

    enum CodingKeys: String, CodingKey {
      case top1
      case top1StandardError = "top1_standard_error"
      case medianMicroseconds = "median_us"
      case endToEndMicroseconds = "end_to_end_us"
      case fileBytes = "file_bytes"
      case arenaBytes = "arena_bytes"
    }
  }

  var samples: Int
  var float: Side
  var int8: Side
  /// Share of rows in which both nets have the same largest score.
  var agreement: Double?
  /// Standard error of the difference of the two accuracies, over the same rows.
  var pairedStandardError: Double?
  /// nil where float and int8 outputs are all zero, or not finite.
  var sqnrDecibels: Double?
  var maxAbsError: Double
  var speedup: Double

  enum CodingKeys: String, CodingKey {
    case samples, float, int8, agreement, speedup
    case pairedStandardError = "paired_standard_error"
    case sqnrDecibels = "sqnr_db"
    case maxAbsError = "max_abs_error"
  }

  /// Every key is written; what is undefined is null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(samples, forKey: .samples)
    try container.encode(float, forKey: .float)
    try container.encode(int8, forKey: .int8)
    try container.encode(agreement, forKey: .agreement)
    try container.encode(pairedStandardError, forKey: .pairedStandardError)
    try container.encode(sqnrDecibels, forKey: .sqnrDecibels)
    try container.encode(maxAbsError, forKey: .maxAbsError)
    try container.encode(speedup, forKey: .speedup)
  }

  static func measure(
    float: Model, int8: Model, samples: Samples, labels: [Int]?, progress: Progress
  ) throws(Failure) -> Comparison {
    let floatSession = try makeSession(float)
    let int8Session = try makeSession(int8)
    var scores = ScoreCounter(shape: float.outputs.first?.shape ?? [], labels: labels)
    var error = ErrorMeter()
    for index in 0..<samples.count {
      let inputs = samples[index]
      let (expected, actual): ([[Float]], [[Float]])
      do {
        (expected, actual) = (try floatSession.run(inputs), try int8Session.run(inputs))
      } catch {
        throw Failure(error, context: "\(samples.source): sample \(index)")
      }
      for (a, b) in zip(expected, actual) { error.add(a, b) }
      if let a = expected.first, let b = actual.first { try scores.add(a, b, source: samples.source) }
      progress.update(index + 1, of: samples.count)
    }
    progress.finish()
    try scores.checkLabelCount(source: samples.source)
    let (sessions, integers) = ([floatSession, int8Session], [samples.integers(0), samples.integers(0)])
    let times = try Timing.measure(sessions, integers: integers).map(\.median)
    let wholeTimes = try Timing.measure(sessions, integers: integers, on: samples[0]).map(\.median)
    return Comparison(
      samples: samples.count,
      float: side(float, accuracy: scores.floatAccuracy, rows: scores.rows, microseconds: times[0], endToEnd: wholeTimes[0]),
      int8: side(int8, accuracy: scores.int8Accuracy, rows: scores.rows, microseconds: times[1], endToEnd: wholeTimes[1]),
      agreement: scores.agreement, pairedStandardError: scores.pairedStandardError, sqnrDecibels: error.sqnrDecibels,
      maxAbsError: error.maxAbsError, speedup: times[0] / times[1])
  }

  private static func side(_ model: Model, accuracy: Double?, rows: Int, microseconds: Double, endToEnd: Double) -> Side {
    Side(
      top1: accuracy, top1StandardError: accuracy.map { ($0 * (1 - $0) / Double(max(rows, 1))).squareRoot() },
      medianMicroseconds: microseconds, endToEndMicroseconds: endToEnd, fileBytes: model.fileBytes, arenaBytes: model.programs[0].arenaBytes)
  }

  func table(floatName: String, int8Name: String, labelled: Bool) -> String {
    func percent(_ value: Double?, _ deviation: Double?) -> String {
      guard let value else { return "-" }
      return formatted(100 * value, decimals: 2) + " %" + (deviation.map { " +- \(formatted(100 * $0, decimals: 2))" } ?? "")
    }
    var table = TextTable(["", "float", "int8", "int8 / float"])
    if labelled {
      let difference = zip(float.top1, int8.top1).map { formatted(100 * ($1 - $0), decimals: 2) + " points" }
      table.append([
        "top-1", percent(float.top1, float.top1StandardError), percent(int8.top1, int8.top1StandardError), difference ?? "-",
      ])
    }
    func row(_ label: String, _ a: Int, _ b: Int) {
      table.append([label, formattedBytes(a), formattedBytes(b), formatted(Double(b) / Double(max(a, 1)), decimals: 3)])
    }
    row("file", float.fileBytes, int8.fileBytes)
    row("arena", float.arenaBytes, int8.arenaBytes)
    func latency(_ label: String, _ a: Double, _ b: Double) {
      table.append([label, significant(a) + " us", significant(b) + " us", formatted(b / a, decimals: 3)])
    }
    latency("latency, median", float.medianMicroseconds, int8.medianMicroseconds)
    latency("with input and output", float.endToEndMicroseconds, int8.endToEndMicroseconds)
    var lines = ["\(floatName) against \(int8Name), \(samples) sample\(samples == 1 ? "" : "s"), one thread", "", table.rendered(), ""]
    if let agreement, labelled { lines.append("top-1 agreement  \(formatted(100 * agreement, decimals: 2)) %") }
    lines.append("SQNR             \(sqnrDecibels.map { formatted($0) } ?? "-") dB")
    lines.append("largest error    \(significant(maxAbsError))")
    lines.append("speed-up         \(formatted(speedup, decimals: 2))x")
    return lines.joined(separator: "\n")
  }
}

private func zip<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
  guard let a, let b else { return nil }
  return (a, b)
}
