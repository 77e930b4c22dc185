import CKernels
package import ModelGraph

extension MatMul: Lowerable {
  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let (a, b) = (try context.input(node, 0), try context.input(node, 1))
    let output = try context.weightedOutput(node)
    let walk = try BatchWalk(self, context.program[a].shape, context.program[b].shape, context.program[output].shape)
    var parameters = try walk.parameters()
    guard let left = context.program[a].format.quantization, let right = context.program[b].format.quantization else {
      (parameters.scale, parameters.float_min, parameters.float_max) = (scale, clamp.lower, clamp.upper)
      context.emit(
        Instruction(CK_OP_MATMUL_F32, node.name, inputs: [a, b], outputs: [output], parameters: parameters), flags: context.floatFlags)
      return
    }
    guard walk.k <= Self.maximumDepth else {
      throw LoweringError(
        "accumulator-overflow", "a sum of \(walk.k) products can leave a 32-bit accumulator", hint: "convert with --precision float")
    }
    let to = context.program[output].format.quantization
    let factor = Float(Double(left.scale) * Double(right.scale) * Double(scale) / Double(to?.scale ?? 1))
    guard factor.isFinite else {
      throw LoweringError("bad-quantization", "scales \(left.scale), \(right.scale) and \(to?.scale ?? 1) give no finite factor")
    }
    parameters.scale = max(factor, .leastNormalMagnitude)
    parameters.a_zero_point = Int8(truncatingIfNeeded: left.zeroPoint)
    parameters.b_zero_point = Int8(truncatingIfNeeded: right.zeroPoint)
    var flags: UInt16 = 0
    if let to {
      parameters.output_zero_point = Int8(truncatingIfNeeded: to.zeroPoint)
      let levels = to.levels(in: clamp)
      (parameters.output_min, parameters.output_max) = (levels.lowerBound, levels.upperBound)
    } else {
      flags = UInt16(CK_FLAG_F32_OUTPUT.rawValue)
      (parameters.float_min, parameters.float_max) = (clamp.lower, clamp.upper)
    }
    context.emit(Instruction(CK_OP_MATMUL_S8, node.name, inputs: [a, b], outputs: [output], parameters: parameters), flags: flags)
  }
}

/// A product's strides, its batch axes merged where all three tensors step through them alike.
private struct BatchWalk {
  var m, n, k: Int
  var aRow, aDepth, bDepth, bColumn, outputRow: Int
  var batch: [Int] = []
  var aStrides: [Int] = []
  var bStrides: [Int] = []
  var outputStrides: [Int] = []

  /// - Throws: `too-large` where more than four batch axes remain, `bad-graph` where the output's columns are not contiguous.
  init(_ op: MatMul, _ a: [Int], _ b: [Int], _ output: [Int]) throws(LoweringError) {
    let rank = op.outputOrder.count
    let (aShape, bShape) = (op.aOrder.map { a[$0] }, op.bOrder.map { b[$0] })
    let (aAll, bAll) = (rowMajorStrides(a), rowMajorStrides(b))
    let (aOrdered, bOrdered) = (op.aOrder.map { aAll[$0] }, op.bOrder.map { bAll[$0] })
    let outputAll = rowMajorStrides(output)
    var (shape, strides) = (Array(repeating: 1, count: rank), Array(repeating: 0, count: rank))
    for (axis, place) in op.outputOrder.enumerated() { (shape[place], strides[place]) = (output[axis], outputAll[axis]) }
    (m, n, k) = (shape[rank - 2], shape[rank - 1], aShape[aShape.count - 1])
    (aRow, aDepth) = (aOrdered[aOrdered.count - 2], aOrdered[aOrdered.count - 1])
    (bDepth, bColumn) = (bOrdered[bOrdered.count - 2], bOrdered[bOrdered.count - 1])
    // Strides of axes of length 1 are whatever serves the kernels best.
    if k == 1 { (aDepth, bDepth) = (1, 1) }
    outputRow = m == 1 ? n : strides[rank - 2]
    guard n == 1 || strides[rank - 1] == 1 else {
      throw LoweringError("bad-graph", "its output has axes in the order \(op.outputOrder): the product's columns must stay last")
    }
    func broadcastStride(_ axis: Int, _ shape: [Int], _ strides: [Int]) -> Int {
      let own = axis - (rank - shape.count)
      return own < 0 || shape[own] == 1 ? 0 : strides[own]
    }
    for axis in 0..<(rank - 2) where shape[axis] != 1 {
      let (x, y) = (broadcastStride(axis, aShape, aOrdered), broadcastStride(axis, bShape, bOrdered))
      if let last = batch.indices.last, aStrides[last] == x * shape[axis], bStrides[last] == y * shape[axis],
        outputStrides[last] == strides[axis] * shape[axis]
      {
        batch[last] *= shape[axis]
        (aStrides[last], bStrides[last], outputStrides[last]) = (x, y, strides[axis])
      } else {
        batch.append(shape[axis])
        aStrides.append(x)
        bStrides.append(y)
        outputStrides.append(strides[axis])
      }
    }
    guard batch.count <= Int(CK_MATMUL_BATCH_RANK) else {
      throw LoweringError("too-large", "a product over \(batch.count) batch axes, at most \(CK_MATMUL_BATCH_RANK) are supported")
    }
    // One product of many rows where the batch is rows too: b is packed once.
    if let last = batch.last, bStrides[batch.count - 1] == 0, aStrides[batch.count - 1] == m * aRow, outputStrides[batch.count - 1] == m * outputRow
    {
      m *= last
      batch.removeLast()
      aStrides.removeLast()
      bStrides.removeLast()
      outputStrides.removeLast()
    }
  }

  func parameters() throws(LoweringError) -> ck_matmul_parameters {
    var parameters = ck_matmul_parameters()
    (parameters.m, parameters.n, parameters.k) = (try field(m), try field(n), try field(k))
    parameters.batch_rank = UInt32(batch.count)
    setArray(&parameters.batch, try fields(batch, rest: 1))
    setArray(&parameters.a_batch_stride, try fields(aStrides, rest: 0))
    setArray(&parameters.b_batch_stride, try fields(bStrides, rest: 0))
    setArray(&parameters.output_batch_stride, try fields(outputStrides, rest: 0))
    (parameters.a_row_stride, parameters.a_depth_stride) = (try field(aRow), try field(aDepth))
    (parameters.b_depth_stride, parameters.b_column_stride) = (try field(bDepth), try field(bColumn))
    parameters.output_row_stride = try field(outputRow)
    return parameters
  }

  private func fields(_ values: [Int], rest: UInt32) throws(LoweringError) -> [UInt32] {
    var fields: [UInt32] = []
    for index in 0..<Int(CK_MATMUL_BATCH_RANK) { fields.append(index < values.count ? try field(values[index]) : rest) }
    return fields
  }
}
