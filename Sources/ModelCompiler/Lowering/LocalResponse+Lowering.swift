import CKernels
package import ModelGraph

extension LocalResponse: Lowerable {
  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let input = try context.input(node, 0)
    let output = try context.output(node)
    let shape = context.program[input].shape
    var parameters = ck_lrn_parameters()
    (parameters.outer, parameters.axis) = (try field(shape[..<axis].reduce(1, *)), try field(shape[axis]))
    parameters.inner = try field(shape[(axis + 1)...].reduce(1, *))
    // A window that reaches past both ends is the whole axis.
    (parameters.before, parameters.after) = (try field(min(before, shape[axis] - 1)), try field(min(after, shape[axis] - 1)))
    (parameters.alpha, parameters.beta, parameters.bias) = (alpha, beta, bias)
    guard let from = context.program[input].format.quantization, let to = context.program[output].format.quantization else {
      context.emit(Instruction(CK_OP_LRN_F32, node.name, inputs: [input], outputs: [output], parameters: parameters))
      return
    }
    (parameters.input_scale, parameters.output_scale_inverse) = (from.scale, Float(1 / Double(to.scale)))
    (parameters.input_zero_point, parameters.output_zero_point) = (from.zeroPoint, to.zeroPoint)
    (parameters.output_min, parameters.output_max) = (-128, 127)
    context.emit(Instruction(CK_OP_LRN_S8, node.name, inputs: [input], outputs: [output], parameters: parameters))
  }
}
