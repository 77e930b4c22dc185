/// What was done to hold a limit; its JSON keys are a contract.
package struct PromotionReport: Codable, Hashable, Sendable {
  package struct Promotion: Codable, Hashable, Sendable {
    /// The layer that writes the tensor, or whose weights and arithmetic become float.
    package var layer: String
    package var op: String
    /// Of an int16 promotion: what is held in int16. The name that `--precision` takes; a layer that becomes float has its own.
    package var tensor: String?
    package var precision: String
    /// Of the noise that all candidates together add to the outputs.
    package var noiseShare: Double

    /// The argument of `--precision` that asks for the same.
    package var request: String { "\(tensor ?? layer)=\(precision)" }

    private enum CodingKeys: String, CodingKey {
      case layer, op, tensor, precision
      case noiseShare = "noise_share"
    }
  }

  /// "SQNR of at least 30.0 dB".
  package var limit: String
  /// What was measured of it before any promotion, and after.
  package var before: String
  package var after: String
  package var judgedSamples: Int
  /// Most noise first; empty where int8 holds the limit.
  package var promotions: [Promotion]
  /// By how much the promotions raise the cost model's total.
  package var costIncrease: Double

  private enum CodingKeys: String, CodingKey {
    case limit, before, after, promotions
    case judgedSamples = "judged_samples"
    case costIncrease = "cost_increase"
  }
}
