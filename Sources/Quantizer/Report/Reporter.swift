import ModelGraph
import Swiftlet

/// Runs a finished plan beside float and words what each layer lost.
struct Reporter {
  let graph: Graph
  let builder: PlanBuilder
  let statistics: Statistics
  let plan: QuantizationPlan

  func report(_ float: ObservedProgram, _ samples: [[[Float]]], done: () -> Void) throws(DiagnosticError) -> QuantizationReport {
    let comparisons = try compare(float, try ObservedProgram(graph, plan: plan), samples, done: done)
    var report = QuantizationReport()
    report.comparedSamples = samples.count
    report.islands = builder.rules.islands.map { node, reason in
      QuantizationReport.Island(name: node.name, op: type(of: node.op).name, reason: reason)
    }
    let reasons = Dictionary(builder.rules.islands.map { ($0.node.id, $0.reason) }) { first, _ in first }
    let quality = LowQuality(graph: graph, ranges: builder.ranges, statistics: statistics, comparisons: comparisons, widenedScales: widenedScales,
      masked: Set(MaskedScores(graph, statistics.histograms).histograms.keys))
    for node in graph.nodes where graph.readsFloats(node) {
      guard let output = node.outputs.first else { continue }
      report.layers.append(layer(node, output, comparisons[output], quality, islandReason: reasons[node.id]))
    }
    let outputs = graph.outputs.compactMap { comparisons[$0.value] }
    report.outputSQNRDecibels = decibels(outputs.reduce(0) { $0 + $1.signal }, outputs.reduce(0) { $0 + $1.noise })
    return report
  }

  private var widenedScales: [NodeID: Float] {
    var factors: [NodeID: Float] = [:]
    for weights in builder.weights {
      guard let chosen = plan.weights[weights.node.id]?.scales, chosen.count == weights.scales.count else { continue }
      let factor = zip(chosen, weights.scales).map { $1 > 0 ? $0 / $1 : 1 }.max() ?? 1
      if factor > 1 { factors[weights.node.id] = factor }
    }
    return factors
  }

  private func layer(
    _ node: Node, _ output: ValueID, _ comparison: ValueComparison?, _ quality: LowQuality, islandReason: String?
  ) -> LayerReport {
    let histogram = statistics.histograms[output]
    let isSeen = histogram?.isEmpty == false
    let (low, high) = isSeen ? (histogram?.minimum ?? 0, histogram?.maximum ?? 0) : (0, 0)
    let isFloat = plan.precisions[node.id] == .float32
    let quantization = isFloat ? nil : plan.activations[output]
    let isFixed = (node.op as? any Quantizable)?.fixedQuantization == quantization && quantization != nil
    let reason =
      if let islandReason {
        "float island: \(islandReason)"
      } else if builder.rules.asked.contains(node.id) {
        builder.rules.promoted.contains(node.id) ? "float, to hold the limit" : "float, as asked"
      } else if builder.rules.slopes.contains(node.id) {
        "float: straight from the accumulators, so that layer and PReLU round once"
      } else if isFloat {
        "float: at the net's end or between float islands"
      } else {
        quantization.flatMap { quality.reason(for: node, $0) }
      }
    let isInt16 = plan.precisions[node.id] == .int16 || quantization?.width == .int16
    return LayerReport(
      name: node.name, op: type(of: node.op).name, precision: isFloat ? .float32 : isInt16 ? .int16 : .int8, sqnrDecibels: comparison?.sqnrDecibels,
      lower: quantization?.lower ?? low, upper: quantization?.upper ?? high, observedLower: low, observedUpper: high,
      scale: quantization?.scale, zeroPoint: quantization?.zeroPoint,
      clippedShare: isFixed || isFloat ? 0 : comparison?.clippedShare ?? 0, reason: reason)
  }

  private func compare(
    _ float: ObservedProgram, _ int8: ObservedProgram, _ samples: [[[Float]]], done: () -> Void
  ) throws(DiagnosticError) -> [ValueID: ValueComparison] {
    let values = graph.inputs.map(\.value) + graph.nodes.flatMap { $0.outputs.prefix(1) }
    var comparisons: [ValueID: ValueComparison] = [:]
    do throws(RunError) {
      for sample in samples {
        try float.set(sample)
        try int8.set(sample)
        try float.session.run()
        try int8.session.run()
        for value in values {
          guard let expected = float.tensors[value], let actual = int8.tensors[value] else { continue }
          var comparison = comparisons[value] ?? ValueComparison(channels: graph[value].type.shape.last ?? 1, plan.activations[value])
          comparison.add(try float.session.tensorFloats(expected), try int8.session.tensorFloats(actual))
          comparisons[value] = comparison
        }
        done()
      }
    } catch { throw DiagnosticError(running: error) }
    return comparisons
  }
}
