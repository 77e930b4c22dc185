package import ModelGraph

/// How each layer fared in int8: what a person reads to find the one that hurts.
package struct QuantizationReport: Codable, Hashable, Sendable {
  /// In graph order.
  package var layers: [LayerReport] = []
  /// Nodes that run in float because they have no int8 form.
  package var islands: [Island] = []
  /// Samples calibrated on, and those on which int8 was compared with float.
  package var calibrationSamples = 0
  package var comparedSamples = 0
  /// "least error", "min-max" or "percentile 99.9".
  package var rangeMethod = ""
  package var correctsBias = false
  package var equalizesChannels = false
  /// Whether biases were moved between layers, towards ranges that all channels of a tensor share; nil where not. See `BiasAbsorption`.
  package var absorbsBiases: Bool?
  /// Of all graph outputs together; nil where they are exact.
  package var outputSQNRDecibels: Double?

  package var effort = ""
  /// Layers whose weights were rounded for the least output error.
  package var roundedLayers = 0
  /// Where a limit was to be held.
  package var promotion: PromotionReport?

  package struct Island: Codable, Hashable, Sendable {
    package var name: String
    package var op: String
    package var reason: String
  }

  private enum CodingKeys: String, CodingKey {
    case layers, islands, effort, promotion
    case roundedLayers = "rounded_layers"
    case calibrationSamples = "calibration_samples"
    case comparedSamples = "compared_samples"
    case rangeMethod = "range_method"
    case correctsBias = "corrects_bias"
    case equalizesChannels = "equalizes_channels"
    case absorbsBiases = "absorbs_biases"
    case outputSQNRDecibels = "output_sqnr_db"
  }
}

/// One node's first output in int8 against the float run.
package struct LayerReport: Codable, Hashable, Sendable {
  package var name: String
  package var op: String
  package var precision: Precision
  /// 10 log10(sum of float^2 / sum of (float - int8)^2), errors of earlier layers included; nil where nothing differs, or all is zero.
  package var sqnrDecibels: Double?
  /// The range that int8 represents; what was seen, where the node runs in float. Nil of a float layer of a model that came quantized.
  package var lower: Float?
  package var upper: Float?
  /// Smallest and largest value that calibration saw; nil where there was none.
  package var observedLower: Float?
  package var observedUpper: Float?
  package var scale: Float?
  package var zeroPoint: Int32?
  /// Share of the float values that lie outside the range.
  package var clippedShare: Double
  /// Why the SQNR is low; nil where it is not.
  package var reason: String?

  private enum CodingKeys: String, CodingKey {
    case name, op, precision, lower, upper, scale, reason
    case sqnrDecibels = "sqnr_db"
    case observedLower = "observed_lower"
    case observedUpper = "observed_upper"
    case zeroPoint = "zero_point"
    case clippedShare = "clipped_share"
  }
}
