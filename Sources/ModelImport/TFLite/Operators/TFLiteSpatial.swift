import ModelGraph

/// TRANSPOSE_CONV: output shape (constant), weight [O, KH, KW, C], x [N, H, W, C], bias [O].
func convertTransposeConvolution(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.transposeConv)
  let size = try node.integers(0, "output shape")
  let weight = try node.constant(1, "weight")
  let x = try node.input(2, "input")
  guard size.count == 4, weight.shape.count == 4, node.shape(of: x).count == 4, size[3] == weight.shape[0] else {
    throw node.fail("bad-shape", "output shape \(size) and weight of shape \(weight.shape) do not fit [N, OH, OW, O] and [O, KH, KW, C]")
  }
  let window = TFLiteWindow(
    isSame: try isSame(options, node), strides: Size2D(try integer(options, 2, 0), try integer(options, 1, 0)))
  // The padding is that of the convolution which would lead back from the output to the input.
  let padding = try node.checked { () throws(ShapeError) in
    try window.padding(image: Size2D(size[1], size[2]), kernel: Size2D(weight.shape[1], weight.shape[2]))
  }
  let bias = try biasVector(node, 3, count: weight.shape[0])
  try node.produce([x, try node.input(1, "weight"), bias], activation: try node.activation(options, 3)) { clamp in
    ConvolutionTranspose2D(
      strides: window.strides, crop: Size2D(padding.top, padding.left), size: Size2D(size[1], size[2]), clamp: clamp)
  }
}

/// CONV_3D: x [N, D, H, W, C], weight [KD, KH, KW, C, O], bias [O].
func convertConvolution3D(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let weight = try node.constant(1, "weight")
  let (options, window) = try volumeWindow(node, image: node.shape(of: x), weight)
  guard weight.shape[3] == node.shape(of: x)[4] else {
    throw node.fail("bad-shape", "weight of shape \(weight.shape) does not fit the input, expected [KD, KH, KW, C, O]")
  }
  let ordered = try node.step(Transpose(permutation: [4, 0, 1, 2, 3]), [try node.input(1, "weight")], "weight-ohwi")
  let bias = try biasVector(node, 2, count: weight.shape[4])
  var emitter = node
  try finish(node, try emitter.volumeConvolution(x, ordered, bias, window, groups: 1), try node.activation(options, 4))
}

/// CONV_3D_TRANSPOSE: output shape (constant), weight [KD, KH, KW, O, C], x [N, D, H, W, C], bias [O].
func convertTransposeConvolution3D(_ node: TFLiteNode) throws(DiagnosticError) {
  let size = try node.integers(0, "output shape")
  let weight = try node.constant(1, "weight")
  let x = try node.input(2, "input")
  guard size.count == 5, size.allSatisfy({ $0 >= 1 }) else {
    throw node.fail("bad-shape", "output shape \(size), expected [N, D, H, W, O]")
  }
  let (options, window) = try volumeWindow(node, image: size, weight)
  guard node.shape(of: x).count == 5, weight.shape[4] == node.shape(of: x)[4], weight.shape[3] == size[4] else {
    throw node.fail("bad-shape", "weight of shape \(weight.shape) does not fit the input, expected [KD, KH, KW, O, C]")
  }
  let ordered = try node.step(Transpose(permutation: [3, 0, 1, 2, 4]), [try node.input(1, "weight")], "weight-ohwi")
  let bias = try biasVector(node, 3, count: size[4])
  let transposed = TransposedWindow(
    kernel: window.kernel, strides: window.strides, dilations: window.dilations, crop: window.before, size: Array(size[1..<4]))
  var emitter = node
  try finish(node, try emitter.volumeTransposedConvolution(x, ordered, bias, transposed, groups: 1), try node.activation(options, 4))
}

/// The window that Conv3DOptions give over an image [N, D, H, W, ...].
private func volumeWindow(
  _ node: TFLiteNode, image: [Int], _ weight: Tensor
) throws(DiagnosticError) -> (options: FlatTable, window: VolumeWindow) {
  let options = try node.requiredOptions(.conv3D)
  guard image.count == 5, weight.shape.count == 5 else {
    throw node.fail("bad-shape", "an input of rank \(image.count) and a weight of shape \(weight.shape), expected rank 5")
  }
  let strides = [try integer(options, 1, 0), try integer(options, 3, 0), try integer(options, 2, 0)]
  let dilations = [try integer(options, 5, 1), try integer(options, 7, 1), try integer(options, 6, 1)]
  let kernel = Array(weight.shape.prefix(3))
  let isSame = try isSame(options, node)
  let plane = TFLiteWindow(isSame: isSame, strides: Size2D(strides[1], strides[2]), dilations: Size2D(dilations[1], dilations[2]))
  let depth = TFLiteWindow(isSame: isSame, strides: Size2D(strides[0], 1), dilations: Size2D(dilations[0], 1))
  let (across, down) = try node.checked { () throws(ShapeError) in
    (
      try plane.padding(image: Size2D(image[2], image[3]), kernel: Size2D(kernel[1], kernel[2])),
      try depth.padding(image: Size2D(image[1], 1), kernel: Size2D(kernel[0], 1))
    )
  }
  let window = VolumeWindow(
    kernel: kernel, strides: strides, dilations: dilations, before: [down.top, across.top, across.left],
    after: [down.bottom, across.bottom, across.right])
  return (options, window)
}

/// The node's output: `value` with its fused activation.
private func finish(_ node: TFLiteNode, _ value: ValueID, _ activation: TFLiteActivation) throws(DiagnosticError) {
  switch activation {
  case .clamp(.none): try node.reshape(value, to: node.shape(of: value))
  case .clamp(let range): try node.produce(Unary(.clip(lower: range.lower, upper: range.upper)), [value])
  default: try node.produce(Unary(.tanh), [value])
  }
}

/// L2_POOL_2D: the root of the mean square over the taps inside the image.
func convertL2Pool(_ node: TFLiteNode) throws(DiagnosticError) {
  let (x, pool, activation) = try poolOperands(node, .average)
  let mean = try node.step(pool, [try node.step(Unary(.square), [x], "square")], "mean")
  if activation == .clamp(.none) { return try node.produce(Unary(.sqrt), [mean]) }
  try finish(node, try node.step(Unary(.sqrt), [mean], "root"), activation)
}

/// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: x [N, H, W, C], size [2] (constant).
///
/// Positions are x * scale, or (x + 1/2) * scale - 1/2 with half pixel centers; the nearest neighbour of half pixel centers is the
/// pixel that (x + 1/2) * scale lies in.
func convertResize(_ node: TFLiteNode) throws(DiagnosticError) {
  let isNearest = node.operatorName == "RESIZE_NEAREST_NEIGHBOR"
  let options = node.options(isNearest ? .resizeNearestNeighbor : .resizeBilinear)
  let alignsCorners = try options?.bool(isNearest ? 0 : 2) ?? false
  let halfPixel = try options?.bool(isNearest ? 1 : 3) ?? false
  let x = try node.input(0, "input")
  let (shape, size) = (node.shape(of: x), try node.integers(1, "size"))
  guard shape.count == 4, size.count == 2, size.allSatisfy((1...(1 << 20)).contains), shape.allSatisfy({ $0 > 0 }) else {
    throw node.fail("bad-shape", "size \(size) does not fit, expected two positive numbers for an image of rank 4")
  }
  var steps: [Resample] = []
  for (axis, count) in zip([1, 2], size) {
    let aligned = alignsCorners && count > 1
    let scale = aligned ? Double(shape[axis] - 1) / Double(count - 1) : Double(shape[axis]) / Double(count)
    let coordinates = (0..<count).map { index -> Double? in
      let place = (Double(index) + (halfPixel ? 0.5 : 0)) * scale
      guard isNearest else { return halfPixel ? place - 0.5 : place }
      // Halves are rounded up.
      return alignsCorners ? (place + 0.5).rounded(.down) : place.rounded(.down)
    }
    guard let op = Resample(axis: axis, size: shape[axis], coordinates: coordinates, isNearest ? .nearest(.floor) : .linear(scale: 1))
    else {
      throw node.fail("bad-shape", "size \(size) is too large")
    }
    if !op.isIdentity(on: shape[axis]) { steps.append(op) }
  }
  // The width first, whose runs are shortest, while there are few rows.
  if steps.count == 2, size[1] * shape[1] <= size[0] * shape[2] { steps.swapAt(0, 1) }
  guard let last = steps.popLast() else { return try node.reshape(x, to: shape) }
  var value = x
  // A quantized model rounds once, at the end; here also between the axes, to the input's levels.
  let levels = node.importer.builder.quantization(of: x)
  for step in steps { value = try node.step(step, [value], "axis\(step.axis)", quantization: levels) }
  try node.produce(last, [value])
}

/// SPACE_TO_BATCH_ND: the pixels of each phase of the blocks become images of their own.
func convertSpaceToBatch(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let (shape, block, pads) = (node.shape(of: x), try blockShape(node), try node.integers(2, "paddings"))
  let rank = block.count
  guard shape.count >= rank + 1, pads.count == 2 * rank, pads.allSatisfy((0...(1 << 24)).contains) else {
    throw node.fail("bad-shape", "block shape \(block) and paddings \(pads) do not fit the input")
  }
  var (before, after) = (shape.map { _ in 0 }, shape.map { _ in 0 })
  for axis in 0..<rank { (before[axis + 1], after[axis + 1]) = (pads[2 * axis], pads[2 * axis + 1]) }
  let padded = try node.step(Pad(before: before, after: after), [x], "padded")
  let size = node.shape(of: padded)
  guard (0..<rank).allSatisfy({ size[$0 + 1].isMultiple(of: block[$0]) }) else {
    throw node.fail("bad-shape", "the padded image \(size) does not divide into blocks of \(block)")
  }
  let rest = Array(size[(rank + 1)...])
  let blocks: [Int] = (0..<rank).map { size[$0 + 1] / block[$0] }
  let split = [size[0]] + zip(blocks, block).flatMap { [$0, $1] } + rest
  var order: [Int] = (0..<rank).map { 2 * $0 + 2 } // the places in a block, the images, the blocks, the rest
  order += [0] + (0..<rank).map { 2 * $0 + 1 }
  order += 2 * rank + 1..<split.count
  let moved = try node.step(Transpose(permutation: order), [try node.step(Reshape(shape: split), [padded], "blocks")], "phases")
  let images = [size[0] * block.reduce(1, *)] + blocks + rest
  try node.reshape(moved, to: images)
  if rank == 2, shape.count == 4 {
    let phases = try node.importer.value(of: node.op.outputs[0])
    node.importer.phaseImages[phases] = TFLitePhaseImages(source: x, block: block, pads: pads)
  }
}

/// BATCH_TO_SPACE_ND: the inverse. Behind a convolution of phase images it makes that a dilated convolution of the whole image.
func convertBatchToSpace(_ node: TFLiteNode) throws(DiagnosticError) {
  let x = try node.input(0, "input")
  let (shape, block, crops) = (node.shape(of: x), try blockShape(node), try node.integers(2, "crops"))
  let (rank, count) = (block.count, block.reduce(1, *))
  guard shape.count >= rank + 1, crops.count == 2 * rank, crops.allSatisfy((0...(1 << 24)).contains), shape[0].isMultiple(of: count) else {
    throw node.fail("bad-shape", "block shape \(block) and crops \(crops) do not fit the input")
  }
  if let (op, inputs) = dilated(node, x, block, crops) { return try node.produce(op, inputs) }
  let rest = Array(shape[(rank + 1)...])
  let split = try node.step(Reshape(shape: block + [shape[0] / count] + Array(shape[1...])), [x], "phases")
  let order = [rank] + (0..<rank).flatMap { [rank + 1 + $0, $0] } + Array(2 * rank + 1..<2 * rank + 1 + rest.count)
  let moved = try node.step(Transpose(permutation: order), [split], "blocks")
  let full = [shape[0] / count] + (0..<rank).map { shape[$0 + 1] * block[$0] } + rest
  let image = try node.step(Reshape(shape: full), [moved], "image")
  var range = SliceRange(full)
  for axis in 0..<rank {
    range.starts[axis + 1] = crops[2 * axis]
    range.counts[axis + 1] = full[axis + 1] - crops[2 * axis] - crops[2 * axis + 1]
  }
  try node.produce(range.op, [image])
}

/// What SPACE_TO_BATCH_ND made of an image.
struct TFLitePhaseImages {
  var source: ValueID
  var block: [Int]
  /// Before and after each axis.
  var pads: [Int]
}

/// A convolution of phase images, with steps of 1 and no padding of its own, as a dilated convolution; nil where it is none, or where the
/// crops are larger than the padding.
private func dilated(_ node: TFLiteNode, _ x: ValueID, _ block: [Int], _ crops: [Int]) -> (Convolution2D, [ValueID?])? {
  guard let producer = node.importer.builder.graph.nodes.last(where: { $0.outputs.contains(x) }),
    var conv = producer.op as? Convolution2D, let input = producer.inputs[0], let phases = node.importer.phaseImages[input],
    phases.block == block, conv.strides == Size2D(1, 1), conv.dilations == Size2D(1, 1), conv.padding == Padding2D(),
    zip(phases.pads, crops).allSatisfy({ $0 >= $1 })
  else { return nil }
  let pads = zip(phases.pads, crops).map { $0 - $1 }
  conv.dilations = Size2D(block[0], block[1])
  conv.padding = Padding2D(top: pads[0], left: pads[2], bottom: pads[1], right: pads[3])
  return (conv, [phases.source] + producer.inputs.dropFirst())
}

private func blockShape(_ node: TFLiteNode) throws(DiagnosticError) -> [Int] {
  let block = try node.integers(1, "block shape")
  guard (1...2).contains(block.count), block.allSatisfy((1...4096).contains) else {
    throw node.fail("bad-attribute", "block shape \(block), expected one or two numbers from 1 to 4096")
  }
  return block
}
