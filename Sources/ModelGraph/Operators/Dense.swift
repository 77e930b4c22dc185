/// Fully connected layer: y = x * weight^T + bias over the last axis.
///
/// Inputs: x [..., K], weight [N, K] (constant), bias [N] (optional, constant). Output [..., N].
package struct Dense: Operator {
  /// Fused activation.
  package var clamp: ClampRange
  package init(clamp: ClampRange = .none) { self.clamp = clamp }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    let weight = try required(inputs, 1, "weight", rank: 2)
    guard let depth = x.shape.last, depth == weight.shape[1] else {
      throw ShapeError("the input's last axis must have the weight's \(weight.shape[1]) elements, found \(x)")
    }
    try checkBias(inputs, outputs: weight.shape[0])
    return [try checkedType(x.elementType, x.shape.dropLast() + [weight.shape[0]])]
  }

  package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int {
    guard inputs.count > 1, let weight = inputs[1], let output = outputs.first else { return 0 }
    return clampedProduct(output.shape + weight.shape.dropFirst())
  }
}
