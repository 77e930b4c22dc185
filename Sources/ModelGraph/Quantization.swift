/// The integers that levels are.
package enum LevelWidth: Int, Hashable, Sendable, Codable {
  case int8 = 8
  case int16 = 16

  package var levels: ClosedRange<Int32> { self == .int8 ? -128...127 : -32768...32767 }
}

/// real = (q - zeroPoint) * scale, q in int8 or int16.
package struct AffineQuantization: Hashable, Sendable, Codable {
  /// Positive and finite.
  package var scale: Float
  /// In [-128, 127]; of int16 levels 0.
  package var zeroPoint: Int32
  package var width: LevelWidth

  package init(scale: Float, zeroPoint: Int32, width: LevelWidth = .int8) {
    (self.scale, self.zeroPoint, self.width) = (scale, zeroPoint, width)
  }

  /// The same real numbers as int16 levels, exactly: int8 levels less their zero point.
  package var widened: AffineQuantization { AffineQuantization(scale: scale, zeroPoint: 0, width: .int16) }
}

/// int8 weights with one scale an output channel: w ~ (values - zero point) * scales[channel], channel = first axis of the weight.
package struct QuantizedWeights: Hashable, Sendable {
  package var scales: [Float]
  /// In the order of the graph's constant (convolution OHWI, dense [N, K]); -128 and a zero point are for models that arrive with them.
  package var values: [Int8]
  package var zeroPoint: Int32 = 0
  /// In units of input scale * scales[channel]; zeros where the node has no bias.
  package var bias: [Int64]

  package init(scales: [Float], values: [Int8], zeroPoint: Int32 = 0, bias: [Int64]) {
    (self.scales, self.values, self.zeroPoint, self.bias) = (scales, values, zeroPoint, bias)
  }
}

/// How a node reads and writes floats: as they are, as int8 levels, or as levels of the width that the plan holds each value in.
package enum Precision: String, Hashable, Sendable, Codable {
  case float32, int8, int16
}

/// Everything the compiler needs to lower a graph to int8 and int16.
///
/// A value is computed once, in the width that `activations` says; conversions to what its readers want stand between layers of unlike precision.
package struct QuantizationPlan: Sendable {
  /// For every value that a quantized node reads or writes: how its producer writes it.
  package var activations: [ValueID: AffineQuantization] = [:]
  /// The int8 form of a value of int16 levels, which int8 nodes read; without one they read int16.
  package var narrowed: [ValueID: AffineQuantization] = [:]
  /// For every int8 node with weights.
  package var weights: [NodeID: QuantizedWeights] = [:]
  /// Nodes that run in another precision than int8 (float islands), or all float where the plan is absent.
  package var precisions: [NodeID: Precision] = [:]

  package init() {}
}
