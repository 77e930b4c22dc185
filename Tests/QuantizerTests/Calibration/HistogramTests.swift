import Quantizer
import Testing
import _TestSupport

@Suite struct HistogramTests {
  static func histogram(_ values: [Float]) -> Histogram {
    var histogram = Histogram()
    _ = histogram.insert(values)
    return histogram
  }

  /// Values over many magnitudes, with zeros and both signs.
  static func values(_ count: Int, _ random: inout SeededRandom) -> [Float] {
    (0..<count).map { _ in
      let magnitude = Float.random(in: -20...20, using: &random)
      return Int.random(in: 0..<5, using: &random) == 0 ? 0 : random.normal() * Float(sign: .plus, exponent: Int(magnitude), significand: 1)
    }
  }

  @Test(arguments: 0..<20) func everyValueIsInItsBin(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let values = Self.values(Int.random(in: 1...3_000, using: &random), &random)
    let histogram = Self.histogram(values)
    #expect(histogram.count == UInt64(values.count))
    #expect(histogram.zeros == UInt64(values.count { $0 == 0 }))
    #expect(histogram.minimum == values.min())
    #expect(histogram.maximum == values.max())
    let mean: Double = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    let largest = Double(values.map(\.magnitude).max() ?? 1)
    #expect(abs(histogram.mean - mean) < 1e-6 * largest)
    var expected = [Int64: UInt64]()
    for value in values where value != 0 { expected[Int64((Double(value) / histogram.binWidth).rounded(.down)), default: 0] += 1 }
    for (bin, occurrences) in histogram.bins.enumerated() {
      #expect(occurrences == expected[histogram.firstIndex + Int64(bin)] ?? 0, "bin \(bin)")
    }
    #expect(histogram.bins.count <= Histogram.binCount)
    #expect(histogram.bins.reduce(0, +) + histogram.zeros == histogram.count)
  }

  @Test(arguments: 0..<20) func orderAndSplittingChangeNothing(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let values = Self.values(500, &random)
    let whole = Self.histogram(values)
    var streamed = Histogram()
    var merged = Histogram()
    for chunk in stride(from: 0, to: values.count, by: 37).map({ Array(values[$0..<min($0 + 37, values.count)]) }).shuffled(using: &random)
    {
      _ = streamed.insert(chunk)
      merged.merge(Self.histogram(chunk))
    }
    for histogram in [streamed, merged] {
      #expect(histogram.bins == whole.bins)
      #expect(histogram.exponent == whole.exponent)
      #expect(histogram.firstIndex == whole.firstIndex)
      #expect((histogram.count, histogram.zeros) == (whole.count, whole.zeros))
      #expect((histogram.minimum, histogram.maximum) == (whole.minimum, whole.maximum))
    }
  }

  @Test func theRangeIsResolvedByAtLeastHalfOfTheBins() {
    for values in [[Float(-1), 1], [100, 101], [1e-30, 3e-30], [-3e38, 3e38], [0.1, 900]] {
      let histogram = Self.histogram(values)
      let width = Double(values[1]) - Double(values[0])
      #expect(width / histogram.binWidth >= Double(Histogram.binCount) / 2 - 2, "\(values)")
    }
  }

  @Test func extremesAndConstantsDoNotTrap() {
    let odd: [[Float]] = [
      [], [0], [-0.0], [.leastNonzeroMagnitude], [-.leastNonzeroMagnitude, .greatestFiniteMagnitude], [-.greatestFiniteMagnitude],
      [3.7, 3.7, 3.7], [.infinity, 1, -.infinity],
    ]
    var all = Histogram()
    for values in odd {
      #expect(all.insert(values) == nil)
      all.merge(Self.histogram(values))
    }
    #expect(all.infinities == 4)
    #expect(all.count == 2 * UInt64(odd.joined().count { $0.isFinite }))
    #expect(all.bins.reduce(0, +) + all.zeros == all.count)
  }

  @Test func notANumberIsReportedAndNotCounted() {
    var histogram = Self.histogram([1, 2])
    #expect(histogram.insert([4, .nan, 5]) == 1)
    #expect(histogram == Self.histogram([1, 2]))
  }

  @Test(arguments: [0.5, 0.9, 0.99, 0.999]) func quantilesLeaveOutTheirShare(kept: Double) {
    var random = SeededRandom(seed: 11)
    let values = random.normals(20_000)
    let histogram = Self.histogram(values)
    let sorted = values.sorted()
    let share = (1 - kept) / 2
    let position = Int(share * Double(values.count))
    #expect(abs(histogram.lowerQuantile(share) - sorted[position]) <= 2 * Float(histogram.binWidth))
    #expect(abs(histogram.upperQuantile(share) - sorted[values.count - 1 - position]) <= 2 * Float(histogram.binWidth))
    let positive = Self.histogram(values.map { max($0, 0) })
    #expect(positive.lowerQuantile(share) == 0)
  }
}
