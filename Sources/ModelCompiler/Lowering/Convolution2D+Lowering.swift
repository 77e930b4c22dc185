import CKernels
package import ModelGraph

extension Convolution2D: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let (image, kernel) = (try context.shape(node, 0), try context.shape(node, 1))
    let input = try context.input(node, 0)
    let output = try context.weightedOutput(node)
    if let geometry = matrixProduct(image, kernel, context.program[output].shape) {
      try context.emitGEMM(node, geometry, input: input, output: output, clamp: clamp)
      return
    }
    let parameters = try parameters(image, kernel, context.program[output].shape)
    let isQuantized = context.program[input].format != .float32
    let target = context.weightedTarget(node, input: input, output: output)
    let isDepthwise = groups == image[3] && groups > 1
    let (n, taps) = (kernel[0], kernel[1] * kernel[2])
    let layout = isQuantized ? int8Layout(isDepthwise) : CK_LAYOUT_F32_LINEAR
    let layer = try context.weightedLayer(
      node, input: input, output: target, channelsPerGroup: isDepthwise ? n : n / groups, clamp: clamp,
      pack: { weights in
        switch layout {
        case CK_LAYOUT_DEPTHWISE_QUAD: packDepthwise(weights, n: n, kernelHeight: kernel[1], kernelWidth: kernel[2])
        case CK_LAYOUT_CONV_ROW_C4X16: packConvolutionRows(weights, n: n, kernelHeight: kernel[1], rowDepth: kernel[2] * kernel[3])
        default: packConvolutionTaps(weights, groups: groups, n: n, taps: taps, depth: kernel[3])
        }
      },
      arrange: { isDepthwise ? transposeDepthwise($0, n: n, taps: taps) : $0 })
    let opcode =
      switch context.program[input].format {
      case .int16: isDepthwise ? CK_OP_DWCONV2D_S16 : CK_OP_CONV2D_S16
      case .int8: isDepthwise ? CK_OP_DWCONV2D_S8 : CK_OP_CONV2D_S8
      default: isDepthwise ? CK_OP_DWCONV2D_F32 : CK_OP_CONV2D_F32
      }
    context.emit(
      Instruction(
        opcode, node.name, inputs: [input], outputs: [target], constants: layer.constants, parameters: parameters.with(layer, layout)),
      flags: layer.flags)
    try context.finishWeighted(node, target, output: output)
  }

  private func int8Layout(_ isDepthwise: Bool) -> ck_weight_layout {
    if isDepthwise { return CK_LAYOUT_DEPTHWISE_QUAD }
    return groups == 1 && dilations.width == 1 ? CK_LAYOUT_CONV_ROW_C4X16 : CK_LAYOUT_CONV_TAP_C4X16
  }

  /// The matrix product that this convolution is: pointwise, or one window that covers the whole image.
  private func matrixProduct(_ image: [Int], _ kernel: [Int], _ output: [Int]) -> MatrixProduct? {
    guard groups == 1, padding == Padding2D() else { return nil }
    let isPointwise = kernel[1] == 1 && kernel[2] == 1 && strides == Size2D(1, 1)
    let coversImage = kernel[1] == image[1] && kernel[2] == image[2] && dilations == Size2D(1, 1)
    guard isPointwise || coversImage else { return nil }
    return MatrixProduct(m: output[0] * output[1] * output[2], n: kernel[0], k: kernel[1] * kernel[2] * kernel[3])
  }

  private func parameters(_ image: [Int], _ kernel: [Int], _ output: [Int]) throws(LoweringError) -> ck_conv2d_parameters {
    var parameters = ck_conv2d_parameters()
    (parameters.batch, parameters.in_h) = (try field(image[0]), try field(image[1]))
    (parameters.in_w, parameters.in_c) = (try field(image[2]), try field(image[3]))
    (parameters.out_h, parameters.out_w, parameters.out_c) = (try field(output[1]), try field(output[2]), try field(output[3]))
    (parameters.kernel_h, parameters.kernel_w) = (try field(kernel[1]), try field(kernel[2]))
    (parameters.stride_h, parameters.stride_w) = (try field(strides.height), try field(strides.width))
    (parameters.dilation_h, parameters.dilation_w) = (try field(dilations.height), try field(dilations.width))
    (parameters.pad_top, parameters.pad_left) = (try field(padding.top), try field(padding.left))
    parameters.groups = try field(groups)
    return parameters
  }
}

extension ck_conv2d_parameters {
  fileprivate func with(_ layer: WeightedLayer, _ layout: ck_weight_layout) -> ck_conv2d_parameters {
    var result = self
    result.weight_layout = layout.rawValue
    (result.input_zero_point, result.weight_zero_point) = (layer.inputZeroPoint, layer.weightZeroPoint)
    result.output_zero_point = layer.outputZeroPoint
    (result.output_min, result.output_max) = (layer.levels.lowerBound, layer.levels.upperBound)
    (result.float_min, result.float_max) = (layer.clamp.lower, layer.clamp.upper)
    return result
  }
}
