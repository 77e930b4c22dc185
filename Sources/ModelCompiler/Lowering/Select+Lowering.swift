import CKernels
package import ModelGraph

extension Select: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let condition = try context.input(node, 0)
    let output = try context.output(node)
    let format = context.program[output].format
    let (a, b) = (try context.input(node, 1, in: format), try context.input(node, 2, in: format))
    let walk = try context.walk([condition, a, b], over: output)
    var parameters = ck_select_parameters()
    (parameters.element_bytes, parameters.rank) = (UInt32(format.elementBytes), walk.rank)
    setArray(&parameters.dims, walk.dims)
    setArray(&parameters.condition_stride, walk.strides[0])
    setArray(&parameters.a_stride, walk.strides[1])
    setArray(&parameters.b_stride, walk.strides[2])
    context.emit(Instruction(CK_OP_SELECT, node.name, inputs: [condition, a, b], outputs: [output], parameters: parameters))
  }
}

extension LoweringContext {
  /// An input in the format of what is made of it: constants are quantized to it, other values converted.
  mutating func input(_ node: Node, _ index: Int, in format: TensorFormat) throws(LoweringError) -> TensorID {
    try tensor(of: try inputID(node, index), format, for: node)
  }
}
