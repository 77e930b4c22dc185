import ModelGraph

/// X [N, C, ...] of one to three spatial axes, W [O, C / group, ...], B [O]. Weights become [O, ..., C / group].
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
  let bias = try c.bias(2, count: weight.shape[0])
  let groups = try c.node.integer("group") ?? 1
  if shape.count == 5 {
    let x = try c.channelsLast(x)
    let ordered = try c.emit(Transpose(permutation: [0, 2, 3, 4, 1]), [try c.input(1)], part: "weight", output: nil)
    return [try c.channelsFirst(try c.volumeConvolution(x, ordered, bias, window.volume, groups: groups))]
  }
  var oihw = try c.input(1)
  if shape.count == 3 {
    oihw = try c.emit(Reshape(shape: [weight.shape[0], weight.shape[1], 1, weight.shape[2]]), [oihw], part: "weight-2d", output: nil)
  }
  let ohwi = try c.emit(Transpose(permutation: [0, 2, 3, 1]), [oihw], part: "weight", output: nil)
  let plane = window.plane
  let op = Convolution2D(strides: plane.strides, dilations: plane.dilations, padding: plane.padding, groups: groups)
  return [try c.emitSpatial(op, x, [ohwi] + (bias.map { [$0] } ?? []))]
}

extension ONNXConversion {
  /// The constant bias of a layer, where it has one.
  func bias(_ index: Int, count: Int) throws(DiagnosticError) -> ValueID? {
    guard optionalInput(index) != nil else { return nil }
    let bias = try weights(index, "bias")
    guard bias.shape == [count] else { throw failure("bad-shape", "bias must have shape [\(count)], found \(bias.type)") }
    return try input(index)
  }
}
