/// The best boxes of each class that overlap no better one too much.
///
/// Inputs: boxes [batch, n, 4], scores [batch, classes, n]. Outputs: indices [rows, 3] (batch, class, box) or [rows] (box), scores [rows], and
/// the count of what was selected, a scalar int32. How many boxes survive depends on the data and shapes do not: there are always `rows`, and
/// those behind the count hold `fill` and the score 0.
package struct NonMaxSuppression: Operator {
  /// The four numbers of a box.
  package enum BoxForm: Hashable, Sendable {
    /// y, x, y, x of two opposite corners.
    case corners
    /// x and y of the centre, width, height.
    case centre
  }
  package var form: BoxForm
  /// Boxes selected of each class at most.
  package var limit: Int
  package var rows: Int
  package var givesTriples: Bool
  package var fill: Int
  package var overlapThreshold: Float
  /// Whether a box that overlaps by exactly the threshold is suppressed.
  package var includesThreshold: Bool
  /// Scores must be above it; nil takes all.
  package var scoreThreshold: Float?
  /// Of the Gaussian by which scores fall with overlap instead of at once; 0 leaves them.
  package var sigma: Float
  /// Of the indices.
  package var elementType: ElementType

  package init(
    form: BoxForm = .corners, limit: Int, rows: Int, givesTriples: Bool, fill: Int, overlapThreshold: Float, includesThreshold: Bool,
    scoreThreshold: Float?, sigma: Float = 0, elementType: ElementType
  ) {
    (self.form, self.limit, self.rows, self.givesTriples, self.fill) = (form, limit, rows, givesTriples, fill)
    (self.overlapThreshold, self.includesThreshold) = (overlapThreshold, includesThreshold)
    (self.scoreThreshold, self.sigma, self.elementType) = (scoreThreshold, sigma, elementType)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let (boxes, scores) = (try required(inputs, 0, "boxes", rank: 3), try required(inputs, 1, "scores", rank: 3))
    guard boxes.shape[2] == 4, boxes.shape[0] == scores.shape[0], boxes.shape[1] == scores.shape[2] else {
      throw ShapeError("boxes \(boxes) and scores \(scores) do not fit, expected [batch, n, 4] and [batch, classes, n]")
    }
    guard (0...1).contains(overlapThreshold), sigma >= 0, sigma.isFinite, scoreThreshold?.isNaN != true else {
      throw ShapeError("overlap threshold \(overlapThreshold) must lie in 0...1, sigma \(sigma) must not be negative")
    }
    let selected = try checkedProduct([boxes.shape[0], scores.shape[1], limit])
    guard (1...max(boxes.shape[1], 1)).contains(limit), selected <= rows else {
      throw ShapeError("\(limit) boxes of each class do not fit \(boxes) and \(rows) rows")
    }
    let indices = try checkedType(elementType, givesTriples ? [rows, 3] : [rows])
    return [indices, try checkedType(.float32, [rows]), TensorType(.int32, [])]
  }
}

/// The detections of a single-shot detector: boxes decoded from anchors, then suppressed.
///
/// Inputs: encodings [1, n, 4 or more] (y, x, log height, log width), scores [1, n, classes or one more for the background], anchors [n, 4] (y,
/// x, height, width). Outputs: corners [1, rows, 4], classes [1, rows] and scores [1, rows] in float, count [1] in float. Rows behind are 0.
package struct Detect: Operator {
  package var classes: Int
  package var detections: Int
  /// Rows of each detection.
  package var classesPerBox: Int
  package var boxesPerClass: Int
  /// Whether each class is suppressed by itself, or all boxes by their best class.
  package var isByClass: Bool
  package var overlapThreshold: Float
  package var scoreThreshold: Float
  /// By which encodings are divided: y, x, height, width.
  package var scales: [Float]

  package init(
    classes: Int, detections: Int, classesPerBox: Int, boxesPerClass: Int, isByClass: Bool, overlapThreshold: Float, scoreThreshold: Float,
    scales: [Float]
  ) {
    (self.classes, self.detections, self.classesPerBox, self.boxesPerClass) = (classes, detections, classesPerBox, boxesPerClass)
    (self.isByClass, self.overlapThreshold, self.scoreThreshold, self.scales) = (isByClass, overlapThreshold, scoreThreshold, scales)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let (boxes, scores) = (try required(inputs, 0, "encodings", rank: 3), try required(inputs, 1, "scores", rank: 3))
    let anchors = try required(inputs, 2, "anchors", rank: 2)
    guard boxes.shape[0] == 1, boxes.shape[2] >= 4, scores.shape[0] == 1, scores.shape[1] == boxes.shape[1],
      anchors.shape == [boxes.shape[1], 4]
    else {
      throw ShapeError("encodings \(boxes), scores \(scores) and anchors \(anchors) do not fit, expected [1, n, 4], [1, n, classes], [n, 4]")
    }
    guard classes >= 1, scores.shape[2] == classes || scores.shape[2] - 1 == classes else {
      throw ShapeError("\(classes) classes do not fit scores \(scores), expected as many columns or one more for the background")
    }
    let limit = 1 << 24
    guard (1...limit).contains(detections), (1...limit).contains(classesPerBox), (1...limit).contains(boxesPerClass), classes <= limit else {
      throw ShapeError("\(detections) detections of \(classesPerBox) classes, \(boxesPerClass) a class: expected 1 to \(limit)")
    }
    guard overlapThreshold > 0, overlapThreshold <= 1, scoreThreshold.isFinite, scales.count == 4,
      scales.allSatisfy({ $0.isFinite && $0 != 0 })
    else {
      throw ShapeError(
        "overlap threshold \(overlapThreshold), score threshold \(scoreThreshold) and scales \(scales): expected 0 < overlap <= 1 and scales "
          + "other than 0")
    }
    let rows = try checkedProduct([detections, classesPerBox])
    return [
      try checkedType(.float32, [1, rows, 4]), try checkedType(.float32, [1, rows]), try checkedType(.float32, [1, rows]),
      TensorType(.float32, [1]),
    ]
  }
}
