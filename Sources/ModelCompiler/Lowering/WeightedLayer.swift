import CKernels
import ModelGraph

/// The constants of a convolution or dense layer and what its parameters say of the output.
struct WeightedLayer {
  var constants: [ck_constant]
  var flags: UInt16
  var inputZeroPoint: Int32 = 0
  var weightZeroPoint: Int32 = 0
  var outputZeroPoint: Int32 = 0
  var levels: ClosedRange<Int32> = 0...0
  var clamp: ClampRange
}

extension LoweringContext {
  /// Packs the weights and side arrays of a node with inputs x, weight [N, ...], bias, in the order of ck/parameters.h.
  ///
  /// - Parameters:
  ///   - channelsPerGroup: N / groups, by which side arrays are padded to panels of 16.
  ///   - pack: the int8 weights in their layout.
  ///   - arrange: the float weights in theirs.
  mutating func weightedLayer(
    _ node: Node, input: TensorID, output: TensorID, channelsPerGroup: Int, clamp: ClampRange,
    pack: ([Int8]) -> [Int8], arrange: ([Float]) -> [Float]
  ) throws(LoweringError) -> WeightedLayer {
    let weight = try constant(node, 1, "weight")
    let channels = weight.shape[0]
    guard let from = program[input].format.quantization else {
      let bias = node.inputs.count > 2 && node.inputs[2] != nil ? try constant(node, 2, "bias").floats : []
      let padded = bias + Array(repeating: 0, count: max(0, channels - bias.count))
      let constants = [program.constants.add(arrange(weight.floats)), program.constants.add(padded)]
      return WeightedLayer(constants: constants, flags: floatFlags, clamp: clamp)
    }
    guard let weights = plan?.weights[node.id] else {
      throw LoweringError("missing-quantization", "the plan has no int8 weights for it", hint: "calibrate the whole graph")
    }
    guard (-128...127).contains(weights.zeroPoint) else {
      throw LoweringError("bad-quantization", "its weights have zero point \(weights.zeroPoint), expected -128...127")
    }
    guard weights.values.count == weight.count, weights.scales.count == channels, weights.bias.count == channels else {
      throw LoweringError(
        "bad-quantization",
        "the plan has \(weights.values.count) weights, \(weights.scales.count) scales and \(weights.bias.count) biases, "
          + "expected \(weight.count), \(channels) and \(channels)")
    }
    let to = program[output].format.quantization
    let isInt16 = from.width == .int16
    let sums =
      try isInt16 ? int16Sums(of: weights, channels: channels) : provenSums(of: weights, channels: channels, zeroPoint: from.zeroPoint)
    let scales = try requantizationScales(weights.scales, from: from, to: to)
    var layer = WeightedLayer(constants: [], flags: 0, inputZeroPoint: from.zeroPoint, weightZeroPoint: weights.zeroPoint, clamp: clamp)
    if weights.values.contains(-128) { layer.flags |= UInt16(CK_FLAG_FULL_RANGE.rawValue) }
    if let to {
      (layer.outputZeroPoint, layer.levels, layer.clamp) = (to.zeroPoint, to.levels(in: clamp), .none)
      if scales.contains(where: { $0 >= 1 }) { layer.flags |= UInt16(CK_FLAG_LARGE_SCALE.rawValue) }
      if isInt16 { layer.flags |= wordFlags(output) }
    } else {
      layer.flags |= UInt16(CK_FLAG_F32_OUTPUT.rawValue)
    }
    let bias = paddedToPanels(weights.bias, group: channelsPerGroup)
    layer.constants = [
      program.constants.add(pack(weights.values)),
      isInt16 ? program.constants.add(bias) : program.constants.add(bias.map { Int32(truncatingIfNeeded: $0) }),
      program.constants.add(paddedToPanels(sums, group: channelsPerGroup)),
      program.constants.add(paddedToPanels(scales, group: channelsPerGroup)),
    ]
    return layer
  }

  /// Where a layer with weights writes: its output, or, where int8 levels become int16 ones, floats straight from the accumulators, which
  /// `finishWeighted` then rounds. (Products of int16 levels would take twice the time.)
  mutating func weightedTarget(_ node: Node, input: TensorID, output: TensorID) -> TensorID {
    guard program[input].format.isInt8, program[output].format.isInt16 else { return output }
    return temporary("\(program[output].name)/float", .float32, program[output].shape)
  }

  mutating func finishWeighted(_ node: Node, _ target: TensorID, output: TensorID) throws(LoweringError) {
    if target != output { try convert(target, into: output, for: node) }
  }

  /// The output of a layer with weights: levels where the plan has a scale for it, else float straight from the accumulators.
  mutating func weightedOutput(_ node: Node) throws(LoweringError) -> TensorID {
    if let value = node.outputs.first, precision(of: node) != .float32, plan?.activations[value] == nil {
      let tensor = temporary(graph[value].name, .float32, graph[value].type.shape)
      define(value, as: tensor)
      return tensor
    }
    return try output(node)
  }
}

/// Input scale * weight scale / output scale, where the output is float the product alone.
/// - Throws: `bad-quantization` where it is no positive finite float.
private func requantizationScales(
  _ weightScales: [Float], from: AffineQuantization, to: AffineQuantization?
) throws(LoweringError) -> [Float] {
  var scales: [Float] = []
  for (channel, weightScale) in weightScales.enumerated() {
    let scale = Float(Double(from.scale) * Double(weightScale) / Double(to?.scale ?? 1))
    guard weightScale > 0, scale.isFinite else {
      throw LoweringError(
        "bad-quantization",
        "channel \(channel): weight scale \(weightScale), input scale \(from.scale) and output scale \(to?.scale ?? 1) "
          + "give no finite positive factor")
    }
    scales.append(max(scale, .leastNormalMagnitude))
  }
  return scales
}

/// The sum of each channel's weights.
///
/// acc = bias + sum (x - zero point) * w, w less the weights' own zero point. The extremes over every input are reached with x = 127 or -128
/// as w's sign asks; they, the bias and the constant term of each domain (x in s8, or x + 128 in u8) must stay inside 32 bits.
/// - Throws: `accumulator-overflow` with the first channel that leaves 32 bits.
private func provenSums(of weights: QuantizedWeights, channels: Int, zeroPoint: Int32) throws(LoweringError) -> [Int32] {
  let depth = channels == 0 ? 0 : weights.values.count / channels
  let limit = Int(Int32.max)
  var sums: [Int32] = []
  for channel in 0..<channels {
    var (positive, negative) = (0, 0)
    var plain = 0
    for value in weights.values[channel * depth..<(channel + 1) * depth] {
      plain += Int(value)
      let weight = Int(value) - Int(weights.zeroPoint)
      if weight > 0 { positive += weight } else { negative += weight }
    }
    guard let bias = Int(exactly: weights.bias[channel]), abs(bias) <= limit else {
      throw LoweringError(
        "accumulator-overflow", "the bias of channel \(channel) is \(weights.bias[channel]) steps, more than 32 bits hold",
        hint: "the model's scales contradict its weights: quantize it again")
    }
    let (sum, zero) = (positive + negative, Int(zeroPoint))
    let offset = bias - (zero + 128) * sum
    let terms = [plain, sum, bias, bias - zero * sum, offset, offset + 255 * positive, offset + 255 * negative]
    guard terms.allSatisfy({ abs($0) <= limit }) else {
      throw LoweringError(
        "accumulator-overflow", "channel \(channel) of \(depth) weights with bias \(bias) can leave a 32-bit accumulator",
        hint: "calibrate with more typical samples, or convert with --precision float")
    }
    sums.append(Int32(plain))
  }
  return sums
}

extension QuantizationPlan {
  /// Products that one output of a layer with int16 activations can sum.
  package static let int16MaximumDepth = Int(CK_S16_MAX_DEPTH)
  /// Magnitude of its biases, in steps of the accumulator.
  package static let int16MaximumBias: Int64 = 1 << 50
}

/// The sum of each channel's weights, where the input is of int16 levels.
/// - Throws: what CONV2D_S16, DWCONV2D_S16 and GEMM_S16 cannot take: a depth over 65536, a bias over 2^50, a weight zero point.
private func int16Sums(of weights: QuantizedWeights, channels: Int) throws(LoweringError) -> [Int32] {
  let depth = channels == 0 ? 0 : weights.values.count / channels
  guard weights.zeroPoint == 0 else {
    throw LoweringError(
      "bad-quantization", "its weights have zero point \(weights.zeroPoint), expected 0 beside int16 activations",
      hint: "quantize the weights symmetrically")
  }
  guard depth <= QuantizationPlan.int16MaximumDepth else {
    throw LoweringError(
      "too-large", "each output sums \(depth) products of int16 activations, at most \(QuantizationPlan.int16MaximumDepth) are supported",
      hint: "keep this layer in int8 or float")
  }
  if let channel = weights.bias.firstIndex(where: { $0.magnitude > QuantizationPlan.int16MaximumBias }) {
    throw LoweringError(
      "bad-quantization", "the bias of channel \(channel) is \(weights.bias[channel]) steps of the accumulator, at most 2^50 are supported",
      hint: "the model's scales contradict its weights: quantize it again")
  }
  return (0..<channels).map { channel in weights.values[channel * depth..<(channel + 1) * depth].reduce(0) { $0 + Int32($1) } }
}
