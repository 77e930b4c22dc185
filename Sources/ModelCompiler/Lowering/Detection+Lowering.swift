import CKernels
package import ModelGraph

extension NonMaxSuppression: Lowerable {
  package var hasInt8Form: Bool { false }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let inputs = [try context.input(node, 0), try context.input(node, 1)]
    let (boxes, scores) = (context.program[inputs[0]].shape, context.program[inputs[1]].shape)
    let parameters = ck_non_max_suppression_parameters(
      batch: try field(boxes[0]), classes: try field(scores[1]), boxes: try field(boxes[1]), limit: try field(limit), rows: try field(rows),
      columns: givesTriples ? 3 : 1, fill: Int32(clamping: fill), form: (form == .corners ? CK_BOX_CORNERS : CK_BOX_CENTRE).rawValue,
      includes_threshold: includesThreshold ? 1 : 0, takes_all_scores: scoreThreshold == nil ? 1 : 0, overlap_threshold: overlapThreshold,
      score_threshold: scoreThreshold ?? -.infinity, decay: sigma > 0 ? -0.5 / sigma : 0)
    let outputs = [try context.output(node), try context.output(node, 1), try context.output(node, 2)]
    context.emit(Instruction(CK_OP_NON_MAX_SUPPRESSION, node.name, inputs: inputs, outputs: outputs, parameters: parameters))
  }
}

extension Detect: Lowerable {
  package var hasInt8Form: Bool { false }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let inputs = [try context.input(node, 0), try context.input(node, 1), try context.input(node, 2)]
    let (boxes, scores) = (context.program[inputs[0]].shape, context.program[inputs[1]].shape)
    let parameters = ck_detect_parameters(
      boxes: try field(boxes[1]), box_columns: try field(boxes[2]), classes: try field(classes),
      background: try field(scores[2] - classes), detections: try field(detections), classes_per_box: try field(classesPerBox),
      boxes_per_class: try field(boxesPerClass), by_class: isByClass ? 1 : 0, overlap_threshold: overlapThreshold,
      score_threshold: scoreThreshold, y_scale: scales[0], x_scale: scales[1], height_scale: scales[2], width_scale: scales[3])
    let outputs = [
      try context.output(node), try context.output(node, 1), try context.output(node, 2), try context.output(node, 3),
    ]
    context.emit(Instruction(CK_OP_DETECT, node.name, inputs: inputs, outputs: outputs, parameters: parameters))
  }
}
