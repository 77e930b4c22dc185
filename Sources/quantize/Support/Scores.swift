/// Counts, over the rows of the first output, how often each net's largest score is the label's and how often the nets agree.
struct ScoreCounter {
  /// Scores of a row: the last axis that is longer than 1.
  private let classes: Int
  private let labels: [Int]?
  private(set) var rows = 0
  private var floatHits = 0
  private var int8Hits = 0
  private var agreements = 0
  /// Sum of squares of (int8 right) - (float right).
  private var differences = 0

  init(shape: [Int], labels: [Int]?) {
    classes = shape.last { $0 > 1 } ?? 1
    self.labels = labels
  }

  mutating func add(_ float: [Float], _ int8: [Float], source: String) throws(Failure) {
    for start in stride(from: 0, to: float.count, by: classes) {
      let a = largest(float[start..<start + classes])
      let b = largest(int8[start..<start + classes])
      agreements += a == b ? 1 : 0
      if let labels {
        guard rows < labels.count else {
          throw Failure.badData("\(source): \(labels.count) labels are too few: the net gives \(float.count / classes) row(s) of \(classes) scores a sample", code: "bad-labels")
        }
        let label = labels[rows]
        guard (0..<classes).contains(label) else {
          throw Failure.badData("\(source): label \(label) of row \(rows) is outside 0...\(classes - 1), the net's classes", code: "bad-labels")
        }
        let (right, wasRight) = (b == label ? 1 : 0, a == label ? 1 : 0)
        floatHits += wasRight
        int8Hits += right
        differences += (right - wasRight) * (right - wasRight)
      }
      rows += 1
    }
  }

  func checkLabelCount(source: String) throws(Failure) {
    guard let labels, labels.count != rows else { return }
    throw Failure.badData("\(source): \(labels.count) labels for \(rows) rows of scores", code: "bad-labels", hint: "give one label a sample")
  }

  var floatAccuracy: Double? { labels == nil ? nil : Double(floatHits) / Double(max(rows, 1)) }
  var int8Accuracy: Double? { labels == nil ? nil : Double(int8Hits) / Double(max(rows, 1)) }
  var agreement: Double? { classes > 1 ? Double(agreements) / Double(max(rows, 1)) : nil }

  var pairedStandardError: Double? {
    guard labels != nil, rows > 1 else { return nil }
    let n = Double(rows)
    let mean = Double(int8Hits - floatHits) / n
    return ((Double(differences) / n - mean * mean) / (n - 1)).squareRoot()
  }

  /// Position of the first largest score.
  private func largest(_ scores: ArraySlice<Float>) -> Int {
    var best = scores.startIndex
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return best - scores.startIndex
  }
}

/// Signal to quantization noise ratio: 10 log10(sum of float^2 / sum of (float - int8)^2) over all outputs and samples.
struct ErrorMeter {
  private var signal = 0.0
  private var noise = 0.0
  private(set) var maxAbsError = 0.0

  mutating func add(_ expected: [Float], _ actual: [Float]) {
    for (a, b) in zip(expected, actual) {
      let difference = Double(a) - Double(b)
      signal += Double(a) * Double(a)
      noise += difference * difference
      maxAbsError = max(maxAbsError, difference.magnitude)
    }
  }

  /// Infinite without noise; nil where the ratio is undefined.
  var sqnrDecibels: Double? {
    guard signal.isFinite, noise.isFinite, signal > 0 || noise > 0 else { return nil }
    return 10 * decimalLogarithm(signal / noise)
  }
}
