/// A figure of merit of a net's outputs over samples.
package enum Metric: Hashable, Sendable {
  /// Share of rows of which the label is among the K largest scores.
  case top(Int)
  /// Share of rows in which the largest score is the float net's.
  case agreement
  /// Area under the ROC curve of a score against labels 0 and 1: of a lone score, or of two the second less the first.
  case auc
  /// The same of how far the first output is from the first input, as a mean square: an autoencoder's anomaly score.
  case reconstructionAUC
  /// Mean over the samples of |output - label|, and of its square, averaged over the elements of the first output.
  case meanAbsoluteError
  case meanSquaredError
  /// Mean over the samples of the cosine of the angle between all outputs and the float net's.
  case cosine
  /// 10 log10(sum of float^2 / sum of (float - output)^2) over all outputs and samples, in dB.
  case sqnr
  /// What a program of the user's makes of the outputs; larger is better.
  case program

  /// What a metric holds the outputs against.
  package enum Truth: Hashable, Sendable { case classes, binary, values, float, none }

  package init?(name: String) {
    switch name {
    case "top-1": self = .top(1)
    case "agreement": self = .agreement
    case "auc": self = .auc
    case "auc-reconstruction": self = .reconstructionAUC
    case "mean-absolute-error": self = .meanAbsoluteError
    case "mean-squared-error": self = .meanSquaredError
    case "cosine": self = .cosine
    case "sqnr": self = .sqnr
    default: return nil
    }
  }

  package static let names = ["top-1", "agreement", "auc", "auc-reconstruction", "mean-absolute-error", "mean-squared-error", "cosine", "sqnr"]

  package var name: String {
    switch self {
    case .top(let k): "top-\(k)"
    case .agreement: "agreement"
    case .auc: "auc"
    case .reconstructionAUC: "auc-reconstruction"
    case .meanAbsoluteError: "mean-absolute-error"
    case .meanSquaredError: "mean-squared-error"
    case .cosine: "cosine"
    case .sqnr: "sqnr"
    case .program: "program"
    }
  }

  package var truth: Truth {
    switch self {
    case .top: .classes
    case .auc, .reconstructionAUC: .binary
    case .meanAbsoluteError, .meanSquaredError: .values
    case .agreement, .cosine, .sqnr: .float
    case .program: .none
    }
  }

  package var higherIsBetter: Bool { self != .meanAbsoluteError && self != .meanSquaredError }

  /// Whether the metric is a share of 1: people read it in percent, and count a loss in points, a hundredth each.
  package var isShare: Bool {
    switch self {
    case .top, .agreement, .auc, .reconstructionAUC: true
    default: false
    }
  }

  /// What `quantized` is worse by than `float`, in points of shares, else in the metric's own unit; negative where it is better.
  package func drop(from float: Double, to quantized: Double) -> Double {
    (higherIsBetter ? float - quantized : quantized - float) * (isShare ? 100 : 1)
  }
}
