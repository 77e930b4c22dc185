import CKernels
import Foundation
package import ModelGraph

extension Softmax: Lowerable {
  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let input = try context.input(node, 0)
    let output = try context.output(node)
    let shape = context.program[input].shape
    if shape[(axis + 1)...].allSatisfy({ $0 == 1 }) {
      try emit(node, columns: shape[axis], input, output, &context)
      return
    }
    var permutation = Array(shape.indices)
    permutation.append(permutation.remove(at: axis))
    let inwards = StridedCopy(transposing: shape, permutation)
    let outwards = StridedCopy(
      dims: inwards.dims, inputStrides: inwards.outputStrides, outputStrides: inwards.inputStrides)
    let transposed = context.temporary("\(node.name)/transposed", context.program[input].format, inwards.dims)
    let result = context.temporary("\(node.name)/softmax", context.program[output].format, inwards.dims)
    try context.emitCopy(node, inwards, from: input, to: transposed)
    try emit(node, columns: shape[axis], transposed, result, &context)
    try context.emitCopy(node, outwards, from: result, to: output)
  }

  private func emit(
    _ node: Node, columns: Int, _ input: TensorID, _ output: TensorID, _ context: inout LoweringContext
  ) throws(LoweringError) {
    var parameters = ck_softmax_parameters()
    parameters.rows = try field(context.program[input].elementCount / max(columns, 1))
    parameters.columns = try field(columns)
    guard let from = context.program[input].format.quantization, let to = context.program[output].format.quantization else {
      context.emit(
        Instruction(CK_OP_SOFTMAX_F32, node.name, inputs: [input], outputs: [output], parameters: parameters), flags: context.floatFlags)
      return
    }
    let inverse = Float(1 / Double(to.scale))
    guard inverse.isFinite else { throw LoweringError("bad-quantization", "the inverse of scale \(to.scale) is infinite") }
    (parameters.output_scale_inverse, parameters.output_zero_point) = (inverse, to.zeroPoint)
    let exponents = (0..<256).map { Float(exp(-Double($0) * Double(from.scale))) }
    context.emit(
      Instruction(
        CK_OP_SOFTMAX_S8, node.name, inputs: [input], outputs: [output], constants: [context.program.constants.add(exponents)],
        parameters: parameters))
  }
}
