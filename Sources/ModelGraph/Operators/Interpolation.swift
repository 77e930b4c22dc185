/// How the values between input positions are found.
///
/// Source: operator Resize of the ONNX specification, and its reference implementation for what the text leaves open.
package enum Interpolation: Hashable, Sendable {
  package enum Rounding: Hashable, Sendable { case floor, ceil, preferFloor, preferCeil }
  case nearest(Rounding)
  /// `scale` under 1 stretches the filter over 1 / scale input positions (antialiasing); 1 is plain interpolation.
  case linear(scale: Double)
  case cubic(a: Double, scale: Double)

  /// The weights around `base`, of input positions base + start, base + start + 1, ...; ratio is in (0, 1], the distance from base.
  fileprivate func coefficients(_ ratio: Double) -> (start: Int, weights: [Double]) {
    switch self {
    case .nearest(let rounding):
      let takesNext =
        switch rounding {
        case .floor: ratio == 1
        case .ceil: true
        case .preferFloor: ratio > 0.5
        case .preferCeil: ratio >= 0.5
        }
      return (takesNext ? 1 : 0, [1])
    case .linear(let scale): return stretched(ratio, radius: 1, scale) { max(0, 1 - $0) }
    case .cubic(let a, let scale):
      return stretched(ratio, radius: 2, scale) { x in
        if x <= 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
      }
    }
  }

  private func stretched(
    _ ratio: Double, radius: Int, _ scale: Double, _ filter: (Double) -> Double
  ) -> (start: Int, weights: [Double]) {
    let start = Int((-Double(radius) / scale).rounded(.down)) + 1
    let weights = (start..<(2 - start)).map { filter((scale * (Double($0) - ratio)).magnitude) }
    guard scale < 1 else { return (start, weights) }
    let sum = weights.reduce(0, +)
    return (start, weights.map { $0 / sum })
  }

  /// Input positions that an output position may be made of.
  fileprivate var width: Double {
    switch self {
    case .nearest: 1
    case .linear(let scale): 2 / scale
    case .cubic(_, let scale): 4 / scale
    }
  }
}

extension Resample {
  /// Samples an axis of `size` > 0 elements at these coordinates; past its ends the first and last element go on.
  ///
  /// - Parameters:
  ///   - coordinates: in units of input positions; nil gives 0.
  ///   - excludesOutside: taps past the ends count nothing, and the others are scaled up to a sum of 1.
  /// - Returns: nil where a coordinate is not finite, or the weights would be more than 2^24.
  package init?(axis: Int, size: Int, coordinates: [Double?], _ interpolation: Interpolation, excludesOutside: Bool = false) {
    guard interpolation.width * Double(coordinates.count) <= 0x1p24, coordinates.allSatisfy({ $0?.isFinite ?? true }) else { return nil }
    var spans: [(first: Int, weights: [Double])] = []
    spans.reserveCapacity(coordinates.count)
    for coordinate in coordinates {
      guard let coordinate else {
        spans.append((0, [0]))
        continue
      }
      // Far outside the axis every tap is its end.
      let place = min(max(coordinate, -0x1p40), 0x1p40)
      let base = place.rounded(.up) - 1
      let (start, weights) = interpolation.coefficients(place - base)
      let first = Int(base) + start
      let range = min(max(first, 0), size - 1)...min(max(first + weights.count - 1, 0), size - 1)
      var span = Array(repeating: 0.0, count: range.count)
      for (index, weight) in weights.enumerated() where !excludesOutside || (0..<size).contains(first + index) {
        span[min(max(first + index, 0), size - 1) - range.lowerBound] += weight
      }
      let sum = span.reduce(0, +)
      if excludesOutside && sum != 0 { span = span.map { $0 / sum } }
      // On an input position the neighbours weigh nothing: an axis that keeps its size then moves whole lines, or goes.
      let low = span.firstIndex { $0 != 0 } ?? 0, high = span.lastIndex { $0 != 0 } ?? 0
      spans.append((range.lowerBound + low, Array(span[low...high])))
    }
    let reach = spans.map(\.weights.count).max() ?? 1
    let first = spans.map { min($0.first, size - reach) }
    var weights: [Float] = []
    for (span, start) in zip(spans, first) {
      let lead = span.first - start
      weights += Array(repeating: 0, count: lead) + span.weights.map { Float($0) }
      weights += Array(repeating: 0, count: reach - lead - span.weights.count)
    }
    self.init(axis: axis, taps: reach, first: first, weights: weights)
  }

  /// Whether it gives back its input.
  package func isIdentity(on size: Int) -> Bool { isSelection && first == Array(0..<size) }
}
