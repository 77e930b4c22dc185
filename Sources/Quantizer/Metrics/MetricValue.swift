import Foundation

/// A metric with what its sampling error follows from.
package struct MetricValue: Sendable, Hashable {
  package var value: Double
  /// Contributions of independent draws, whose averages the value is a sum of, to first order: of a mean its terms; of an AUC those of the
  /// positives and those of the negatives. Empty where nothing is known about single draws.
  package var contributions: [[Double]]

  package init(value: Double, contributions: [[Double]]) { (self.value, self.contributions) = (value, contributions) }

  /// The mean of `terms`; 0 of none.
  package init(mean terms: [Double]) {
    self.init(value: terms.isEmpty ? 0 : terms.reduce(0, +) / Double(terms.count), contributions: [terms])
  }

  /// sqrt(sum over the draws of variance / count); nil where it cannot be told.
  package var standardError: Double? { Self.standardError(contributions) }

  /// This less `other`, measured on the same samples, and the standard error of that: far smaller than those of the two where they err alike.
  package func difference(from other: MetricValue) -> (value: Double, standardError: Double?) {
    let isPaired = contributions.map(\.count) == other.contributions.map(\.count)
    let paired = zip(contributions, other.contributions).map { zip($0, $1).map { $0 - $1 } }
    return (value - other.value, isPaired ? Self.standardError(paired) : nil)
  }

  private static func standardError(_ contributions: [[Double]]) -> Double? {
    guard !contributions.isEmpty, contributions.allSatisfy({ $0.count > 1 }) else { return nil }
    let variance = contributions.reduce(0.0) { sum, terms in
      let count = Double(terms.count)
      let mean = terms.reduce(0, +) / count
      return sum + terms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / ((count - 1) * count)
    }
    return variance.isFinite ? variance.squareRoot() : nil
  }
}

extension MetricValue {
  /// Area under the ROC curve: how often a positive's score is above a negative's, ties counted half.
  ///
  /// The contribution of a positive is the share of negatives that it is above; of a negative, the share of positives above it.
  /// Source: DeLong et al., Comparing the Areas under Two or More Correlated ROC Curves, 1988, equations 4 to 6.
  /// - Precondition: both arrays have as many elements; both kinds of label occur.
  init(areaUnder scores: [Double], isPositive: [Bool]) {
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    let positives = Double(isPositive.count { $0 }), negatives = Double(scores.count) - positives
    var shares = [Double](repeating: 0, count: scores.count)
    var (positivesBelow, negativesBelow) = (0.0, 0.0)
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
      let tied = Double(order[start..<end].count { isPositive[$0] })
      let others = Double(end - start) - tied
      for index in order[start..<end] {
        shares[index] =
          isPositive[index] ? (negativesBelow + others / 2) / negatives : 1 - (positivesBelow + tied / 2) / positives
      }
      positivesBelow += tied
      negativesBelow += others
      start = end
    }
    let ofPositives = shares.indices.filter { isPositive[$0] }.map { shares[$0] }
    let ofNegatives = shares.indices.filter { !isPositive[$0] }.map { shares[$0] }
    self.init(value: ofPositives.reduce(0, +) / positives, contributions: [ofPositives, ofNegatives])
  }

  /// 10 log10(sum of signals / sum of noises). Infinite without noise; nil where the ratio is undefined.
  init?(decibelsOf signals: [Double], over noises: [Double]) {
    let (signal, noise) = (signals.reduce(0, +), noises.reduce(0, +))
    guard signal.isFinite, noise.isFinite, signal > 0 || noise > 0 else { return nil }
    // d(10 log10(S / N)) = 10 / ln 10 * (dS / S - dN / N).
    let (unit, count) = (10 / log(10.0), Double(signals.count))
    let terms = signal > 0 && noise > 0 ? zip(signals, noises).map { unit * count * ($0 / signal - $1 / noise) } : []
    self.init(value: 10 * log10(signal / noise), contributions: terms.isEmpty ? [] : [terms])
  }
}
