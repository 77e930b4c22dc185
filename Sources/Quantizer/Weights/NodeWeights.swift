import ModelCompiler
import ModelGraph

/// The weights of one convolution or dense node, channel by channel, before any activation scale is known.
struct NodeWeights {
  let node: Node
  let input: ValueID
  let output: ValueID
  let channels: Int
  let weights: [Float]
  let bias: [Float]
  let taps: TapMoments
  /// Preferred scale of each channel; 0 for channels of zeros.
  let scales: [Float]
  /// The integers that the weights came as, where an int8 kernel can take them: they stay.
  private let given: QuantizedElements?
  /// Levels at the preferred scales, where they are better than the nearest ones.
  var rounded: [Int8]?

  /// Whether the levels are free to choose.
  var canRound: Bool { given == nil }

  private func range(_ channel: Int) -> Range<Int> {
    let depth = channels > 0 ? weights.count / channels : 0
    return channel * depth..<(channel + 1) * depth
  }

  /// - Throws: a diagnostic where weights or bias are not finite.
  /// - Returns: nil where the node has no weights.
  init?(_ node: Node, in graph: Graph, moments: InputMoments, method: QuantizerOptions.WeightScale) throws(DiagnosticError) {
    guard node.inputs.count > 1, let input = node.inputs[0], let weightID = node.inputs[1], let weight = graph[weightID].constant,
      let output = node.outputs.first, let channels = weight.shape.first
    else { return nil }
    (self.node, self.input, self.output, self.channels) = (node, input, output, channels)
    given = ImportedWeights(node, in: graph).floatReason == nil ? weight.quantized : nil
    weights = weight.floats
    let biasID = node.inputs.count > 2 ? node.inputs[2] : nil
    bias = biasID.flatMap { graph[$0].constant?.floats } ?? Array(repeating: 0, count: channels)
    for (role, values) in [("weight", weights), ("bias", bias)] {
      guard let position = values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw DiagnosticError(
        Diagnostic(
          code: "not-finite", node: node.name, sourceOperator: node.sourceOperator,
          message: "\(role) element \(position) is \(values[position])", hint: "export the model again from a sound checkpoint"))
    }
    switch node.op {
    case let op as Convolution2D:
      taps = TapMoments(op, input: graph[input].type.shape, weight: weight.shape, output: graph[output].type.shape, moments)
    case is Dense: taps = TapMoments(dense: graph[input].type, moments)
    default: return nil
    }
    let depth = channels > 0 ? weights.count / channels : 0
    if let given {
      scales = given.scales.count == channels ? given.scales : Array(repeating: given.scales[0], count: channels)
      return
    }
    scales = (0..<channels).map { [weights, taps] channel in
      let slice = weights[channel * depth..<(channel + 1) * depth]
      switch method {
      case .maximum: return WeightScale.covering(slice)
      case .leastError:
        return WeightScale.ofLeastError(slice, importance: taps.meanSquare[taps.group(ofChannel: channel, of: channels)])
      }
    }
  }

  /// The smallest output scale at which every requantization scale stays under 1.
  func smallestOutputScale(inputScale: Float) -> Float {
    (scales.max() ?? 0) * inputScale * (1 + 0x1p-10)
  }

  /// - Parameter correctsBias: subtract the mean that weight errors add to the output: sum over k of (q[k] * scale - w[k]) * E[x[k]].
  ///   Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019, section 4.2.
  func quantized(input: AffineQuantization, outputScale: Float, correctsBias: Bool) -> QuantizedWeights {
    let inputScale = input.scale
    if let given {
      let room = input.width == .int8 ? Double(Int32.max) - 1 : Double(QuantizationPlan.int16MaximumBias)
      let biases = bias.indices.map { channel in
        let steps = (Double(bias[channel]) / (Double(inputScale) * Double(scales[channel]))).rounded(.toNearestOrEven)
        return Int64(max(-room, min(room, steps)))
      }
      return QuantizedWeights(
        scales: scales, values: given.levels.map { Int8(truncatingIfNeeded: $0) }, zeroPoint: given.zeroPoints[0], bias: biases)
    }
    var result = QuantizedWeights(scales: [], values: [], bias: [])
    result.values.reserveCapacity(weights.count)
    for channel in 0..<channels {
      let slice = weights[range(channel)]
      let means = taps.mean[taps.group(ofChannel: channel, of: channels)]
      let quantized = ChannelQuantizer.quantize(
        slice, scale: scales[channel], bias: Double(bias[channel]), inputScale: inputScale, outputScale: outputScale, width: input.width,
        levels: rounded.map { Array($0[range(channel)]) }
      ) { scale, values in
        guard correctsBias else { return 0 }
        var shift = 0.0
        for ((weight, value), mean) in zip(zip(slice, values), means) { shift += (Double(value) * Double(scale) - Double(weight)) * mean }
        return shift
      }
      result.scales.append(quantized.scale)
      result.values += quantized.values
      result.bias.append(quantized.bias)
    }
    return result
  }
}
