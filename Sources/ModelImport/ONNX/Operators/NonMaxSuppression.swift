import ModelGraph

/// NonMaxSuppression: boxes [batch, n, 4], scores [batch, classes, n], then as constants the limit of each class and the thresholds.
///
/// The specification's output has as many rows as boxes were selected. Here it has the most there can be, batch * classes * limit; the rows
/// behind the selected ones hold -1.
func convertNonMaxSuppression(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (boxes, scores) = (try c.input(0), try c.input(1))
  let limits = try c.optionalIntegers(2, "max_output_boxes_per_class") ?? [0]
  guard limits.count == 1, c.shape(boxes).count == 3, c.shape(scores).count == 3 else {
    throw c.failure("bad-node", "expected boxes [batch, n, 4], scores [batch, classes, n] and one limit, found \(limits.count)")
  }
  guard limits[0] > 0 else { throw c.unsupported("selects nothing: max_output_boxes_per_class is \(limits[0])", hint: "give it a positive one") }
  let limit = min(limits[0], c.shape(boxes)[1])
  let rows: Int
  do throws(ShapeError) { rows = try checkedProduct([c.shape(boxes)[0], c.shape(scores)[1], limit]) } catch { throw c.refusal(error.message) }
  let op = NonMaxSuppression(
    form: try c.node.flag("center_point_box") ? .centre : .corners, limit: limit, rows: rows, givesTriples: true, fill: -1,
    overlapThreshold: try c.optionalScalar(3, "iou_threshold") ?? 0, includesThreshold: false,
    scoreThreshold: try c.optionalScalar(4, "score_threshold"), elementType: .int64)
  return Array(try c.emitAll(op, [boxes, scores]).prefix(1))
}
