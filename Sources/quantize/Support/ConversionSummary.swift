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

  private func layerTable(_ quantization: QuantizationReport) -> [String] {
    var table = TextTable(["layer", "op", "precision", "SQNR", "range", "clipped", "note"], leftAligned: [0, 1, 2, 6])
    let layers = quantization.layers.filter { $0.sqnrDecibels != nil || $0.reason != nil }
    guard !layers.isEmpty else { return [] }
    for layer in layers {
      table.append([
        shortened(layer.name), layer.op, layer.precision.rawValue, layer.sqnrDecibels.map { "\(formatted($0)) dB" } ?? "-",
        layer.lower.flatMap { lower in layer.upper.map { "\(significant(Double(lower))) ... \(significant(Double($0)))" } } ?? "-",
        "\(formatted(100 * layer.clippedShare, decimals: 2)) %", layer.reason ?? "",
      ])
    }
    return [table.rendered(), ""]
  }
}
