import ModelGraph

/// NON_MAX_SUPPRESSION_V4 and V5: boxes [n, 4], scores [n], then as constants the limit, both thresholds, and in V5 the sigma of soft suppression.
///
/// Outputs: indices (and in V5 scores) [limit], the count. Rows behind the count are 0.
func convertNonMaxSuppression(_ node: TFLiteNode) throws(DiagnosticError) {
  let isSoft = node.operatorName == "NON_MAX_SUPPRESSION_V5"
  let (boxes, scores) = (try node.input(0, "boxes"), try node.input(1, "scores"))
  guard node.shape(of: boxes).count == 2, let count = node.shape(of: boxes).first, count > 0, node.shape(of: scores) == [count] else {
    throw node.fail("bad-shape", "boxes \(node.type(of: boxes)) and scores \(node.type(of: scores)), expected [n, 4] and [n]")
  }
  let rows = try node.integer(2, "limit")
  guard (1...1 << 24).contains(rows) else { throw node.fail("bad-attribute", "its limit is \(rows), expected a positive number") }
  let op = NonMaxSuppression(
    limit: min(rows, count), rows: rows, givesTriples: false, fill: 0, overlapThreshold: try node.number(3, "overlap threshold"),
    includesThreshold: true, scoreThreshold: try node.number(4, "score threshold"), sigma: isSoft ? try node.number(5, "sigma") : 0,
    elementType: .int32)
  let results = try node.steps(
    op,
    [
      try node.step(Reshape(shape: [1, count, 4]), [boxes], "boxes"), try node.step(Reshape(shape: [1, 1, count]), [scores], "scores"),
    ], ["indices", "selected_scores", "count"])
  try node.alias(results[0])
  if isSoft { try node.alias(results[1], output: 1) }
  try node.alias(results[2], output: isSoft ? 2 : 1)
}

/// The custom operator TFLite_Detection_PostProcess: encodings [1, n, 4], scores [1, n, classes with or without a background], anchors [n, 4].
///
/// Outputs: corners, classes, scores of max_detections * max_classes_per_detection rows, and how many detections there are. Rows behind are 0.
func convertDetectionPostProcess(_ node: TFLiteNode) throws(DiagnosticError) {
  let inputs = [try node.input(0, "box encodings"), try node.input(1, "class predictions"), try node.input(2, "anchors")]
  guard let range = node.op.customOptions else { throw node.fail("bad-node", "its options are missing", hint: "export the model again") }
  let options = try node.checked { () throws(ShapeError) in try FlexMap(Array(node.importer.file.bytes[range])) }
  func number(_ key: String, default fallback: Double? = nil) throws(DiagnosticError) -> Double {
    guard let value = options[key] ?? fallback else {
      throw node.fail("bad-node", "its option '\(key)' is missing or no number", hint: "export the model again")
    }
    return value
  }
  func integer(_ key: String, default fallback: Double? = nil) throws(DiagnosticError) -> Int {
    let value = try number(key, default: fallback)
    guard let integer = Int(exactly: value) else { throw node.fail("bad-attribute", "its option '\(key)' is \(value), expected an integer") }
    return integer
  }
  let op = Detect(
    classes: try integer("num_classes"), detections: try integer("max_detections"), classesPerBox: try integer("max_classes_per_detection"),
    boxesPerClass: try integer("detections_per_class", default: 100), isByClass: try number("use_regular_nms", default: 0) != 0,
    overlapThreshold: Float(try number("nms_iou_threshold")), scoreThreshold: Float(try number("nms_score_threshold")),
    scales: [
      Float(try number("y_scale")), Float(try number("x_scale")), Float(try number("h_scale")), Float(try number("w_scale")),
    ])
  try node.produceAll(op, inputs)
}

extension TFLiteNode {
  /// One number that must be known at compile time.
  func number(_ index: Int, _ role: String) throws(DiagnosticError) -> Float {
    let tensor = try constant(index, role)
    guard tensor.count == 1, tensor.floats[0].isFinite else { throw fail("bad-node", "\(role) must be one finite number, found \(tensor.type)") }
    return tensor.floats[0]
  }

  /// `step` of an operator with several outputs, named after its parts.
  func steps(_ op: some Operator, _ inputs: [ValueID?], _ parts: [String]) throws(DiagnosticError) -> [ValueID] {
    try importer.builder.add(op, inputs, name: name, sourceOperator: operatorName, outputNames: parts.map { "\(name)/\($0)" })
  }
}
