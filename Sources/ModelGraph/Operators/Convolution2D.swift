/// 2-D convolution, depthwise and grouped included.
///
/// Inputs: x [N, H, W, C], weight [O, KH, KW, C / groups] (constant), bias [O] (optional, constant). Output [N, OH, OW, O],
/// OH = (H + top + bottom - ((KH - 1) * dilation + 1)) / stride + 1, rounded down. Depthwise: groups == C.
/// A 1-D convolution is one with H = 1.
package struct Convolution2D: Operator {
  package var strides: Size2D
  package var dilations: Size2D
  package var padding: Padding2D
  package var groups: Int
  /// Fused activation.
  package var clamp: ClampRange

  package init(
    strides: Size2D = Size2D(1, 1), dilations: Size2D = Size2D(1, 1), padding: Padding2D = Padding2D(),
    groups: Int = 1, clamp: ClampRange = .none
  ) {
    (self.strides, self.dilations, self.padding, self.groups, self.clamp) = (strides, dilations, padding, groups, clamp)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input", rank: 4)
    let weight = try required(inputs, 1, "weight", rank: 4)
    let (channels, outputs) = (x.shape[3], weight.shape[0])
    guard groups >= 1, channels % groups == 0, outputs % groups == 0 else {
      throw ShapeError("groups \(groups) must divide \(channels) input and \(outputs) output channels")
    }
    guard weight.shape[3] == channels / groups else {
      throw ShapeError("weight takes \(weight.shape[3]) channels a group, input has \(channels / groups)")
    }
    try checkBias(inputs, outputs: outputs)
    let kernel = Size2D(weight.shape[1], weight.shape[2])
    let size = try windowedSize(
      of: Size2D(x.shape[1], x.shape[2]), kernel: kernel, strides: strides, dilations: dilations, padding: padding)
    return [try checkedType(x.elementType, [x.shape[0], size.height, size.width, outputs])]
  }

  package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard inputs.count > 1, let weight = inputs[1], let output = outputs.first else { return 0 }
    return clampedProduct(output.shape + weight.shape.dropFirst())
  }
}
