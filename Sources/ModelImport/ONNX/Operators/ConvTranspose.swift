import ModelGraph

/// X [N, C, ...] of one to three spatial axes, W [C, O / group, ...], B [O]. Weights become [O, ..., C / group].
func convertConvTranspose(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  let weight = try c.weights(1, "weight")
  let rank = shape.count - 2
  guard weight.shape.count == shape.count, (1...3).contains(rank) else {
    throw c.failure("bad-shape", "weight \(weight.type) does not have the input's rank, or that is none of 3, 4 and 5")
  }
  let kernel = Array(weight.shape.dropFirst(2))
  if let declared = try c.node.integers("kernel_shape"), declared != kernel {
    throw c.failure("bad-attribute", "kernel_shape \(declared) contradicts the weight \(weight.type)")
  }
  let groups = try c.node.integer("group") ?? 1
  guard groups >= 1, weight.shape[0] == shape[1], shape[1] % groups == 0 else {
    throw c.failure("bad-shape", "weight \(weight.type) does not take \(shape[1]) channels in \(groups) groups")
  }
  let window = try transposedWindow(&c, shape, kernel)
  let outputs = weight.shape[1] * groups
  let bias = try c.bias(2, count: outputs)
  // [G, C / G, O / G, ...] to [G, O / G, ..., C / G].
  let split = try c.emit(
    Reshape(shape: [groups, shape[1] / groups, weight.shape[1]] + kernel), [try c.input(1)], part: "weight-groups", output: nil)
  let moved = try c.emit(Transpose(permutation: [0, 2] + Array(3..<3 + rank) + [1]), [split], part: "weight-order", output: nil)
  let spatial = rank == 1 ? [1] + kernel : kernel
  let ordered = try c.emit(Reshape(shape: [outputs] + spatial + [shape[1] / groups]), [moved], part: "weight", output: nil)
  if rank == 3 {
    return [try c.channelsFirst(try c.volumeTransposedConvolution(try c.channelsLast(x), ordered, bias, window, groups: groups))]
  }
  func plane(_ values: [Int], _ absent: Int) -> Size2D { Size2D(rank == 2 ? values[0] : absent, values[rank - 1]) }
  let op = ConvolutionTranspose2D(
    strides: plane(window.strides, 1), dilations: plane(window.dilations, 1), crop: plane(window.crop, 0), size: plane(window.size, 1),
    groups: groups)
  return [try c.emitSpatial(op, x, [ordered] + (bias.map { [$0] } ?? []))]
}

/// pads, output_padding, output_shape and auto_pad: what is cut off before the first output, and how many outputs there are.
private func transposedWindow(_ c: inout ONNXConversion, _ shape: [Int], _ kernel: [Int]) throws(DiagnosticError) -> TransposedWindow {
  let rank = kernel.count
  let strides = try c.entries("strides", rank) ?? Array(repeating: 1, count: rank)
  let dilations = try c.entries("dilations", rank) ?? Array(repeating: 1, count: rank)
  let extra = try c.entries("output_padding", rank) ?? Array(repeating: 0, count: rank)
  let pads = try c.entries("pads", 2 * rank) ?? Array(repeating: 0, count: 2 * rank)
  var declared = try c.node.integers("output_shape")
  if let given = declared, given.count == shape.count { declared = Array(given.dropFirst(2)) }
  let limit = 1 << 20
  guard (kernel + strides + dilations).allSatisfy((1...limit).contains), (extra + pads).allSatisfy((0...limit).contains),
    declared.map({ $0.count == rank && $0.allSatisfy((1...limit).contains) }) ?? true, shape.allSatisfy((0...limit).contains)
  else {
    throw c.failure(
      "bad-attribute",
      "kernel \(kernel), strides \(strides), dilations \(dilations), pads \(pads), output_padding \(extra) or output_shape are out of range"
    )
  }
  let auto = try c.node.string("auto_pad") ?? "NOTSET"
  guard ["NOTSET", "", "VALID", "SAME_UPPER", "SAME_LOWER"].contains(auto) else {
    throw c.failure("bad-attribute", "auto_pad '\(auto)' is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER")
  }
  var (crop, size): ([Int], [Int]) = ([], [])
  for axis in 0..<rank {
    let full = strides[axis] * (shape[axis + 2] - 1) + extra[axis] + (kernel[axis] - 1) * dilations[axis] + 1
    if let target = declared?[axis] ?? (auto.hasPrefix("SAME") ? shape[axis + 2] * strides[axis] : nil) {
      let total = max(0, full - target)
      crop.append(auto == "SAME_UPPER" ? total / 2 : total - total / 2)
      size.append(target)
    } else {
      crop.append(auto == "VALID" ? 0 : pads[axis])
      size.append(auto == "VALID" ? full : full - pads[axis] - pads[axis + rank])
    }
  }
  guard size.allSatisfy({ $0 >= 1 }) else { throw c.failure("bad-shape", "pads \(pads) leave nothing of an output of \(size)") }
  return TransposedWindow(kernel: kernel, strides: strides, dilations: dilations, crop: crop, size: size)
}
