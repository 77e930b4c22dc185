import Quantizer

extension Comparison {
  func table(floatName: String, int8Name: String) -> String {
    var table = TextTable(["", "float", "int8", "int8 / float"])
    for measured in metrics {
      table.append([
        measured.metric.name, Self.worded(measured.metric, measured.float.value, measured.float.standardError),
        Self.worded(measured.metric, measured.int8.value, measured.int8.standardError), measured.changeText,
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
    if let agreement, measured(.top(1)) != nil {
      lines.append("top-1 agreement  \(Self.worded(.agreement, agreement.value, agreement.standardError))")
    }
    lines.append("cosine           \(cosine.map { formatted($0.value, decimals: 4) } ?? "-")")
    let error = sqnr?.standardError.map { " +- \(formatted($0))" } ?? ""
    lines.append("SQNR             \(sqnr.map { formatted($0.value) } ?? "-")\(error) dB")
    lines.append("largest error    \(significant(maxAbsError))")
    lines.append("speed-up         \(formatted(speedup, decimals: 2))x")
    return lines.joined(separator: "\n")
  }

  /// "97.35 % +- 0.21" of shares, "0.01234 +- 0.0005" of others.
  static func worded(_ metric: Metric, _ value: Double, _ error: Double?) -> String {
    if metric.isShare { return "\(formatted(100 * value, decimals: 2)) %" + (error.map { " +- \(formatted(100 * $0, decimals: 2))" } ?? "") }
    return significant(value) + (error.map { " +- \(significantDigits($0, 2))" } ?? "")
  }
}

extension Comparison.Measured {
  /// "-0.17 points +- 0.20": what int8 changes, with the paired standard error.
  var changeText: String {
    let change = int8.difference(from: float)
    if metric.isShare {
      return "\(formatted(100 * change.value, decimals: 2)) points" + (change.standardError.map { " +- \(formatted(100 * $0, decimals: 2))" } ?? "")
    }
    return (change.value > 0 ? "+" : "") + significantDigits(change.value, 3) + (change.standardError.map { " +- \(significantDigits($0, 2))" } ?? "")
  }
}
