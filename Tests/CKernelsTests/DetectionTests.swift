import CKernels
import Foundation
import Testing
import _TestSupport

/// NON_MAX_SUPPRESSION and DETECT against greedy selection written plainly, in double precision.
@Suite struct DetectionTests {
  struct Box {
    var top, left, bottom, right: Double
    var area: Double { (bottom - top) * (right - left) }

    func overlap(_ other: Box) -> Double {
      guard area > 0, other.area > 0 else { return 0 }
      let height = min(bottom, other.bottom) - max(top, other.top), width = min(right, other.right) - max(left, other.left)
      guard height > 0, width > 0 else { return 0 }
      return height * width / (area + other.area - height * width)
    }
  }

  /// Soft or hard selection: after each choice every box that is left is compared with it. The indices and their scores.
  static func selected(_ boxes: [Box], _ scores: [Double], limit: Int, overlap: Double, isStrict: Bool, threshold: Double, sigma: Double)
    -> [(index: Int, score: Double)]
  {
    var left = boxes.indices.filter { scores[$0] > threshold }.map { (index: $0, score: scores[$0]) }
    var result: [(index: Int, score: Double)] = []
    while result.count < limit, let best = left.max(by: { $0.score != $1.score ? $0.score < $1.score : $0.index > $1.index }) {
      result.append(best)
      left = left.compactMap { candidate in
        let found = boxes[candidate.index].overlap(boxes[best.index])
        if candidate.index == best.index || (isStrict ? found > overlap : found >= overlap) { return nil }
        let score = sigma > 0 ? candidate.score * exp(-0.5 / sigma * found * found) : candidate.score
        return score > threshold ? (candidate.index, score) : nil
      }
    }
    return result
  }

  /// Boxes in few places, so that many overlap; as four numbers of the form, and as they are meant.
  private func boxes(_ count: Int, _ form: ck_box_form, _ random: inout SeededRandom) -> (numbers: [Float], boxes: [Box]) {
    var numbers: [Float] = []
    let boxes = (0..<count).map { _ in
      let (y, x) = (Float.random(in: 0...6, using: &random), Float.random(in: 0...6, using: &random))
      let (height, width) = (Float.random(in: 0...4, using: &random), Float.random(in: 0...4, using: &random))
      if form == CK_BOX_CENTRE {
        numbers += [x, y, width, height]
        return Box(
          top: Double(y - height / 2), left: Double(x - width / 2), bottom: Double(y + height / 2), right: Double(x + width / 2))
      }
      let (bottom, right) = (y + height, x + width)
      // Any two opposite corners.
      switch Int.random(in: 0..<3, using: &random) {
      case 0: numbers += [y, x, bottom, right]
      case 1: numbers += [bottom, right, y, x]
      default: numbers += [y, right, bottom, x]
      }
      return Box(top: Double(y), left: Double(x), bottom: Double(bottom), right: Double(right))
    }
    return (numbers, boxes)
  }

  @Test(arguments: 0..<60) func nonMaxSuppression(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let (batch, classes, count) = (random.size(1...3), random.size(1...3), random.size(1...40))
    var p = ck_non_max_suppression_parameters()
    (p.batch, p.classes, p.boxes, p.limit) = (UInt32(batch), UInt32(classes), UInt32(count), UInt32(random.size(1...count)))
    (p.rows, p.columns, p.fill) = (p.batch * p.classes * p.limit + UInt32(random.size(0...3)), seed % 2 == 0 ? 3 : 1, seed % 3 == 0 ? 0 : -1)
    p.form = (seed % 4 < 2 ? CK_BOX_CORNERS : CK_BOX_CENTRE).rawValue
    (p.includes_threshold, p.overlap_threshold) = (UInt32(seed % 2), Float.random(in: 0.05...0.9, using: &random))
    let sigma: Float = seed % 5 == 0 ? 0.3 : 0
    p.decay = sigma > 0 ? -0.5 / sigma : 0
    (p.takes_all_scores, p.score_threshold) = sigma == 0 && seed % 3 == 1 ? (1, .infinity) : (0, 0.2)
    let images = (0..<batch).map { _ in boxes(count, ck_box_form(p.form), &random) }
    // Few values without decay, so that equal scores meet.
    let scores = (0..<batch * classes * count).map { _ in
      sigma > 0 ? Float.random(in: 0...1, using: &random) : Float(random.size(0...12)) / 12
    }
    let call = MultiCall(
      ck_operator_non_max_suppression, p, inputs: [.f32(images.flatMap(\.numbers)), .f32(scores)],
      outputs: [(CK_DTYPE_S32, Int(p.rows * p.columns)), (CK_DTYPE_F32, Int(p.rows)), (CK_DTYPE_S32, 1)])
    let results = try #require(call.run(), "\(call.check())")
    var (indices, expectedScores): ([Int], [Double]) = ([], [])
    for b in 0..<batch {
      for c in 0..<classes {
        let first = (b * classes + c) * count
        let chosen = Self.selected(
          images[b].boxes, scores[first..<first + count].map { Double($0) }, limit: Int(p.limit), overlap: Double(p.overlap_threshold),
          isStrict: p.includes_threshold == 0, threshold: p.takes_all_scores == 1 ? -.infinity : Double(p.score_threshold),
          sigma: Double(sigma))
        for (index, score) in chosen {
          indices += p.columns == 3 ? [b, c, index] : [index]
          expectedScores.append(score)
        }
      }
    }
    #expect(results[2].integers == [expectedScores.count])
    let unused = Int(p.rows) - expectedScores.count
    #expect(results[0].integers == indices + Array(repeating: Int(p.fill), count: unused * Int(p.columns)))
    for (found, expected) in zip(results[1].floats, expectedScores + Array(repeating: 0, count: unused)) {
      #expect(abs(Double(found) - expected) <= 1e-6)
    }
  }

  @Test func scoresThatAreNoNumbersAreNeverSelected() throws {
    var p = ck_non_max_suppression_parameters()
    (p.batch, p.classes, p.boxes, p.limit, p.rows, p.columns, p.fill) = (1, 1, 4, 4, 4, 1, -1)
    (p.takes_all_scores, p.overlap_threshold, p.decay) = (1, 0.5, 0)
    let apart: [Float] = [0, 0, 1, 1, 2, 0, 3, 1, 4, 0, 5, 1, 6, 0, 7, 1]
    func chosen(_ boxes: [Float], _ scores: [Float]) throws -> [Int] {
      let outputs: [(ck_dtype, Int)] = [(CK_DTYPE_S32, 4), (CK_DTYPE_F32, 4), (CK_DTYPE_S32, 1)]
      return try #require(MultiCall(ck_operator_non_max_suppression, p, inputs: [.f32(boxes), .f32(scores)], outputs: outputs).run())[0].integers
    }
    #expect(try chosen(apart, [.nan, -.infinity, 1, .infinity]) == [3, 2, 1, -1])
    // Boxes without area overlap nothing, not even themselves; those of no finite size come to an end too.
    #expect(try chosen(Array(repeating: 1, count: 16), [1, 1, 1, 1]) == [0, 1, 2, 3])
    p.decay = -1
    let endless: [Float] = [-.infinity, -.infinity, .infinity, .infinity]
    #expect(try chosen(endless + endless + endless + endless, [1, 2, 3, 4]).first == 3)
  }

  /// What the custom operator of TensorFlow Lite computes.
  @Test(arguments: 0..<60) func detect(seed: UInt64) throws {
    var random = SeededRandom(seed: 1000 + seed)
    let (count, columns, classes, background) = (random.size(1...30), random.size(4...6), random.size(1...5), random.size(0...1))
    var p = ck_detect_parameters()
    (p.boxes, p.box_columns, p.classes, p.background) = (UInt32(count), UInt32(columns), UInt32(classes), UInt32(background))
    (p.detections, p.classes_per_box, p.boxes_per_class) = (UInt32(random.size(1...12)), UInt32(random.size(1...3)), UInt32(random.size(1...9)))
    (p.by_class, p.overlap_threshold, p.score_threshold) = (UInt32(seed % 2), 0.4, 0.3)
    (p.y_scale, p.x_scale, p.height_scale, p.width_scale) = (10, 8, 5, 4)
    let encodings = (0..<count * columns).map { _ in Float.random(in: -4...4, using: &random) }
    let anchors = (0..<count).flatMap { _ in
      [Float(random.size(0...3)), Float(random.size(0...3)), Float.random(in: 0.5...3, using: &random), Float.random(in: 0.5...3, using: &random)]
    }
    let scores = (0..<count * (classes + background)).map { _ in Float(random.size(0...10)) / 10 }
    let rows = Int(p.detections * p.classes_per_box)
    let call = MultiCall(
      ck_operator_detect, p, inputs: [.f32(encodings), .f32(scores), .f32(anchors)],
      outputs: [(CK_DTYPE_F32, 4 * rows), (CK_DTYPE_F32, rows), (CK_DTYPE_F32, rows), (CK_DTYPE_F32, 1)])
    let results = try #require(call.run(), "\(call.check())").map(\.floats)

    let boxes = (0..<count).map { index in
      let code = (0..<4).map { Double(encodings[index * columns + $0]) }, anchor = (0..<4).map { Double(anchors[4 * index + $0]) }
      let (y, x) = (code[0] / 10 * anchor[2] + anchor[0], code[1] / 8 * anchor[3] + anchor[1])
      let (height, width) = (exp(code[2] / 5) * anchor[2], exp(code[3] / 4) * anchor[3])
      return Box(top: y - height / 2, left: x - width / 2, bottom: y + height / 2, right: x + width / 2)
    }
    func score(_ box: Int, _ kind: Int) -> Double { Double(scores[box * (classes + background) + background + kind]) }
    // The score threshold itself is enough here.
    func pick(_ scores: [Double], _ limit: UInt32) -> [Int] {
      Self.selected(
        boxes, scores, limit: Int(limit), overlap: 0.4, isStrict: true, threshold: Double(Float(0.3)).nextDown, sigma: 0
      ).map(\.index)
    }
    var expected: [(row: Int, box: Int, kind: Int)] = []
    if p.by_class == 1 {
      let all = (0..<classes).flatMap { kind in pick((0..<count).map { score($0, kind) }, p.boxes_per_class).map { (box: $0, kind: kind) } }
      let best = all.enumerated().sorted {
        let (a, b) = (score($0.element.box, $0.element.kind), score($1.element.box, $1.element.kind))
        return a != b ? a > b : $0.offset < $1.offset
      }
      expected = best.prefix(Int(p.detections)).enumerated().map { ($0, $1.element.box, $1.element.kind) }
      #expect(results[3] == [Float(expected.count)])
    } else {
      let chosen = pick((0..<count).map { box in (0..<classes).map { score(box, $0) }.max() ?? 0 }, p.detections)
      for (place, box) in chosen.enumerated() {
        let order = (0..<classes).sorted { score(box, $0) != score(box, $1) ? score(box, $0) > score(box, $1) : $0 < $1 }
        for (column, kind) in order.prefix(Int(p.classes_per_box)).enumerated() {
          expected.append((place * Int(p.classes_per_box) + column, box, kind))
        }
      }
      #expect(results[3] == [Float(chosen.count)])
    }
    var (corners, kinds, found) = ([Double](repeating: 0, count: 4 * rows), [Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows))
    for (row, box, kind) in expected {
      corners.replaceSubrange(4 * row..<4 * row + 4, with: [boxes[box].top, boxes[box].left, boxes[box].bottom, boxes[box].right])
      (kinds[row], found[row]) = (Float(kind), Float(score(box, kind)))
    }
    #expect(results[1] == kinds)
    #expect(results[2] == found)
    #expect(zip(results[0], corners).allSatisfy { abs(Double($0) - $1) <= 1e-5 * (1 + abs($1)) })
  }

  @Test func noChangedRecordEscapes() {
    var random = SeededRandom(seed: 5)
    var nms = ck_non_max_suppression_parameters()
    (nms.batch, nms.classes, nms.boxes, nms.limit, nms.rows, nms.columns, nms.fill) = (2, 2, 6, 3, 12, 3, -1)
    (nms.overlap_threshold, nms.score_threshold, nms.decay) = (0.5, 0.1, -1)
    MultiCall(
      ck_operator_non_max_suppression, nms, inputs: [.f32(random.floats(48)), .f32(random.floats(24))],
      outputs: [(CK_DTYPE_S32, 36), (CK_DTYPE_F32, 12), (CK_DTYPE_S32, 1)]
    ).expectNoChangeEscapes(parameterWords: 13)
    var detect = ck_detect_parameters()
    (detect.boxes, detect.box_columns, detect.classes, detect.background, detect.detections) = (6, 4, 2, 1, 4)
    (detect.classes_per_box, detect.boxes_per_class, detect.by_class, detect.overlap_threshold) = (2, 3, 1, 0.5)
    (detect.y_scale, detect.x_scale, detect.height_scale, detect.width_scale) = (1, 1, 1, 1)
    MultiCall(
      ck_operator_detect, detect, inputs: [.f32(random.floats(24)), .f32(random.floats(18)), .f32(random.floats(24))],
      outputs: [(CK_DTYPE_F32, 32), (CK_DTYPE_F32, 8), (CK_DTYPE_F32, 8), (CK_DTYPE_F32, 1)]
    ).expectNoChangeEscapes(parameterWords: 14)
  }
}
