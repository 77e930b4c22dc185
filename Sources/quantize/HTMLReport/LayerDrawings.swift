import Foundation
import Quantizer

/// How often a layer's output took which value, and what its levels cover.
struct HistogramDrawing {
  private static let (width, height) = (320.0, 84.0)
  private static let barCount = 80
  private let counts: [Double]
  private let low: Double
  private let high: Double
  private let covered: ClosedRange<Double>?
  private let method: String

  /// - Returns: nil where neither values nor levels are known.
  init?(_ picture: LayerPicture) {
    guard let observation = picture.observation else { return nil }
    covered = picture.quantization.map { Double($0.lower)...Double($0.upper) }
    method = observation.method
    let least = min(Double(observation.minimum), covered?.lowerBound ?? .infinity, 0)
    let most = max(Double(observation.maximum), covered?.upperBound ?? -.infinity, 0)
    guard most > least, (most - least).isFinite else { return nil }
    var bars = [Double](repeating: 0, count: Self.barCount)
    func bar(_ value: Double) -> Int { min(max(Int((value - least) / (most - least) * Double(Self.barCount)), 0), Self.barCount - 1) }
    if let histogram = observation.histogram {
      for (bin, count) in histogram.bins.enumerated() where count > 0 { bars[bar(histogram.center(ofBin: bin))] += Double(count) }
      if histogram.zeros > 0 { bars[bar(0)] += Double(histogram.zeros) }
    }
    (low, high, counts) = (least, most, bars)
  }

  private func x(_ value: Double) -> Double { (value - low) / (high - low) * Self.width }

  var html: String {
    var parts: [String] = []
    if let covered {
      parts.append(
        "<rect class=\"band\" x=\"\(coordinate(x(covered.lowerBound)))\" y=\"0\" width=\"\(coordinate(x(covered.upperBound) - x(covered.lowerBound)))\" height=\"\(coordinate(Self.height))\"/>")
    }
    let largest = log10(1 + (counts.max() ?? 0))
    var (inside, outside) = ("", "")
    let step = Self.width / Double(Self.barCount)
    for (index, count) in counts.enumerated() where count > 0 {
      let length = max(log10(1 + count) / max(largest, 1e-9) * (Self.height - 4), 1)
      let path = "M\(coordinate(Double(index) * step)) \(coordinate(Self.height))v\(coordinate(-length))h\(coordinate(step * 0.9))v\(coordinate(length))z"
      // A bar counts as outside where its middle is.
      let middle = low + (Double(index) + 0.5) / Double(Self.barCount) * (high - low)
      let isOutside = covered.map { middle < $0.lowerBound - (high - low) / 160 || middle > $0.upperBound + (high - low) / 160 } ?? false
      if isOutside { outside += path } else { inside += path }
    }
    if !inside.isEmpty { parts.append("<path class=\"inside\" d=\"\(inside)\"/>") }
    if !outside.isEmpty { parts.append("<path class=\"outside\" d=\"\(outside)\"/>") }
    parts.append("<path class=\"axis\" d=\"M\(coordinate(x(0))) 0V\(coordinate(Self.height))\"/>")
    let text = covered.map { "levels \(significantDigits($0.lowerBound, 3)) ... \(significantDigits($0.upperBound, 3)), \(method)" } ?? "stays float"
    return """
      <svg viewBox="0 0 320 84" role="img" aria-label="\(escaped("values: \(text)"))" preserveAspectRatio="none">\(parts.joined())</svg>
      <div class="ends"><span>\(significantDigits(low, 3))</span><span>\(escaped(text))</span><span>\(significantDigits(high, 3))</span></div>
      """
  }
}

/// The range of each output channel's weights.
struct WeightDrawing {
  private static let (width, height) = (320.0, 84.0)
  /// More channels than these share lines.
  private static let lineLimit = 160
  private let ranges: [ClosedRange<Double>]
  private let limits: [Double]
  private let channels: Int

  init?(_ picture: LayerPicture) {
    guard !picture.weightRanges.isEmpty else { return nil }
    channels = picture.weightRanges.count
    let perLine = (channels + Self.lineLimit - 1) / Self.lineLimit
    let groups = stride(from: 0, to: channels, by: perLine).map { $0..<min($0 + perLine, picture.weightRanges.count) }
    ranges = groups.map { group in
      let part = picture.weightRanges[group]
      return Double(part.map(\.lowerBound).min() ?? 0)...Double(part.map(\.upperBound).max() ?? 0)
    }
    limits =
      picture.weightScales.count == channels ? groups.map { group in 127 * Double(picture.weightScales[group].max() ?? 0) } : []
  }

  var html: String {
    let largest = max(ranges.map { max($0.lowerBound.magnitude, $0.upperBound.magnitude) }.max() ?? 0, 1e-30)
    let step = Self.width / Double(ranges.count)
    func y(_ value: Double) -> Double { Self.height / 2 - max(-1, min(1, value / largest)) * (Self.height / 2 - 3) }
    var lines = "", ends = ""
    for (index, range) in ranges.enumerated() {
      let x = (Double(index) + 0.5) * step
      lines += "M\(coordinate(x)) \(coordinate(y(range.upperBound)))V\(coordinate(max(y(range.lowerBound), y(range.upperBound) + 0.5)))"
      guard limits.indices.contains(index), limits[index] <= largest * 1.001 else { continue }
      for limit in [limits[index], -limits[index]] {
        ends += "M\(coordinate(x - step * 0.45)) \(coordinate(y(limit)))h\(coordinate(step * 0.9))"
      }
    }
    let label = "\(channels) channel\(channels == 1 ? "" : "s") of weights, +-\(significantDigits(largest, 3))"
    return """
      <svg viewBox="0 0 320 84" role="img" aria-label="\(escaped(label))" preserveAspectRatio="none"><path class="axis" d="M0 42H320"/>\
      <path class="channel" stroke-width="\(coordinate(min(max(step * 0.7, 0.8), 10)))" d="\(lines)"/><path class="limit" d="\(ends)"/></svg>
      <div class="ends"><span>\(escaped(label))</span></div>
      """
  }
}
