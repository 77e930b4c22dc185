import CKernels
package import ModelGraph

extension Pool2D: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let image = try context.shape(node, 0)
    var input = try context.input(node, 0)
    let output = try context.output(node)
    let size = context.program[output].shape
    var parameters = try parameters(image, size)
    guard let from = context.program[input].format.quantization, let to = context.program[output].format.quantization else {
      (parameters.float_min, parameters.float_max) = (clamp.lower, clamp.upper)
      parameters.scale = 1
      context.emit(
        Instruction(CK_OP_POOL_F32, node.name, inputs: [input], outputs: [output], parameters: parameters), flags: context.floatFlags)
      return
    }
    let isInt16 = from.width == .int16 || (to.width == .int16 && kind == .average)
    if isInt16 { input = try context.widened(input, for: node) }
    // The largest level is the input's own: another scale is a table after it.
    let pooled = kind == .max && from != to ? context.temporary("\(node.name)/pooled", TensorFormat(from), size) : output
    let target = pooled == output ? to : from
    let levels = target.levels(in: pooled == output ? clamp : .none)
    parameters.scale = kind == .max ? 1 : Float(Double(from.scale) / Double(to.scale))
    (parameters.input_zero_point, parameters.output_zero_point) = (isInt16 ? 0 : from.zeroPoint, target.zeroPoint)
    (parameters.output_min, parameters.output_max) = (levels.lowerBound, levels.upperBound)
    (parameters.float_min, parameters.float_max) = (ClampRange.none.lower, ClampRange.none.upper)
    context.emit(
      Instruction(isInt16 ? CK_OP_POOL_S16 : CK_OP_POOL_S8, node.name, inputs: [input], outputs: [pooled], parameters: parameters),
      flags: isInt16 ? context.wordFlags(pooled) : 0)
    if pooled != output, isInt16 || to.width == .int16 {
      try context.emitRequantize(node, pooled, output, levels: to.levels(in: clamp))
    } else if pooled != output {
      context.emitTable(node, pooled, output) { min(max(from.real($0), Double(clamp.lower)), Double(clamp.upper)) }
    }
  }

  private func parameters(_ image: [Int], _ size: [Int]) throws(LoweringError) -> ck_pool_parameters {
    var parameters = ck_pool_parameters()
    parameters.kind = (kind == .max ? CK_POOL_MAX : CK_POOL_AVERAGE).rawValue
    (parameters.batch, parameters.in_h) = (try field(image[0]), try field(image[1]))
    (parameters.in_w, parameters.channels) = (try field(image[2]), try field(image[3]))
    (parameters.out_h, parameters.out_w) = (try field(size[1]), try field(size[2]))
    (parameters.kernel_h, parameters.kernel_w) = (try field(kernel.height), try field(kernel.width))
    (parameters.stride_h, parameters.stride_w) = (try field(strides.height), try field(strides.width))
    (parameters.dilation_h, parameters.dilation_w) = (try field(dilations.height), try field(dilations.width))
    (parameters.pad_top, parameters.pad_left) = (try field(padding.top), try field(padding.left))
    (parameters.pad_bottom, parameters.pad_right) = (try field(padding.bottom), try field(padding.right))
    parameters.count_includes_pad = countsPadding && kind == .average ? 1 : 0
    return parameters
  }
}
