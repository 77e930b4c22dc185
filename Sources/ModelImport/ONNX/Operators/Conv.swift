import ModelGraph

/// X [N, C, H, W] or [N, C, L], W [O, C / group, KH, KW], B [O]. Weights become OHWI.
func convertConv(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  let weight = try c.weights(1, "weight")
  guard weight.shape.count == shape.count else {
    throw c.failure("bad-shape", "weight \(weight.type) does not have the input's rank", hint: "check the shape given with --shape")
  }
  let kernel = Array(weight.shape.dropFirst(2))
  let window = try c.window(of: shape, kernel: kernel)
  if let declared = try c.node.integers("kernel_shape"), declared != kernel {
    throw c.failure("bad-attribute", "kernel_shape \(declared) contradicts the weight \(weight.type)")
  }
  var oihw = try c.input(1)
  if shape.count == 3 {
    oihw = try c.emit(Reshape(shape: [weight.shape[0], weight.shape[1], 1, weight.shape[2]]), [oihw], part: "weight-2d", output: nil)
  }
  let ohwi = try c.emit(Transpose(permutation: [0, 2, 3, 1]), [oihw], part: "weight", output: nil)
  var parameters: [ValueID?] = [ohwi]
  if c.optionalInput(2) != nil {
    let bias = try c.weights(2, "bias")
    guard bias.shape == [weight.shape[0]] else {
      throw c.failure("bad-shape", "bias must have shape [\(weight.shape[0])], found \(bias.type)")
    }
    parameters.append(try c.input(2))
  }
  let op = Convolution2D(
    strides: window.strides, dilations: window.dilations, padding: window.padding, groups: try c.node.integer("group") ?? 1)
  return [try c.emitSpatial(op, x, parameters)]
}
