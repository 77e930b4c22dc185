import ModelGraph

/// Makes quantization plans of one calibrated graph under different choices.
struct PlanBuilder {
  let graph: Graph
  let rules: PrecisionRules
  let ranges: ActivationRanges
  let weights: [NodeWeights]

  /// - Throws: a diagnostic where weights are not finite.
  init(_ graph: Graph, _ statistics: Statistics, options: QuantizerOptions) throws(DiagnosticError) {
    self.graph = graph
    rules = PrecisionRules(graph, statistics.histograms)
    ranges = ActivationRanges(graph, statistics, precisions: rules.precisions)
    var weights: [NodeWeights] = []
    for node in graph.nodes where node.hasWeights && rules.precisions[node.id] != .float32 {
      guard let input = node.activationInputs.first else { continue }
      let moments = statistics.moments[input] ?? InputMoments(graph[input].type)
      if let node = try NodeWeights(node, in: graph, moments: moments, method: options.weightScale) { weights.append(node) }
    }
    self.weights = weights
  }

  func activations(_ method: QuantizerOptions.RangeMethod) -> [ValueID: AffineQuantization] {
    ranges.quantizations(method, weights: weights)
  }

  func plan(_ activations: [ValueID: AffineQuantization], correctsBias: Bool) -> QuantizationPlan {
    var plan = QuantizationPlan()
    (plan.precisions, plan.activations) = (rules.precisions, activations)
    for node in weights {
      guard let input = plan.activations[node.input], let output = plan.activations[node.output] else { continue }
      plan.weights[node.node.id] = node.quantized(inputScale: input.scale, outputScale: output.scale, correctsBias: correctsBias)
    }
    for value in readByFloatNodesOnly { plan.activations[value] = nil }
    return plan
  }

  /// Outputs of weighted nodes and matrix products that only float islands read: they stay float, straight from the accumulators.
  private var readByFloatNodesOnly: Set<ValueID> {
    var values = Set(weights.map(\.output))
    for node in graph.nodes where node.op is MatMul && rules.precisions[node.id] != .float32 { values.formUnion(node.outputs) }
    values.subtract(graph.outputs.map(\.value))
    for node in graph.nodes where rules.precisions[node.id] != .float32 { values.subtract(node.activationInputs) }
    return values
  }
}
