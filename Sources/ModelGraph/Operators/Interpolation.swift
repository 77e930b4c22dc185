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
}

extension Resample {
  /// The widest filter: what a scale under 2^-12 would ask for is refused.
  package static let smallestScale = 1.0 / 4096

  /// Samples an axis of `size` elements at these coordinates; past its ends the first and last element go on.
  ///
  /// - Parameters:
  ///   - coordinates: in units of input positions, finite; nil gives 0.
  ///   - excludesOutside: taps past the ends count nothing, and the others are scaled up to a sum of 1.
  package init(axis: Int, size: Int, coordinates: [Double?], _ interpolation: Interpolation, excludesOutside: Bool = false) {
    var positions: [[Int: Double]] = []
    for coordinate in coordinates {
      guard let coordinate else {
        positions.append([:])
        continue
      }
      // Far outside the axis every tap is its end.
      let place = min(max(coordinate, -0x1p40), 0x1p40)
      let base = place.rounded(.up) - 1
      let (start, weights) = interpolation.coefficients(place - base)
      var taps: [Int: Double] = [:]
      var sum = 0.0
      for (index, weight) in weights.enumerated() where weight != 0 {
        let position = Int(base) + start + index
        if excludesOutside && !(0..<size).contains(position) { continue }
        taps[min(max(position, 0), size - 1), default: 0] += weight
        sum += weight
      }
      positions.append(excludesOutside && sum != 0 ? taps.mapValues { $0 / sum } : taps)
    }
    let reach = positions.map { taps in (taps.keys.max() ?? 0) - (taps.keys.min() ?? 0) + 1 }.max() ?? 1
    let first = positions.map { min($0.keys.min() ?? 0, size - reach) }
    let weights = zip(first, positions).flatMap { start, taps in (start..<start + reach).map { Float(taps[$0] ?? 0) } }
    self.init(axis: axis, taps: reach, first: first, weights: weights)
  }

  /// Whether it gives back its input.
  package func isIdentity(on size: Int) -> Bool { isSelection && first == Array(0..<size) }
}
