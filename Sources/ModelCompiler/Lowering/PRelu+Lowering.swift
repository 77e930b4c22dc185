import CKernels
package import ModelGraph

extension PRelu: Lowerable {
  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let input = try context.input(node, 0)
    let slope = try context.constant(node, 1, "slope")
    let output = try context.output(node)
    let shape = context.program[input].shape
    // [outer, channels, inner]: the slope varies from the first to the last of its axes of length other than 1.
    let padded = Array(repeating: 1, count: max(0, shape.count - slope.shape.count)) + slope.shape
    let varying = padded.indices.filter { padded[$0] != 1 }
    let span = varying.isEmpty ? 0..<0 : varying[0]..<(varying[varying.count - 1] + 1)
    let inner = varying.isEmpty ? 1 : shape[span.upperBound...].reduce(1, *)
    let channels = shape[span].reduce(1, *)
    let (values, strides) = (slope.floats, broadcastStrides(padded, rank: shape.count))
    var indices = [0]
    for axis in span { indices = indices.flatMap { start in (0..<shape[axis]).map { start + $0 * strides[axis] } } }
    var parameters = ck_prelu_parameters()
    let outer = shape.reduce(1, *) / max(channels * inner, 1)
    let copies = inner == 1 ? Self.copies(ofChannels: channels, outer: outer) : 1
    indices = Array(repeating: indices, count: copies).flatMap(\.self)
    (parameters.outer, parameters.channels) = (try field(outer / copies), try field(channels * copies))
    parameters.inner = try field(inner)
    guard let from = context.program[input].format.quantization, let to = context.program[output].format.quantization else {
      (parameters.float_min, parameters.float_max) = (clamp.lower, clamp.upper)
      context.emit(
        Instruction(
          CK_OP_PRELU_F32, node.name, inputs: [input], outputs: [output],
          constants: [context.program.constants.add(indices.map { values[$0] })], parameters: parameters),
        flags: context.floatFlags)
      return
    }
    let scale = Double(from.scale) / Double(to.scale)
    guard Float(scale).isFinite else {
      throw LoweringError("bad-quantization", "scales \(from.scale) and \(to.scale) give no finite factor")
    }
    parameters.scale = max(Float(scale), .leastNormalMagnitude)
    (parameters.input_zero_point, parameters.output_zero_point) = (from.zeroPoint, to.zeroPoint)
    let levels = to.levels(in: clamp)
    (parameters.output_min, parameters.output_max) = (levels.lowerBound, levels.upperBound)
    let slopes = indices.map { Float(Double(values[$0]) * scale) }
    context.emit(
      Instruction(
        CK_OP_PRELU_S8, node.name, inputs: [input], outputs: [output], constants: [context.program.constants.add(slopes)],
        parameters: parameters))
  }

  /// How many pixels make a row of the kernels: few channels leave most of a vector of 64 empty, so the slopes are repeated until whole vectors of pixels
  /// meet them, or as near to that as 512 slopes come.
  private static func copies(ofChannels channels: Int, outer: Int) -> Int {
    let divisors = (1...max(512 / max(channels, 1), 1)).filter { outer.isMultiple(of: $0) }
    return divisors.first { (channels * $0).isMultiple(of: 64) } ?? divisors.last ?? 1
  }
}
