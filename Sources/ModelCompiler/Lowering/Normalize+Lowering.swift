import CKernels
package import ModelGraph

extension Normalize: Lowerable {
  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let input = try context.input(node, 0)
    let shape = context.program[input].shape
    let gamma = try parameter(node, 1, rank: shape.count, &context), beta = try parameter(node, 2, rank: shape.count, &context)
    let varying = shape.indices.map { max(gamma?.shape[$0] ?? 1, beta?.shape[$0] ?? 1) }
    let output = try context.output(node)
    if let block = block(shape, gamma: varying) {
      try emit(node, block, shape, gamma, beta, input, output, &context)
      return
    }
    let order = blockOrder(shape, gamma: varying)
    let inwards = StridedCopy(transposing: shape, order)
    let outwards = StridedCopy(dims: inwards.dims, inputStrides: inwards.outputStrides, outputStrides: inwards.inputStrides)
    var inverse = order
    for (place, axis) in order.enumerated() { inverse[axis] = place }
    let moved = Normalize(kind, axes: axes.map { inverse[$0] }.sorted(), epsilon: epsilon, clamp: clamp)
    guard let block = moved.block(inwards.dims, gamma: order.map { varying[$0] }, limit: .max) else {
      throw LoweringError("bad-graph", "cannot arrange \(shape) to normalize axes \(axes)")
    }
    let transposed = context.temporary("\(node.name)/transposed", context.program[input].format, inwards.dims)
    let result = context.temporary("\(node.name)/normalized", context.program[output].format, inwards.dims)
    try context.emitCopy(node, inwards, from: input, to: transposed)
    try moved.emit(
      node, block, inwards.dims, gamma.map { rearranged($0, order) }, beta.map { rearranged($0, order) }, transposed, result, &context)
    try context.emitCopy(node, outwards, from: result, to: output)
  }

  /// Gamma or beta with the rank of the input.
  private func parameter(
    _ node: Node, _ index: Int, rank: Int, _ context: inout LoweringContext
  ) throws(LoweringError) -> Tensor? {
    guard node.inputs.count > index, node.inputs[index] != nil else { return nil }
    let tensor = try context.constant(node, index, index == 1 ? "gamma" : "beta")
    return tensor.reshaped(Array(repeating: 1, count: max(0, rank - tensor.shape.count)) + tensor.shape)
  }

  private func emit(
    _ node: Node, _ block: Block, _ shape: [Int], _ gamma: Tensor?, _ beta: Tensor?, _ input: TensorID, _ output: TensorID,
    _ context: inout LoweringContext
  ) throws(LoweringError) {
    var parameters = ck_normalize_parameters()
    parameters.kind = kindCode.rawValue
    (parameters.outer, parameters.axis) = (try field(block.outer), try field(block.axis))
    (parameters.channels, parameters.groups) = (try field(block.groups * block.size), try field(block.groups))
    parameters.epsilon = epsilon
    let from = context.program[input].format.quantization, to = context.program[output].format.quantization
    var constants: [ck_constant] = []
    if gamma != nil || beta != nil {
      let unit = Float(1 / Double(to?.scale ?? 1))
      let channels = block.groups * block.size
      let factors = gamma.map { broadcast($0, to: shape, channels) } ?? Array(repeating: 1, count: channels)
      let offsets = beta.map { broadcast($0, to: shape, channels) } ?? Array(repeating: 0, count: channels)
      constants = [context.program.constants.add(factors.map { $0 * unit }), context.program.constants.add(offsets.map { $0 * unit })]
    }
    guard let from, let to else {
      (parameters.float_min, parameters.float_max) = (clamp.lower, clamp.upper)
      context.emit(
        Instruction(CK_OP_NORMALIZE_F32, node.name, inputs: [input], outputs: [output], constants: constants, parameters: parameters),
        flags: context.floatFlags)
      return
    }
    let count = block.axis * block.size
    guard count <= Self.maximumCount else {
      throw LoweringError(
        "accumulator-overflow", "statistics over \(count) values can leave 64 bits", hint: "convert with --precision float")
    }
    (parameters.input_scale, parameters.output_scale_inverse) = (from.scale, Float(1 / Double(to.scale)))
    (parameters.input_zero_point, parameters.output_zero_point) = (from.zeroPoint, to.zeroPoint)
    let levels = to.levels(in: clamp)
    (parameters.output_min, parameters.output_max) = (levels.lowerBound, levels.upperBound)
    context.emit(
      Instruction(CK_OP_NORMALIZE_S8, node.name, inputs: [input], outputs: [output], constants: constants, parameters: parameters))
  }

  /// One entry a channel: the last `channels` elements of the tensor's shape, along which alone the parameter varies.
  private func broadcast(_ tensor: Tensor, to shape: [Int], _ channels: Int) -> [Float] {
    let (values, strides) = (tensor.floats, broadcastStrides(tensor.shape, rank: shape.count))
    var (indices, count) = ([0], 1)
    for axis in shape.indices.reversed() where count < channels {
      indices = (0..<shape[axis]).flatMap { place in indices.map { $0 + place * strides[axis] } }
      count *= shape[axis]
    }
    return indices.map { values[$0] }
  }

  private func rearranged(_ tensor: Tensor, _ order: [Int]) -> Tensor {
    let strides = rowMajorStrides(tensor.shape), dims = order.map { tensor.shape[$0] }
    var indices = [0]
    for (axis, dim) in zip(order, dims) { indices = indices.flatMap { start in (0..<dim).map { start + $0 * strides[axis] } } }
    let values = tensor.floats
    return Tensor(shape: dims, floats: indices.map { values[$0] })
  }

  private var kindCode: ck_normalize_kind {
    switch kind {
    case .standard: CK_NORMALIZE_STANDARD
    case .rootMeanSquare: CK_NORMALIZE_RMS
    case .l2: CK_NORMALIZE_L2
    case .l1: CK_NORMALIZE_L1
    }
  }
}
