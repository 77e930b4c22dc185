/// How often values fell where, streamed: the range need not be known beforehand.
///
/// Bins are [i, i + 1) * 2^exponent for consecutive integers i, at most `binCount` of them. A value outside doubles the
/// width until all fit: each new bin is exactly two old ones, so nothing is interpolated and the result does not
/// depend on the order of values, nor on how they were split between merged histograms.
package struct Histogram: Hashable, Sendable {
  package static let binCount = 2_048

  /// Width of a bin is 2^exponent.
  package private(set) var exponent = 0
  /// The first bin starts at firstIndex * 2^exponent.
  package private(set) var firstIndex: Int64 = 0
  /// Finite values that are not zero; empty before the first.
  package private(set) var bins: [UInt64] = []
  /// Values that are exactly zero, kept apart: ReLU makes many, and zero has no quantization error.
  package private(set) var zeros: UInt64 = 0
  /// Finite values, zeros included.
  package private(set) var count: UInt64 = 0
  package private(set) var infinities: UInt64 = 0
  package private(set) var minimum = Float.infinity
  package private(set) var maximum = -Float.infinity
  package private(set) var sum = 0.0

  package init() {}

  package var isEmpty: Bool { count == 0 }
  /// Of the finite values; 0 where there is none.
  package var largestMagnitude: Float { isEmpty ? 0 : max(minimum.magnitude, maximum.magnitude) }
  package var mean: Double { count == 0 ? 0 : sum / Double(count) }
  package var binWidth: Double { exp2i(exponent) }
  package func center(ofBin bin: Int) -> Double { (Double(firstIndex + Int64(bin)) + 0.5) * binWidth }

  /// - Returns: the position of the first NaN, or nil. Nothing is counted where there is one.
  package mutating func insert(_ values: Span<Float>) -> Int? {
    var (low, high) = (Float.infinity, -Float.infinity)
    var (total, zeroCount, infinite) = (0.0, 0, 0)
    for index in values.indices {
      let x = values[index]
      if x == 0 {
        zeroCount += 1
      } else if x.isFinite {
        low = min(low, x)
        high = max(high, x)
        total += Double(x)
      } else if x.isNaN {
        return index
      } else {
        infinite += 1
      }
    }
    let finite = values.count - infinite
    infinities += UInt64(infinite)
    zeros += UInt64(zeroCount)
    count += UInt64(finite)
    sum += total
    if zeroCount > 0 { widen(0, 0) }
    guard low <= high else { return nil }
    widen(low, high)
    cover(low, high)
    let inverse = exp2i(-exponent)
    for index in values.indices where values[index] != 0 && values[index].isFinite {
      bins[Int(floored(Double(values[index]) * inverse) - firstIndex)] += 1
    }
    return nil
  }

  package mutating func insert(_ values: [Float]) -> Int? { insert(values.span) }

  /// Adds the counts of `other`: the same as having inserted its values here.
  package mutating func merge(_ other: Histogram) {
    zeros += other.zeros
    infinities += other.infinities
    count += other.count
    sum += other.sum
    widen(other.minimum, other.maximum)
    guard !other.bins.isEmpty else { return }
    var other = other
    let last = other.firstIndex + Int64(other.bins.count - 1)
    regrid(minimumExponent: other.exponent, first: other.firstIndex, last: last)
    other.regrid(minimumExponent: exponent, first: firstIndex, last: firstIndex + Int64(bins.count - 1))
    for (index, occurrences) in other.bins.enumerated() { bins[index] += occurrences }
  }

  /// Smallest value that at most a share of `share` lies below, to within a bin.
  package func lowerQuantile(_ share: Double) -> Float { quantile(share, fromBelow: true) }
  /// Largest value that at most a share of `share` lies above, to within a bin.
  package func upperQuantile(_ share: Double) -> Float { quantile(share, fromBelow: false) }

  private func quantile(_ share: Double, fromBelow: Bool) -> Float {
    guard !isEmpty else { return 0 }
    let allowed = share * Double(count)
    var passed = 0.0
    var zeroPassed = zeros == 0
    for step in bins.indices {
      let bin = fromBelow ? step : bins.count - 1 - step
      let center = center(ofBin: bin)
      if !zeroPassed && (fromBelow ? center > 0 : center < 0) {
        passed += Double(zeros)
        zeroPassed = true
        if passed > allowed { return 0 }
      }
      passed += Double(bins[bin])
      if passed > allowed { return Float(min(max(center, Double(minimum)), Double(maximum))) }
    }
    return fromBelow ? maximum : minimum
  }

  private mutating func widen(_ low: Float, _ high: Float) {
    minimum = min(minimum, low)
    maximum = max(maximum, high)
  }

  /// Makes room for values in [low, high], both finite.
  private mutating func cover(_ low: Float, _ high: Float) {
    let largest = max(low.magnitude, high.magnitude)
    // Indices stay below 2^40, where Double and Int64 hold them exactly.
    var start = max(Int(largest.exponent) - 39, -149)
    if !bins.isEmpty { start = max(start, exponent) }
    while Self.index(high, start) - Self.index(low, start) >= Int64(Self.binCount) { start += 1 }
    regrid(minimumExponent: start, first: Self.index(low, start), last: Self.index(high, start))
  }

  private static func index(_ x: Float, _ exponent: Int) -> Int64 { floored(Double(x) * exp2i(-exponent)) }

  /// Extends the bins to `first...last`, which count in units of 2^minimumExponent, at the smallest width not under
  /// either that holds all.
  private mutating func regrid(minimumExponent: Int, first: Int64, last: Int64) {
    guard !bins.isEmpty else {
      (exponent, firstIndex) = (minimumExponent, first)
      bins = Array(repeating: 0, count: Int(last - first) + 1)
      return
    }
    let oldLast = firstIndex + Int64(bins.count - 1)
    var target = max(exponent, minimumExponent)
    var (low, high): (Int64, Int64)
    repeat {
      low = min(first >> (target - minimumExponent), firstIndex >> (target - exponent))
      high = max(last >> (target - minimumExponent), oldLast >> (target - exponent))
      target += 1
    } while high - low >= Int64(Self.binCount)
    target -= 1
    guard target != exponent || low != firstIndex || high != oldLast else { return }
    var wider = [UInt64](repeating: 0, count: Int(high - low) + 1)
    for (bin, occurrences) in bins.enumerated() where occurrences > 0 {
      wider[Int(((firstIndex + Int64(bin)) >> (target - exponent)) - low)] += occurrences
    }
    (bins, exponent, firstIndex) = (wider, target, low)
  }
}

/// 2^exponent, exact; `exponent` in [-1022, 1023].
func exp2i(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

/// floor(x) for |x| < 2^63, inline: `rounded(.down)` is a call on baseline x86-64.
private func floored(_ x: Double) -> Int64 {
  let truncated = Int64(x)
  return Double(truncated) > x ? truncated - 1 : truncated
}
