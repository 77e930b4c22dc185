import ModelGraph

/// The weights and bias of a node as the source model holds them.
struct ImportedWeights {
  let node: Node
  let graph: Graph

  init(_ node: Node, in graph: Graph) { (self.node, self.graph) = (node, graph) }

  private func constant(_ index: Int) -> Tensor? { node.inputs.count > index ? node.inputs[index].flatMap { graph[$0].constant } : nil }

  /// Why an int8 kernel cannot take the weights as they are, or nil.
  var floatReason: String? {
    guard let weight = constant(1) else { return "its weight is not a constant" }
    guard let quantized = weight.quantized else { return "the model holds its weight in float" }
    guard quantized.levels.allSatisfy({ (-128...127).contains($0) }) else { return "its weight has more than 8 bits" }
    guard quantized.scales.count == 1 || quantized.axis == 0 else { return "its weight's scales do not follow the output channels" }
    guard Set(quantized.zeroPoints).count == 1 else { return "its weight's zero points differ from channel to channel" }
    return nil
  }

  /// - Precondition: `floatReason` is nil.
  /// - Throws: `bad-quantization` where a bias does not fit, in units of input scale * weight scale, 32 bits beside int8 activations, 2^50
  ///   beside int16 ones.
  func quantized(input: AffineQuantization) throws(DiagnosticError) -> QuantizedWeights {
    guard let weight = constant(1), let quantized = weight.quantized, let channels = weight.shape.first else {
      return QuantizedWeights(scales: [], values: [], bias: [])
    }
    let scales = quantized.scales.count == channels ? quantized.scales : Array(repeating: quantized.scales[0], count: channels)
    return QuantizedWeights(
      scales: scales, values: quantized.levels.map { Int8(truncatingIfNeeded: $0) }, zeroPoint: quantized.zeroPoints[0],
      bias: try bias(channels: channels, scales: scales, input: input))
  }

  /// The model's own integers where they count in units of input scale * weight scale, as they should; else its numbers in those units.
  private func bias(channels: Int, scales: [Float], input: AffineQuantization) throws(DiagnosticError) -> [Int64] {
    guard let bias = constant(2) else { return Array(repeating: 0, count: channels) }
    let range: ClosedRange<Int64> = input.width == .int8 ? Int64(Int32.min)...Int64(Int32.max) : -(1 << 50)...1 << 50
    var result: [Int64] = []
    for channel in 0..<channels {
      let unit = Double(input.scale) * Double(scales[channel])
      var level = Int64(exactly: (Double(bias.floats[channel]) / unit).rounded(.toNearestOrEven))
      if let quantized = bias.quantized {
        let own = quantized.scales.count == 1 ? 0 : channel
        // Scales of biases are products rounded to a float, or, from some exporters, rounded twice.
        if abs(Double(quantized.scales[own]) - unit) <= 1e-5 * unit {
          level = quantized.levels[channel] - Int64(quantized.zeroPoints[own])
        }
      }
      guard let level, range.contains(level) else {
        throw DiagnosticError(
          Diagnostic(
            code: "bad-quantization", node: node.name, sourceOperator: node.sourceOperator,
            message: "bias \(bias.floats[channel]) of channel \(channel), in steps of \(unit), leaves \(range), which its layer takes",
            hint: "the model's scales contradict its weights: quantize it again"))
      }
      result.append(level)
    }
    return result
  }
}
