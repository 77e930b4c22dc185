package import ModelGraph

extension AffineQuantization {
  /// Scales under this are as good as none: products of two such scales would leave the normal floats.
  package static let smallestScale: Float = 0x1p-40
  package static let largestScale: Float = 0x1p80
  /// Values up to this fit whatever the sign: about 1.5e26.
  package static let largestMagnitude: Float = 127 * largestScale

  /// The finest int8 quantization that covers [lower, upper] and zero, with zero exactly representable.
  ///
  /// scale = (upper - lower) / 255, zero point = -128 - lower / scale, rounded. A range that starts (ends) at zero has
  /// zero point -128 (127). A range too narrow for a sane scale, NaN, or no range at all gets one. Ends beyond `largestMagnitude` are clipped to it.
  package init(lower: Float, upper: Float) {
    let low = Double(lower.isFinite ? max(min(lower, 0), -Self.largestMagnitude) : 0)
    let high = Double(upper.isFinite ? min(max(upper, 0), Self.largestMagnitude) : 0)
    let step = Float((high - low) / 255)
    guard step > 0 else {
      self.init(scale: 1.0 / 128, zeroPoint: 0)
      return
    }
    let scale = max(step, Self.smallestScale)
    let zeroPoint = (-128 - low / Double(scale)).rounded(.toNearestOrEven)
    self.init(scale: scale, zeroPoint: Int32(min(max(zeroPoint, -128), 127)))
  }

  /// int16 levels of what a histogram holds, with room for twice as much within `limits`: of 15 bits one is cheap, clipping is not.
  init(int16For histogram: Histogram, limits: ClampRange) {
    let (low, high) = histogram.isEmpty ? (0, 0) : (histogram.minimum, histogram.maximum)
    let largest = max(-max(2 * low, limits.lower), min(2 * high, limits.upper), 0)
    let scale = min(max(largest / 32767, Self.smallestScale), Self.largestScale)
    self.init(scale: largest > 0 ? scale : 1.0 / 32768, zeroPoint: 0, width: .int16)
  }

  /// The real value of the least level.
  package var lower: Float { Float(width.levels.lowerBound - zeroPoint) * scale }
  /// The real value of the largest level.
  package var upper: Float { Float(width.levels.upperBound - zeroPoint) * scale }

  package func quantized(_ x: Float) -> Int8 {
    let steps = (x / scale).rounded(.toNearestOrEven)
    guard !steps.isNaN else { return Int8(clamping: zeroPoint) }
    return Int8(max(-128, min(127, Double(steps) + Double(zeroPoint))))
  }

  package func dequantized(_ q: Int8) -> Float { Float(Int32(q) - zeroPoint) * scale }
}
