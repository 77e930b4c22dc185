import Foundation
import ModelGraph

/// Running comparison of one value's int8 and float forms.
struct ValueComparison {
  private(set) var signal = 0.0
  private(set) var noise = 0.0
  /// The part of `noise` on values that lie outside the range.
  private(set) var clippedNoise = 0.0
  private(set) var clipped = 0
  private(set) var count = 0
  /// Largest magnitude in each channel (last axis).
  private(set) var channelPeaks: [Float]
  private let bounds: ClosedRange<Float>?

  /// - Parameter quantization: nil where the value stays float.
  init(channels: Int, _ quantization: AffineQuantization?) {
    channelPeaks = Array(repeating: 0, count: max(channels, 1))
    bounds = quantization.map { $0.lower - $0.scale / 2...$0.upper + $0.scale / 2 }
  }

  mutating func add(_ float: [Float], _ int8: [Float]) {
    var channel = 0
    for (expected, actual) in zip(float, int8) {
      defer { channel = channel + 1 == channelPeaks.count ? 0 : channel + 1 }
      guard expected.isFinite else { continue }
      let error = Double(expected) - Double(actual)
      signal += Double(expected) * Double(expected)
      noise += error * error
      count += 1
      if let bounds, !bounds.contains(expected) {
        clipped += 1
        clippedNoise += error * error
      }
      channelPeaks[channel] = max(channelPeaks[channel], expected.magnitude)
    }
  }

  var sqnrDecibels: Double? { decibels(signal, noise) }
  var clippedShare: Double { count == 0 ? 0 : Double(clipped) / Double(count) }
  var rootMeanSquare: Double { count == 0 ? 0 : (signal / Double(count)).squareRoot() }
}

/// 10 log10(signal / noise); nil where either is zero or not finite.
func decibels(_ signal: Double, _ noise: Double) -> Double? {
  guard signal > 0, noise > 0, signal.isFinite, noise.isFinite else { return nil }
  return 10 * log10(signal / noise)
}
