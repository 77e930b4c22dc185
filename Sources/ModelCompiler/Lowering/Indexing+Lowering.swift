import CKernels
package import ModelGraph

extension Gather: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let output = try context.output(node)
    let format = context.program[output].format
    let (input, indices) = (try context.input(node, 0, in: format), try context.input(node, 1))
    let shape = context.program[input].shape
    let batch = shape[..<batchDimensions].reduce(1, *)
    let parameters = ck_gather_parameters(
      batch: try field(batch), outer: try field(shape[batchDimensions..<axis].reduce(1, *)), axis: try field(shape[axis]),
      count: try field(context.program[indices].elementCount / batch), inner: try field(shape[(axis + 1)...].reduce(1, *)),
      element_bytes: UInt32(format.elementBytes))
    context.emit(Instruction(CK_OP_GATHER, node.name, inputs: [input, indices], outputs: [output], parameters: parameters))
  }
}

extension GatherElements: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let output = try context.output(node)
    let format = context.program[output].format
    let (input, indices) = (try context.input(node, 0, in: format), try context.input(node, 1))
    let (shape, walked) = (context.program[input].shape, context.program[indices].shape)
    let walk = try IndexedWalk(shape, axis, walked)
    var parameters = ck_gather_elements_parameters()
    (parameters.element_bytes, parameters.rank) = (UInt32(format.elementBytes), walk.rank)
    setArray(&parameters.dims, walk.dims)
    setArray(&parameters.input_stride, walk.strides)
    (parameters.index_axis, parameters.axis_size) = (walk.axis, try field(shape[axis]))
    context.emit(Instruction(CK_OP_GATHER_ELEMENTS, node.name, inputs: [input, indices], outputs: [output], parameters: parameters))
  }
}

/// Indices of `walked` over a tensor of `shape`, with as few axes as its record holds.
private struct IndexedWalk {
  var rank: UInt32
  var axis: UInt32
  /// Six entries, 1 past the rank; strides 0 there.
  var dims: [UInt32] = []
  var strides: [UInt32] = []

  init(_ shape: [Int], _ axis: Int, _ walked: [Int]) throws(LoweringError) {
    let kept = shape.indices.filter { walked[$0] != 1 || $0 == axis }
    guard kept.count <= Int(CK_MAX_RANK) else {
      throw LoweringError("too-large", "indexing takes \(kept.count) axes, at most \(CK_MAX_RANK) are supported")
    }
    let full = rowMajorStrides(shape)
    (rank, self.axis) = (UInt32(kept.count), UInt32(kept.firstIndex(of: axis) ?? 0))
    for place in 0..<Int(CK_MAX_RANK) {
      dims.append(place < kept.count ? try field(walked[kept[place]]) : 1)
      strides.append(place < kept.count ? try field(full[kept[place]]) : 0)
    }
  }
}

/// Six sizes of indexed axes, 1 past them.
private func indexSizes(_ sizes: ArraySlice<Int>) throws(LoweringError) -> [UInt32] {
  var fields: [UInt32] = []
  for size in sizes { fields.append(try field(size)) }
  return fields + Array(repeating: 1, count: Int(CK_MAX_RANK) - fields.count)
}

extension GatherND: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let output = try context.output(node)
    let format = context.program[output].format
    let (input, indices) = (try context.input(node, 0, in: format), try context.input(node, 1))
    let (shape, tuples) = (context.program[input].shape, context.program[indices].shape)
    let depth = tuples[tuples.count - 1]
    var parameters = ck_gather_nd_parameters()
    parameters.batch = try field(shape[..<batchDimensions].reduce(1, *))
    parameters.count = try field(tuples[batchDimensions...].dropLast().reduce(1, *))
    (parameters.depth, parameters.slice) = (try field(depth), try field(shape[(batchDimensions + depth)...].reduce(1, *)))
    parameters.element_bytes = UInt32(format.elementBytes)
    setArray(&parameters.size, try indexSizes(shape[batchDimensions..<batchDimensions + depth]))
    context.emit(Instruction(CK_OP_GATHER_ND, node.name, inputs: [input, indices], outputs: [output], parameters: parameters))
  }
}

extension ScatterKind {
  fileprivate var code: ck_scatter_kind {
    switch self {
    case .set: CK_SCATTER_SET
    case .add: CK_SCATTER_ADD
    case .multiply: CK_SCATTER_MULTIPLY
    case .maximum: CK_SCATTER_MAXIMUM
    case .minimum: CK_SCATTER_MINIMUM
    }
  }
}

extension LoweringContext {
  /// The data, indices and updates of a scatter, of one format, and its record's `type`.
  fileprivate mutating func scatterOperands(
    _ node: Node
  ) throws(LoweringError) -> (inputs: [TensorID], output: TensorID, type: UInt32, elementBytes: UInt32) {
    let output = try output(node)
    let format = program[output].format
    let inputs = [try input(node, 0, in: format), try input(node, 1), try input(node, 2, in: format)]
    let type = format == .int32 ? graph[node.outputs[0]].type.elementType.wrapCode : format.dtype
    return (inputs, output, type.rawValue, UInt32(format.elementBytes))
  }
}

extension ScatterElements: Lowerable {
  package var hasInt8Form: Bool { kind == .set }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let operands = try context.scatterOperands(node)
    let shape = context.program[operands.output].shape
    let walk = try IndexedWalk(shape, axis, context.program[operands.inputs[1]].shape)
    var parameters = ck_scatter_elements_parameters()
    parameters.count = UInt64(context.program[operands.output].elementCount)
    (parameters.kind, parameters.type, parameters.element_bytes) = (kind.code.rawValue, operands.type, operands.elementBytes)
    parameters.rank = walk.rank
    setArray(&parameters.dims, walk.dims)
    setArray(&parameters.output_stride, walk.strides)
    (parameters.index_axis, parameters.axis_size) = (walk.axis, try field(shape[axis]))
    context.emit(
      Instruction(CK_OP_SCATTER_ELEMENTS, node.name, inputs: operands.inputs, outputs: [operands.output], parameters: parameters))
  }
}

extension ScatterND: Lowerable {
  package var hasInt8Form: Bool { kind == .set }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let operands = try context.scatterOperands(node)
    let (shape, tuples) = (context.program[operands.output].shape, context.program[operands.inputs[1]].shape)
    let depth = tuples[tuples.count - 1]
    var parameters = ck_scatter_nd_parameters()
    (parameters.kind, parameters.type, parameters.element_bytes) = (kind.code.rawValue, operands.type, operands.elementBytes)
    (parameters.count, parameters.depth) = (try field(tuples.dropLast().reduce(1, *)), try field(depth))
    parameters.slice = try field(shape[depth...].reduce(1, *))
    setArray(&parameters.size, try indexSizes(shape[..<depth]))
    context.emit(Instruction(CK_OP_SCATTER_ND, node.name, inputs: operands.inputs, outputs: [operands.output], parameters: parameters))
  }
}
