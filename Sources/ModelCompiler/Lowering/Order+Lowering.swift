import CKernels
package import ModelGraph

/// A shape as [outer, axis, inner].
private func block(_ shape: [Int], _ axis: Int) throws(LoweringError) -> (outer: UInt32, axis: UInt32, inner: UInt32) {
  (try field(shape[..<axis].reduce(1, *)), try field(shape[axis]), try field(shape[(axis + 1)...].reduce(1, *)))
}

extension ArgReduce: Lowerable {
  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let input = try context.input(node, 0)
    let block = try block(context.program[input].shape, axis)
    let parameters = ck_arg_reduce_parameters(
      kind: (kind == .max ? CK_ARG_MAX : CK_ARG_MIN).rawValue, outer: block.outer, axis: block.axis, inner: block.inner,
      takes_last: takesLast ? 1 : 0, type: context.program[input].format.dtype.rawValue)
    context.emit(
      Instruction(CK_OP_ARG_REDUCE, node.name, inputs: [input], outputs: [try context.output(node)], parameters: parameters))
  }
}

extension TopK: Lowerable {
  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let values = try context.output(node)
    let input = try context.input(node, 0, in: context.program[values].format)
    let block = try block(context.program[input].shape, axis)
    let parameters = ck_top_k_parameters(
      outer: block.outer, axis: block.axis, inner: block.inner, k: try field(count), takes_largest: takesLargest ? 1 : 0,
      type: context.program[input].format.dtype.rawValue)
    let indices = try context.output(node, 1)
    context.emit(Instruction(CK_OP_TOP_K, node.name, inputs: [input], outputs: [values, indices], parameters: parameters))
  }
}

extension CumulativeSum: Lowerable {
  package var hasInt8Form: Bool { false }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let input = try context.input(node, 0)
    let output = try context.output(node)
    let block = try block(context.program[input].shape, axis)
    let isFloat = context.program[input].format == .float32
    let parameters = ck_cumulative_sum_parameters(
      outer: block.outer, axis: block.axis, inner: block.inner, is_exclusive: isExclusive ? 1 : 0, is_reverse: isReverse ? 1 : 0,
      type: (isFloat ? CK_DTYPE_F32 : context.graph[node.outputs[0]].type.elementType.wrapCode).rawValue)
    context.emit(Instruction(CK_OP_CUMULATIVE_SUM, node.name, inputs: [input], outputs: [output], parameters: parameters))
  }
}
