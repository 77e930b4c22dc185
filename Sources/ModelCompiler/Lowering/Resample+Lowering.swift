import CKernels
package import ModelGraph

extension Resample: Lowerable {
  package var hasInt16Form: Bool { isSelection }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let shape = try context.shape(node, 0)
    var input = try context.input(node, 0)
    let output = try context.output(node)
    let format = context.program[output].format
    if isSelection, context.program[input].format != format {
      input = try context.converted(input, to: format, name: node.name, for: node)
    }
    var parameters = ck_resample_parameters()
    parameters.outer = try field(shape[..<axis].reduce(1, *))
    (parameters.in, parameters.out) = (try field(shape[axis]), try field(first.count))
    let inner = shape[(axis + 1)...].reduce(1, *)
    (parameters.inner, parameters.taps) = (try field(inner), try field(taps))
    var positions: [Int32] = []
    for start in first { positions.append(Int32(truncatingIfNeeded: try field(start))) }
    let places = context.program.constants.add(positions)
    if isSelection {
      parameters.inner = try field(inner * format.elementBytes)
      context.emit(
        Instruction(
          CK_OP_RESAMPLE_NEAREST, node.name, inputs: [input], outputs: [output], constants: [places], parameters: parameters))
      return
    }
    guard let from = context.program[input].format.quantization, let to = format.quantization else {
      context.emit(
        Instruction(
          CK_OP_RESAMPLE_F32, node.name, inputs: [input], outputs: [output], constants: [places, context.program.constants.add(weights)],
          parameters: parameters),
        flags: context.floatFlags)
      return
    }
    let factor = Double(from.scale) / Double(to.scale)
    let scaled = weights.map { Float(Double($0) * factor) }
    guard scaled.allSatisfy(\.isFinite) else {
      throw LoweringError("bad-quantization", "scales \(from.scale) and \(to.scale) give no finite factor")
    }
    (parameters.input_zero_point, parameters.output_zero_point) = (from.zeroPoint, to.zeroPoint)
    (parameters.output_min, parameters.output_max) = (-128, 127)
    context.emit(
      Instruction(
        CK_OP_RESAMPLE_S8, node.name, inputs: [input], outputs: [output], constants: [places, context.program.constants.add(scaled)],
        parameters: parameters))
  }
}
