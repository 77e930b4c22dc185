import ModelGraph
import Quantizer
import Swiftlet

/// `--report FILE.html`: one page that needs nothing else, neither network nor script. What the JSON says, in pictures.
struct HTMLReport {
  let summary: ConversionSummary.Report
  let model: Model
  /// One a layer of the report, in its order; fewer where nothing is known of layers.
  let pictures: [LayerPicture]
  let warnings: [String]
  /// int8 against float on the calibration samples; nil where none were given.
  let comparison: Comparison?

  /// Whether a report of this name is a page.
  static func isName(_ path: String) -> Bool { [".html", ".htm"].contains { path.lowercased().hasSuffix($0) } }

  /// Cards beyond these are folded away.
  private static let openCards = 12

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(summary.output)): quantization report</title>
    <style>
    \(ReportStyle.css)
    </style>
    </head>
    <body>
    <main>
    <header>
    <h1>\(escaped(summary.output))</h1>
    <p class="soft">from \(escaped(summary.source)): \(formattedCount(Int(clamping: summary.macs))) MAC, \(summary.instructions) instructions\(calibrationText)</p>
    </header>
    \(facts)
    \(harm)
    \(bars)
    \(layers)
    \(arenaPicture)
    \(notes)
    <footer>Made by quantize \(Quantize.version). SQNR: 10 log10(sum of float&sup2; / sum of (float - int8)&sup2;), errors of earlier layers included.</footer>
    </main>
    </body>
    </html>

    """
  }

  private var calibrationText: String {
    guard let quantization = summary.quantization, quantization.calibrationSamples > 0 else { return "" }
    return ", calibrated on \(quantization.calibrationSamples) sample\(quantization.calibrationSamples == 1 ? "" : "s"), compared with float on \(quantization.comparedSamples)"
  }

  // MARK: - Key figures

  private var facts: String {
    var cards: [String] = []
    func card(_ label: String, _ value: String, _ note: String) {
      cards.append(
        "<div class=\"card\"><dl><dt>\(escaped(label))</dt><dd class=\"value\">\(escaped(value))</dd><dd class=\"note\">\(escaped(note))</dd></dl></div>")
    }
    if let sqnr = summary.quantization?.outputSQNRDecibels { card("SQNR of the outputs", "\(formatted(sqnr)) dB", "against float, all outputs together") }
    for measured in comparison?.metrics ?? [] {
      card(
        "\(measured.metric.name), calibration samples", Comparison.worded(measured.metric, measured.int8.value, measured.int8.standardError),
        "float \(Comparison.worded(measured.metric, measured.float.value, nil)); int8 less float \(measured.changeText)")
    }
    if let comparison {
      card("file", formattedBytes(summary.fileBytes), "float \(formattedBytes(comparison.float.fileBytes)); source \(formattedBytes(summary.sourceBytes))")
      card("arena", formattedBytes(summary.arenaBytes), "float \(formattedBytes(comparison.float.arenaBytes)); no plan under \(formattedBytes(summary.arenaLowerBoundBytes))")
      card(
        "latency here, one thread", Self.latency(comparison.int8.medianMicroseconds),
        "float \(Self.latency(comparison.float.medianMicroseconds)): \(formatted(comparison.speedup, decimals: 2))x as fast")
    } else {
      card("file", formattedBytes(summary.fileBytes), "source \(formattedBytes(summary.sourceBytes)), weights \(formattedBytes(summary.weightsBytes))")
      card("arena", formattedBytes(summary.arenaBytes), "no plan under \(formattedBytes(summary.arenaLowerBoundBytes))")
    }
    return "<section class=\"facts\" aria-label=\"Key figures\">\n\(cards.joined(separator: "\n"))\n</section>"
  }

  private static func latency(_ microseconds: Double) -> String {
    microseconds < 1_000 ? "\(significantDigits(microseconds, 3)) us" : "\(significantDigits(microseconds / 1_000, 3)) ms"
  }

  // MARK: - What hurts

  private var harm: String {
    guard let quantization = summary.quantization, !quantization.layersByHarm.isEmpty else { return "" }
    let ranked = quantization.layersByHarm
    let named = ranked.filter { quantization.layers[$0].reason != nil }
    let shown = named.isEmpty ? Array(ranked.prefix(5)) : Array(named.prefix(20))
    let rows = shown.enumerated().map { rank, position in
      let layer = quantization.layers[position]
      return """
        <tr><td class="number">\(rank + 1)</td><td><span class="name">\(escaped(layer.name))</span> <span class="tag">\(escaped(layer.op))</span> \
        <span class="tag">\(layer.precision.rawValue)</span></td><td class="number" data-label="SQNR">\(decibelText(layer))</td>\
        \(named.isEmpty ? "" : "<td data-label=\"reason:\">\(escaped(layer.reason ?? ""))</td><td data-label=\"remedy:\">\(escaped(quantization.remedy(for: layer)))</td>")</tr>
        """
    }
    let left = named.count - shown.count
    let lead =
      named.isEmpty
      ? "No layer loses much: all have 20 dB or more. The lowest:"
      : "Lowest first\(left > 0 ? "; \(left) more are in the list below" : "")."
    return """
      <section>
      <h2>What int8 costs, and why</h2>
      <p class="soft">\(lead)</p>
      <div class="card scroll"><table class="stacked"><thead><tr><th class="number">#</th><th>layer</th><th class="number">SQNR</th>\(named.isEmpty ? "" : "<th>reason</th><th>remedy</th>")</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      </section>
      """
  }

  private func decibelText(_ layer: LayerReport) -> String { layer.sqnrDecibels.map { "\(formatted($0)) dB" } ?? "exact" }

  // MARK: - Bars

  private var bars: String {
    guard let layers = summary.quantization?.layers, layers.contains(where: { $0.sqnrDecibels != nil }) else { return "" }
    let full = 60.0
    let rows = layers.map { layer in
      let sqnr = layer.sqnrDecibels ?? full
      let kind = sqnr < 20 ? "bad" : sqnr < 30 ? "fair" : "good"
      let width = coordinate(100 * min(max(sqnr, 1), full) / full)
      return """
        <span class="name" title="\(escaped("\(layer.name), \(layer.op), \(layer.precision.rawValue)"))">\(escaped(shortened(layer.name)))</span>\
        <span class="track"><i class="\(kind)" style="width:\(width)%"></i></span><span class="number">\(decibelText(layer))</span>
        """
    }
    return """
      <section>
      <h2>SQNR of each layer's output</h2>
      <p class="soft">In the order of the net; a full bar is 60 dB. Under 20 dB a layer gets a reason above.</p>
      <div class="card bars">
      \(rows.joined(separator: "\n"))
      </div>
      </section>
      """
  }

  // MARK: - Layers

  private var layers: String {
    guard let quantization = summary.quantization, pictures.count == quantization.layers.count else { return "" }
    // The worst come first; those of which nothing was compared follow in the order of the net.
    let ranked = quantization.layersByHarm
    let order = ranked + quantization.layers.indices.filter { !ranked.contains($0) }
    let cards = order.compactMap { card(quantization.layers[$0], pictures[$0]) }
    guard !cards.isEmpty else { return "" }
    let folded = cards.dropFirst(Self.openCards)
    let rest =
      folded.isEmpty
      ? "" : "<details><summary>\(folded.count) more layer\(folded.count == 1 ? "" : "s")</summary>\n<div class=\"grid\">\n\(folded.joined(separator: "\n"))\n</div></details>"
    return """
      <section>
      <h2>Values and weights</h2>
      <p class="soft">Above, how often calibration saw which value (logarithmic); the shaded band is what the levels cover, red lies outside. Below, each
      output channel's smallest to largest weight; red marks the end of its int8 levels.</p>
      <div class="grid">
      \(cards.prefix(Self.openCards).joined(separator: "\n"))
      </div>
      \(rest)
      </section>
      """
  }

  private func card(_ layer: LayerReport, _ picture: LayerPicture) -> String? {
    let drawings = [HistogramDrawing(picture)?.html, WeightDrawing(picture)?.html].compactMap(\.self)
    guard !drawings.isEmpty else { return nil }
    return """
      <figure><h3 class="name">\(escaped(shortened(layer.name)))</h3>
      <figcaption><span class="tag">\(escaped(layer.op))</span> <span class="tag">\(layer.precision.rawValue)</span> \(decibelText(layer))</figcaption>
      \(drawings.joined(separator: "\n"))
      </figure>
      """
  }

  // MARK: - Notes

  private var notes: String {
    var items = warnings
    if let quantization = summary.quantization {
      if quantization.equalizesChannels { items.append("Channels of unlike range are equalized between layers; the float function is the same.") }
      if quantization.absorbsBiases == true { items.append("Biases are moved between layers, so that channels share a range better.") }
      if quantization.correctsBias { items.append("Biases are corrected for the mean error of the rounded weights.") }
      if !quantization.rangeMethod.isEmpty { items.append("Ranges: \(quantization.rangeMethod).") }
      if let promotion = quantization.promotion { items += Self.told(promotion) }
      items += quantization.islands.map { "Float island: \($0.op) '\($0.name)': \($0.reason)" }
    }
    guard !items.isEmpty else { return "" }
    return "<section>\n<h2>Notes</h2>\n<div class=\"card\"><ul>\n\(items.map { "<li>\(escaped($0))</li>" }.joined(separator: "\n"))\n</ul></div>\n</section>"
  }

  private static func told(_ promotion: PromotionReport) -> [String] {
    let samples = "\(promotion.judgedSamples) sample\(promotion.judgedSamples == 1 ? "" : "s")"
    let lead = "Limit: \(promotion.limit), judged on \(samples): before any promotion \(promotion.before), now \(promotion.after)."
    return [lead] + promotion.promotions.map { "Promoted: \($0.request), \(formatted(100 * $0.noiseShare)) % of the noise that promotions could take away" }
  }

  private var arenaPicture: String { ArenaDrawing(model)?.html ?? "" }
}
