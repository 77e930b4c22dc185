import ModelGraph

extension AffineQuantization {
  /// clamp(rne(real / scale) + zero point); NaN counts as 0.
  func level(of real: Double) -> Int32 {
    let steps = (real / Double(scale)).rounded(.toNearestOrEven)
    let level = (steps.isNaN ? 0 : steps) + Double(zeroPoint)
    return Int32(min(max(level, Double(width.levels.lowerBound)), Double(width.levels.upperBound)))
  }

  /// (level - zero point) * scale.
  func real(_ level: Int8) -> Double { Double(Int32(level) - zeroPoint) * Double(scale) }

  /// The levels that a fused activation allows; int8 ones in the s8 domain.
  func levels(in clamp: ClampRange) -> ClosedRange<Int32> {
    let lower = level(of: Double(clamp.lower))
    return lower...max(lower, level(of: Double(clamp.upper)))
  }

  /// The finest int8 quantization that holds every finite one of these constants, and 0.
  init(covering floats: [Float]) throws(LoweringError) {
    var (lower, upper) = (0.0, 0.0)
    for value in floats where value.isFinite {
      (lower, upper) = (min(lower, Double(value)), max(upper, Double(value)))
    }
    let scale = Float((upper - lower) / 255)
    guard scale.isFinite else { throw LoweringError("bad-quantization", "a constant spans more than a float holds") }
    guard scale >= .leastNormalMagnitude else {
      self.init(scale: 1, zeroPoint: 0)
      return
    }
    self.init(scale: scale, zeroPoint: Int32(min(max((-128 - lower / Double(scale)).rounded(.toNearestOrEven), -128), 127)))
  }
}
