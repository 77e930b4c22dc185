/// real = (q - zeroPoint) * scale, q in int8.
package struct AffineQuantization: Hashable, Sendable, Codable {
  /// Positive and finite.
  package var scale: Float
  /// In [-128, 127].
  package var zeroPoint: Int32

  package init(scale: Float, zeroPoint: Int32) { (self.scale, self.zeroPoint) = (scale, zeroPoint) }
}

/// int8 weights with one scale an output channel: w ~ (values - zero point) * scales[channel], channel = first axis of the weight.
package struct QuantizedWeights: Hashable, Sendable {
  package var scales: [Float]
  /// In the order of the graph's constant (convolution OHWI, dense [N, K]); -128 and a zero point are for models that arrive with them.
  package var values: [Int8]
  package var zeroPoint: Int32 = 0
  /// In units of input scale * scales[channel]; zeros where the node has no bias.
  package var bias: [Int32]

  package init(scales: [Float], values: [Int8], zeroPoint: Int32 = 0, bias: [Int32]) {
    (self.scales, self.values, self.zeroPoint, self.bias) = (scales, values, zeroPoint, bias)
  }
}

package enum Precision: String, Hashable, Sendable, Codable {
  case float32, int8
}

/// Everything the compiler needs to lower a graph to int8.
package struct QuantizationPlan: Sendable {
  /// For every value that an int8 node reads or writes.
  package var activations: [ValueID: AffineQuantization] = [:]
  /// For every int8 node with weights.
  package var weights: [NodeID: QuantizedWeights] = [:]
  /// Nodes that run in another precision than int8 (float islands), or all float where the plan is absent.
  package var precisions: [NodeID: Precision] = [:]

  package init() {}
}
