import ModelGraph

/// Blocks of channels to blocks of pixels and back: a transpose of the image seen with its blocks as axes.

func convertDepthToSpace(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (x, shape, block) = try blockedInput(&c)
  let area = block * block
  guard shape[1] % area == 0 else { throw c.failure("bad-shape", "blocksize \(block) does not divide \(shape[1]) channels") }
  let channels = shape[1] / area
  let split: [Int]
  let order: [Int]
  switch try c.node.string("mode") ?? "DCR" {
  case "DCR": (split, order) = ([block, block, channels], [0, 1, 3, 2, 4, 5])
  case "CRD": (split, order) = ([channels, block, block], [0, 1, 4, 2, 5, 3])
  case let other: throw c.failure("bad-attribute", "mode '\(other)' is neither DCR nor CRD")
  }
  let blocks = [shape[0], shape[2], shape[3]] + split
  return [try rearrange(&c, x, blocks, order, [shape[0], shape[2] * block, shape[3] * block, channels])]
}

func convertSpaceToDepth(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let (x, shape, block) = try blockedInput(&c)
  guard shape[2] % block == 0, shape[3] % block == 0 else {
    throw c.failure("bad-shape", "blocksize \(block) does not divide the image of \(shape[2])x\(shape[3])")
  }
  let (height, width) = (shape[2] / block, shape[3] / block)
  let blocks = [shape[0], height, block, width, block, shape[1]]
  let order: [Int]
  switch try c.node.string("mode") ?? "DCR" {
  case "DCR": order = [0, 1, 3, 2, 4, 5]
  case "CRD": order = [0, 1, 3, 5, 2, 4]
  case let other: throw c.failure("bad-attribute", "mode '\(other)' is neither DCR nor CRD")
  }
  return [try rearrange(&c, x, blocks, order, [shape[0], height, width, shape[1] * block * block])]
}

private func blockedInput(_ c: inout ONNXConversion) throws(DiagnosticError) -> (value: ValueID, shape: [Int], block: Int) {
  let x = try c.input(0)
  guard c.shape(x).count == 4 else { throw c.failure("bad-shape", "needs an image [N, C, H, W]") }
  guard let block = try c.node.integer("blocksize"), (1...1024).contains(block) else {
    throw c.failure("bad-attribute", "attribute 'blocksize' is missing or outside 1 to 1024")
  }
  return (x, c.shape(x), block)
}

private func rearrange(
  _ c: inout ONNXConversion, _ x: ValueID, _ blocks: [Int], _ order: [Int], _ result: [Int]
) throws(DiagnosticError) -> ValueID {
  let nhwc = try c.emit(Transpose(permutation: [0, 2, 3, 1]), [x], part: "to-nhwc", output: nil)
  let split = try c.emit(Reshape(shape: blocks), [nhwc], part: "blocks", output: nil)
  let moved = try c.emit(Transpose(permutation: order), [split], output: nil)
  let joined = try c.emit(Reshape(shape: result), [moved], part: "image", output: nil)
  return try c.emit(Transpose(permutation: [0, 3, 1, 2]), [joined], part: "to-nchw")
}
