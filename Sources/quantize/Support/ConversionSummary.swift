import ModelCompiler
import ModelGraph
import Quantizer
import Swiftlet

/// What `quantize MODEL` says at its end, and what `--report` writes.
struct ConversionSummary {
  /// The report's keys are for machines; new ones may be added.
  struct Report: Encodable {
    var source: String
    var output: String
    var sourceBytes: Int
    var fileBytes: Int
    var weightsBytes: Int
    var arenaBytes: Int
    var arenaLowerBoundBytes: Int
    var macs: UInt64
    var instructions: Int
    /// Transposes that move elements and that the layout pass could not remove.
    var residualTransposes: Int
    var quantization: QuantizationReport?

    enum CodingKeys: String, CodingKey {
      case source, output, macs, instructions, quantization
      case sourceBytes = "source_bytes"
      case fileBytes = "file_bytes"
      case weightsBytes = "weights_bytes"
      case arenaBytes = "arena_bytes"
      case residualTransposes = "residual_transposes"
      case arenaLowerBoundBytes = "arena_lower_bound_bytes"
    }
  }

  let report: Report
  private let warnings: [Diagnostic]

  init(
    source: String, sourceBytes: Int, output: String, graph: Graph, model: Model, quantization: QuantizationReport?, warnings: [Diagnostic]
  ) {
    let program = model.programs[0]
    self.warnings = warnings
    report = Report(
      source: source, output: output, sourceBytes: sourceBytes, fileBytes: model.fileBytes, weightsBytes: model.weightsBytes,
      arenaBytes: program.arenaBytes, arenaLowerBoundBytes: program.lowerBoundBytes, macs: program.macs,
      instructions: program.instructions.count, residualTransposes: graph.residualTransposes.count, quantization: quantization)
  }

  var text: String {
    var lines: [String] = []
    if let quantization = report.quantization { lines += layerTable(quantization) }
    let share = Double(report.fileBytes) / Double(max(report.sourceBytes, 1))
    lines.append(
      "\(report.source) \(formattedBytes(report.sourceBytes)) -> \(report.output) \(formattedBytes(report.fileBytes)) (\(formatted(100 * share)) %)")
    lines.append(
      "weights \(formattedBytes(report.weightsBytes)), arena \(formattedBytes(report.arenaBytes)), "
        + "\(formattedCount(Int(clamping: report.macs))) MAC, \(report.instructions) instructions")
    if let quantization = report.quantization {
      if quantization.equalizesChannels { lines.append("channels of unlike range equalized between layers (the float function is the same)") }
      if quantization.absorbsBiases == true { lines.append("biases moved between layers so that channels share a range better") }
      if quantization.roundedLayers > 0 { lines.append("weights of \(quantization.roundedLayers) layers rounded for the least output error") }
      if let promotion = quantization.promotion { lines += promotionLines(promotion) }
      let islands = quantization.islands.map { "\($0.op) '\($0.name)'" }
      lines.append("float islands: \(islands.isEmpty ? "none" : islands.joined(separator: ", "))")
    }
    lines += warnings.map { "warning: \($0)" }
    return lines.joined(separator: "\n")
  }

  private func promotionLines(_ promotion: PromotionReport) -> [String] {
    let samples = "\(promotion.judgedSamples) sample\(promotion.judgedSamples == 1 ? "" : "s")"
    guard !promotion.promotions.isEmpty else { return ["\(promotion.limit): held without promotions (\(promotion.before), \(samples))"] }
    let count = promotion.promotions.count
    let heading =
      "\(promotion.limit): held by \(count) promotion\(count == 1 ? "" : "s"), \(promotion.before) before, \(promotion.after) after "
      + "(\(samples); the cost model says \(formatted(100 * promotion.costIncrease)) % more work)"
    return [heading]
      + promotion.promotions.map { promotion in
        "  \(promotion.op) '\(promotion.layer)' to \(promotion.precision): \(formatted(100 * promotion.noiseShare)) % of the noise "
          + "(--precision '\(promotion.request)')"
      }
  }

  /// Layers that int8 costs most, why, and what was done about it: as many as fit above the figures. `--report` has all.
  private static let shownLayers = 6

  private func layerTable(_ quantization: QuantizationReport) -> [String] {
    let ranked = quantization.layersByHarm
    // What runs in float loses nothing of its own.
    let named = ranked.filter { quantization.layers[$0].reason != nil && quantization.layers[$0].precision != .float32 }
    let shown = (named.isEmpty ? Array(ranked.prefix(3)) : Array(named.prefix(Self.shownLayers))).map { quantization.layers[$0] }
    guard !shown.isEmpty else { return [] }
    var table = TextTable(["", "layer", "op", "precision", "SQNR", named.isEmpty ? "" : "why, and what was done"], leftAligned: [1, 2, 3, 5])
    for (rank, layer) in shown.enumerated() {
      let sqnr = layer.sqnrDecibels.map { "\(formatted($0)) dB" } ?? "-"
      table.append(["\(rank + 1)", shortened(layer.name), layer.op, layer.precision.rawValue, sqnr, layer.reason ?? ""])
      let remedy = quantization.remedy(for: layer)
      if layer.reason != nil, !remedy.isEmpty { table.append(["", "", "", "", "", "-> \(remedy)"]) }
    }
    let count = quantization.layers.count
    let heading =
      named.isEmpty
      ? "\(count) layer\(count == 1 ? "" : "s"), none loses much; the lowest:"
      : "\(named.count) of \(count) layers lose much\(named.count > shown.count ? "; the worst" : ""), those first that others follow from:"
    return [heading, table.rendered(), ""]
  }
}
