/// Transposed 2-D convolution: each input pixel adds a kernel, scaled by its value, to the output.
///
/// Inputs: x [N, H, W, C], weight [O, KH, KW, C / groups] (constant), bias [O] (optional, constant). Output [N, OH, OW, O]:
/// y[o] = bias + the sum of x[i] * w[k] over all i, k with i * stride + k * dilation = o + crop. `crop` is the rows and columns left
/// away before the first output, and `size` the output's rows and columns; where nothing reaches, the bias is.
/// `optimized()` replaces it by a convolution whose outputs are interleaved, see `Graph.transposedConvolutionsReplaced`.
package struct ConvolutionTranspose2D: Operator {
  package var strides: Size2D
  package var dilations: Size2D
  package var crop: Size2D
  package var size: Size2D
  package var groups: Int
  /// Fused activation.
  package var clamp: ClampRange

  package init(
    strides: Size2D, dilations: Size2D = Size2D(1, 1), crop: Size2D = Size2D(0, 0), size: Size2D, groups: Int = 1,
    clamp: ClampRange = .none
  ) {
    (self.strides, self.dilations, self.crop, self.size, self.groups, self.clamp) = (strides, dilations, crop, size, groups, clamp)
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
    let limit = 1 << 20
    let positive = [strides.height, strides.width, dilations.height, dilations.width, weight.shape[1], weight.shape[2]]
    guard positive.allSatisfy((1...limit).contains), [crop.height, crop.width].allSatisfy((0...limit).contains) else {
      throw ShapeError(
        "kernel \(weight.shape[1])x\(weight.shape[2]), strides \(strides), dilations \(dilations) or padding \(crop) are out of range")
    }
    guard (1...limit).contains(size.height), (1...limit).contains(size.width) else {
      throw ShapeError("the output would have \(size.height)x\(size.width) pixels")
    }
    return [try checkedType(x.elementType, [x.shape[0], size.height, size.width, outputs])]
  }

  package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard inputs.count > 1, let x = inputs[0], let weight = inputs[1] else { return 0 }
    return clampedProduct(x.shape.dropLast() + weight.shape)
  }
}
