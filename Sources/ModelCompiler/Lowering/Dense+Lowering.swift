import CKernels
package import ModelGraph

/// output[m][n] = sum over k of input[m][k] * weight[n][k].
struct MatrixProduct {
  var m, n, k: Int
}

extension Dense: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let weight = try context.shape(node, 1)
    let input = try context.input(node, 0)
    let output = try context.weightedOutput(node)
    let rows = try context.shape(node, 0).dropLast().reduce(1, *)
    try context.emitGEMM(node, MatrixProduct(m: rows, n: weight[0], k: weight[1]), input: input, output: output, clamp: clamp)
  }
}

extension LoweringContext {
  /// A GEMM with the weights and bias of `node`.
  mutating func emitGEMM(
    _ node: Node, _ product: MatrixProduct, input: TensorID, output: TensorID, clamp: ClampRange
  ) throws(LoweringError) {
    let isQuantized = program[input].format != .float32
    let target = weightedTarget(node, input: input, output: output)
    let layer = try weightedLayer(
      node, input: input, output: target, channelsPerGroup: product.n, clamp: clamp,
      pack: { packGEMM($0, n: product.n, k: product.k) }, arrange: { $0 })
    let parameters = ck_gemm_parameters(
      m: try field(product.m), n: try field(product.n), k: try field(product.k),
      weight_layout: (isQuantized ? CK_LAYOUT_GEMM_C4X16 : CK_LAYOUT_F32_LINEAR).rawValue,
      input_zero_point: layer.inputZeroPoint, weight_zero_point: layer.weightZeroPoint, output_zero_point: layer.outputZeroPoint,
      output_min: layer.levels.lowerBound, output_max: layer.levels.upperBound,
      float_min: layer.clamp.lower, float_max: layer.clamp.upper)
    emit(
      Instruction(
        program[input].format.isInt16 ? CK_OP_GEMM_S16 : isQuantized ? CK_OP_GEMM_S8 : CK_OP_GEMM_F32, node.name, inputs: [input],
        outputs: [target], constants: layer.constants, parameters: parameters),
      flags: layer.flags)
    try finishWeighted(node, target, output: output)
  }
}
