import CKernels
package import ModelGraph

extension Reduce: Lowerable {
  package var hasInt8Form: Bool { kind != .product }
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    var input = try context.input(node, 0)
    let output = try context.output(node)
    let shape = context.program[input].shape
    var block = collapsed(shape)
    if block == nil {
      let permutation = shape.indices.filter { !axes.contains($0) } + axes
      let copy = StridedCopy(transposing: shape, permutation)
      let transposed = context.temporary("\(node.name)/transposed", context.program[input].format, copy.dims)
      try context.emitCopy(node, copy, from: input, to: transposed)
      let axis = axes.reduce(1) { $0 * shape[$1] }
      block = Block(outer: shape.reduce(1, *) / max(axis, 1), axis: axis, inner: 1)
      input = transposed
    }
    guard let block else { return }
    let format = context.program[output].format
    if format == .int32 || format == .bool {
      let parameters = ck_reduce_int_parameters(
        kind: kindCode.rawValue, outer: try field(block.outer), axis: try field(block.axis), inner: try field(block.inner),
        type: context.graph[node.outputs[0]].type.elementType.wrapCode.rawValue)
      return context.emit(Instruction(CK_OP_REDUCE_INT, node.name, inputs: [input], outputs: [output], parameters: parameters))
    }
    var parameters = ck_reduce_parameters()
    parameters.kind = kindCode.rawValue
    (parameters.outer, parameters.axis, parameters.inner) = (try field(block.outer), try field(block.axis), try field(block.inner))
    let divisor = kind == .mean ? Double(block.axis) : 1
    parameters.scale = Float(1 / divisor)
    guard let from = context.program[input].format.quantization, let to = context.program[output].format.quantization else {
      context.emit(
        Instruction(CK_OP_REDUCE_F32, node.name, inputs: [input], outputs: [output], parameters: parameters), flags: context.floatFlags)
      return
    }
    let isInt16 = from.width == .int16 || to.width == .int16
    if isInt16 { input = try context.widened(input, for: node) }
    guard isInt16 || block.axis <= Int(Int32.max) / 256 else {
      throw LoweringError(
        "accumulator-overflow", "a sum of \(block.axis) elements can leave a 32-bit accumulator",
        hint: "reduce in two steps in the source model, or convert with --precision float")
    }
    parameters.scale = Float(Double(from.scale) / Double(to.scale) / divisor)
    (parameters.input_zero_point, parameters.output_zero_point) = (isInt16 ? 0 : from.zeroPoint, to.zeroPoint)
    (parameters.output_min, parameters.output_max) = (to.width.levels.lowerBound, to.width.levels.upperBound)
    context.emit(
      Instruction(isInt16 ? CK_OP_REDUCE_S16 : CK_OP_REDUCE_S8, node.name, inputs: [input], outputs: [output], parameters: parameters),
      flags: isInt16 ? context.wordFlags(output) : 0)
  }

  private struct Block {
    var outer, axis, inner: Int
  }

  /// The shape as [outer, axis, inner] with `axis` reduced; nil where kept axes lie between reduced ones.
  private func collapsed(_ shape: [Int]) -> Block? {
    let long = axes.filter { shape[$0] != 1 }
    guard let first = long.first, let last = long.last else { return Block(outer: shape.reduce(1, *), axis: 1, inner: 1) }
    for axis in first...last where shape[axis] != 1 && !axes.contains(axis) { return nil }
    return Block(
      outer: shape[..<first].reduce(1, *), axis: shape[first...last].reduce(1, *), inner: shape[(last + 1)...].reduce(1, *))
  }

  private var kindCode: ck_reduce_kind {
    switch kind {
    case .mean: CK_REDUCE_MEAN
    case .sum: CK_REDUCE_SUM
    case .max: CK_REDUCE_MAX
    case .min: CK_REDUCE_MIN
    case .product: CK_REDUCE_PRODUCT
    }
  }
}
