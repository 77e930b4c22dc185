import ModelGraph

extension QuantizationReport {
  /// Layers by what int8 costs them: those with a reason of their own first, then those that earlier ones explain, then those whose ranges are not
  /// settled, then all others; each kind from the lowest SQNR up. Positions in `layers`.
  package var layersByHarm: [Int] {
    func kind(_ layer: LayerReport) -> Int {
      guard let reason = layer.reason else { return 3 }
      let kinds = ["masked scores": 4, "too few samples": 2, "error carried": 1]
      return kinds.first { reason.hasPrefix($0.key) }?.value ?? 0
    }
    return layers.indices.filter { layers[$0].sqnrDecibels != nil }.sorted { a, b in
      (kind(layers[a]), layers[a].sqnrDecibels ?? 0, a) < (kind(layers[b]), layers[b].sqnrDecibels ?? 0, b)
    }
  }

  /// What was done against what `layer.reason` says, and what a person can still do.
  package func remedy(for layer: LayerReport) -> String {
    guard let reason = layer.reason else { return layer.precision == .int8 ? "" : "runs in \(layer.precision.rawValue)" }
    let more = layer.precision == .int8 ? "; int16 keeps it: --precision '\(layer.name)=int16'" : "; runs in \(layer.precision.rawValue)"
    switch reason.prefix(while: { $0 != ":" && $0 != "'" }) {
    case "float island": return "runs in float; expect it to be slower"
    case "error carried from ": return "none here: the layer that it names comes first"
    case "outlier channel", "outlier channel of its input ":
      return (equalizesChannels ? "channels equalized between layers where the function stays the same" : "equalizing channels did not bring int8 closer to float")
        + more
    case "clipped range": return "clipped by choice (\(rangeMethod)): finer steps gain more than the clipped values cost" + more
    case "unlike ranges": return "one scale for what is joined, as the operator needs" + more
    case "wide accumulator": return "weight scales enlarged until 32 bits provably hold every sum" + more
    case "too few samples": return "\(rangeMethod) ranges; give more samples, of all kinds that occur"
    case "masked scores": return "none needed"
    case "tiny range": return "none: the values are next to nothing"
    default: return "\(rangeMethod) ranges\(correctsBias ? ", biases corrected" : "")" + more
    }
  }
}
