import ModelGraph

extension ImportedQuantization {
  /// One a layer of the report, in its order.
  package var pictures: [LayerPicture] {
    let layers = graph.nodes.filter { graph.readsFloats($0) && !$0.outputs.isEmpty }
    return zip(layers, layerPictures(of: graph, plan, [:])).filter { isLayer($0.0) }.map(\.1)
  }

  /// What each layer has of the model's own: its range, scale and zero point, and why one runs in float. Nothing was run, so that there is nothing
  /// to compare.
  package var report: QuantizationReport {
    var report = QuantizationReport()
    (report.islands, report.rangeMethod) = (islands, "the model's own")
    let reasons = Dictionary(islands.map { ($0.name, $0.reason) }) { first, _ in first }
    for node in graph.nodes where graph.readsFloats(node) {
      guard let output = node.outputs.first else { continue }
      let isFloat = plan.precisions[node.id] == .float32
      let quantization = isFloat ? nil : plan.activations[output]
      let reason = reasons[node.name].map { "float island: \($0)" }
      guard isLayer(node) else { continue }
      report.layers.append(
        LayerReport(
          name: node.name, op: type(of: node.op).name, precision: plan.precisions[node.id] ?? .int8, lower: quantization?.lower,
          upper: quantization?.upper, scale: quantization?.scale, zeroPoint: quantization?.zeroPoint, clippedShare: 0, reason: reason))
    }
    return report
  }

  /// What only turns levels into floats at an edge is no layer.
  private func isLayer(_ node: Node) -> Bool {
    plan.precisions[node.id] != .float32 || (node.op as? Unary)?.function != .identity || islands.contains { $0.name == node.name }
  }
}
