extension Graph {
  /// The float net that a quantized one stands for: weights as the numbers that their levels are, and where levels end, a clamp. Nets trained
  /// with quantization leave their ReLU6 to that end. It takes and gives real numbers. Other graphs stay as they are.
  package func floatTwin() -> Graph {
    guard isQuantized else { return self }
    var twin = self
    for index in twin.nodes.indices {
      guard let output = twin.nodes[index].outputs.first, let levels = twin[output].quantization else { continue }
      let ends = levels.width.levels
      let (lower, upper) = (Float(ends.lowerBound - levels.zeroPoint) * levels.scale, Float(ends.upperBound - levels.zeroPoint) * levels.scale)
      switch twin.nodes[index].op {
      case var op as Convolution2D:
        op.clamp = op.clamp.then(lower, upper)
        twin.nodes[index].op = op
      case var op as Dense:
        op.clamp = op.clamp.then(lower, upper)
        twin.nodes[index].op = op
      case var op as Binary:
        op.clamp = op.clamp.then(lower, upper)
        twin.nodes[index].op = op
      default: break
      }
    }
    for index in twin.values.indices { twin.values[index].quantization = nil }
    for index in twin.inputs.indices { twin.inputs[index].levelType = nil }
    for index in twin.outputs.indices { twin.outputs[index].levelType = nil }
    return twin.simplified()
  }
}
