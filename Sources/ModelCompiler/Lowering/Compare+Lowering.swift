import CKernels
package import ModelGraph

extension Compare: Lowerable {
  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let (a, b) = (try context.input(node, 0), try context.input(node, 1))
    let output = try context.output(node)
    let walk = try context.walk([a, b], over: output)
    var parameters = ck_compare_parameters()
    (parameters.kind, parameters.rank) = (kindCode.rawValue, walk.rank)
    setArray(&parameters.dims, walk.dims)
    setArray(&parameters.a_stride, walk.strides[0])
    setArray(&parameters.b_stride, walk.strides[1])
    parameters.type = context.program[a].format.dtype.rawValue
    if let left = context.program[a].format.quantization, let right = context.program[b].format.quantization {
      (parameters.a_scale, parameters.b_scale) = (left.scale, right.scale)
      (parameters.a_zero_point, parameters.b_zero_point) = (left.zeroPoint, right.zeroPoint)
    }
    context.emit(Instruction(CK_OP_COMPARE, node.name, inputs: [a, b], outputs: [output], parameters: parameters))
  }

  private var kindCode: ck_compare_kind {
    switch kind {
    case .equal: CK_COMPARE_EQUAL
    case .notEqual: CK_COMPARE_NOT_EQUAL
    case .less: CK_COMPARE_LESS
    case .lessOrEqual: CK_COMPARE_LESS_OR_EQUAL
    }
  }
}
