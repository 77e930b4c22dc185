import ModelGraph

/// CONV_2D: x [N, H, W, C], weight [O, KH, KW, C / groups], bias [O]. The groups follow from the weight's depth.
func convertConvolution(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.conv2D)
  let x = try node.input(0, "input")
  let weight = try node.constant(1, "weight")
  guard weight.shape.count == 4, let depth = weight.shape.last, depth >= 1, let channels = node.shape(of: x).last,
    channels >= depth, channels.isMultiple(of: depth)
  else {
    throw node.fail("bad-shape", "weight of shape \(weight.shape) does not fit the input, expected [O, KH, KW, C / groups]")
  }
  let window = TFLiteWindow(
    isSame: try isSame(options, node), strides: Size2D(try integer(options, 2, 0), try integer(options, 1, 0)),
    dilations: Size2D(try integer(options, 5, 1), try integer(options, 4, 1)))
  try convolve(
    node, x, try node.input(1, "weight"), window: window, groups: channels / depth, activation: try node.activation(options, 3))
}

/// DEPTHWISE_CONV_2D: weight [1, KH, KW, C * multiplier], output channel = c * multiplier + m.
func convertDepthwiseConvolution(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.depthwiseConv2D)
  let x = try node.input(0, "input")
  let weight = try node.constant(1, "weight")
  guard weight.shape.count == 4, weight.shape[0] == 1, let channels = node.shape(of: x).last, channels >= 1,
    weight.count > 0, weight.shape[3].isMultiple(of: channels)
  else {
    throw node.fail("bad-shape", "weight of shape \(weight.shape) does not fit the input, expected [1, KH, KW, C * multiplier]")
  }
  let window = TFLiteWindow(
    isSame: try isSame(options, node), strides: Size2D(try integer(options, 2, 0), try integer(options, 1, 0)),
    dilations: Size2D(try integer(options, 6, 1), try integer(options, 5, 1)))
  // [1, KH, KW, O] to [O, KH, KW, 1].
  let grouped = weight.transposed([3, 1, 2, 0])
  let name = node.importer.model.tensors[node.op.inputs[1]].name
  try convolve(
    node, x, node.importer.builder.addConstant(grouped, name: name), window: window, groups: channels,
    activation: try node.activation(options, 4))
}

private func convolve(
  _ node: TFLiteNode, _ x: ValueID, _ weight: ValueID, window: TFLiteWindow, groups: Int, activation: TFLiteActivation
) throws(DiagnosticError) {
  let (image, kernel) = (node.shape(of: x), node.shape(of: weight))
  guard image.count == 4 else { throw node.fail("bad-shape", "the input must have rank 4, found \(node.type(of: x))") }
  let padding = try node.checked { () throws(ShapeError) in
    try window.padding(image: Size2D(image[1], image[2]), kernel: Size2D(kernel[1], kernel[2]))
  }
  let bias = try biasVector(node, 2, count: kernel[0])
  try node.produce([x, weight, bias], activation: activation) { clamp in
    Convolution2D(strides: window.strides, dilations: window.dilations, padding: padding, groups: groups, clamp: clamp)
  }
}

/// The bias as a constant [count], where the node has one. Integers count in units of input scale * weight scale.
func biasVector(_ node: TFLiteNode, _ index: Int, count: Int) throws(DiagnosticError) -> ValueID? {
  guard let value = try node.optionalInput(index) else { return nil }
  let tensor = try node.constant(of: value, "bias")
  guard tensor.count == count else { throw node.fail("bad-shape", "bias has \(tensor.count) elements, expected \(count)") }
  if let levels = tensor.integers {
    guard let input = node.importer.builder.quantization(of: try node.input(0, "input")),
      let weight = try node.constant(1, "weight").quantized
    else { throw node.fail("unsupported-type", "its bias is \(tensor.type) beside a float input or weight, expected float32") }
    let scales = weight.scales.map { input.scale * $0 }
    guard scales.count == 1 || scales.count == count else {
      throw node.fail("bad-shape", "its weight has \(scales.count) scales, expected one or \(count)")
    }
    let quantized = QuantizedElements(levels: levels, scales: scales, zeroPoints: Array(repeating: 0, count: scales.count))
    return node.addConstant(Tensor(shape: [count], quantized: quantized), "bias")
  }
  return tensor.shape == [count] ? value : node.addConstant(tensor.reshaped([count]), "bias")
}

/// AVERAGE_POOL_2D and MAX_POOL_2D; an average counts the taps inside the image only.
func convertPool(_ node: TFLiteNode, _ kind: Pool2D.Kind) throws(DiagnosticError) {
  let (x, pool, activation) = try poolOperands(node, kind)
  try node.produce([x], activation: activation) { clamp in
    var clamped = pool
    clamped.clamp = clamp
    return clamped
  }
}

func poolOperands(
  _ node: TFLiteNode, _ kind: Pool2D.Kind
) throws(DiagnosticError) -> (x: ValueID, pool: Pool2D, activation: TFLiteActivation) {
  let options = try node.requiredOptions(.pool2D)
  let x = try node.input(0, "input")
  let image = node.shape(of: x)
  guard image.count == 4 else { throw node.fail("bad-shape", "the input must have rank 4, found \(node.type(of: x))") }
  let window = TFLiteWindow(
    isSame: try isSame(options, node), strides: Size2D(try integer(options, 2, 0), try integer(options, 1, 0)))
  let kernel = Size2D(try integer(options, 4, 0), try integer(options, 3, 0))
  let padding = try node.checked { () throws(ShapeError) in
    try window.padding(image: Size2D(image[1], image[2]), kernel: kernel)
  }
  return (x, Pool2D(kind, kernel: kernel, strides: window.strides, padding: padding), try node.activation(options, 5))
}

func integer(_ options: FlatTable, _ field: Int, _ fallback: Int32) throws(DiagnosticError) -> Int {
  Int(try options.integer(field, default: fallback))
}

/// Field 0 of every windowed operator's options: enum Padding { SAME, VALID }.
func isSame(_ options: FlatTable, _ node: TFLiteNode) throws(DiagnosticError) -> Bool {
  let code: Int8 = try options.integer(0, default: 0)
  guard code == 0 || code == 1 else { throw node.fail("unsupported-attribute", "padding \(code) is neither SAME nor VALID") }
  return code == 0
}
