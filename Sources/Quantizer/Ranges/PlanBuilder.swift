import ModelGraph

/// Makes quantization plans of one calibrated graph under different choices.
struct PlanBuilder {
  let graph: Graph
  let statistics: Statistics
  let rules: PrecisionRules
  let ranges: ActivationRanges
  private(set) var weights: [NodeWeights]

  /// - Throws: a diagnostic where weights are not finite, or a node cannot run in the precision that it was asked to.
  init(_ graph: Graph, _ statistics: Statistics, options: QuantizerOptions, precisions: RequestedPrecisions) throws(DiagnosticError) {
    (self.graph, self.statistics) = (graph, statistics)
    rules = try PrecisionRules(graph, statistics.histograms, precisions, keepsFloatOutputs: options.keepsFloatOutputs)
    ranges = ActivationRanges(graph, statistics, rules: rules)
    var weights: [NodeWeights] = []
    for node in graph.nodes where node.hasWeights && rules.precisions[node.id] != .float32 {
      guard let input = node.activationInputs.first else { continue }
      let moments = statistics.moments[input] ?? InputMoments(graph[input].type)
      if let node = try NodeWeights(node, in: graph, moments: moments, method: options.weightScale) { weights.append(node) }
    }
    self.weights = weights
  }

  private init(_ other: PlanBuilder, _ precisions: RequestedPrecisions) throws(DiagnosticError) {
    (graph, statistics) = (other.graph, other.statistics)
    rules = try PrecisionRules(graph, statistics.histograms, precisions, keepsFloatOutputs: other.rules.keepsFloatOutputs)
    ranges = ActivationRanges(graph, statistics, rules: rules, searched: other.ranges.searched)
    weights = other.weights.filter { [rules] in rules.precisions[$0.node.id] != .float32 }
  }

  /// The same with further nodes and values in other precisions than int8; what was computed stays.
  func with(_ precisions: RequestedPrecisions) throws(DiagnosticError) -> PlanBuilder { try PlanBuilder(self, precisions) }

  /// The same with levels of weights of these layers.
  func rounding(_ levels: [NodeID: [Int8]]) -> PlanBuilder {
    var result = self
    for index in weights.indices { result.weights[index].rounded = levels[weights[index].node.id] }
    return result
  }

  func activations(_ method: QuantizerOptions.RangeMethod) -> ActivationRanges.Choice {
    ranges.quantizations(method, weights: weights)
  }

  func plan(_ activations: ActivationRanges.Choice, correctsBias: Bool) -> QuantizationPlan {
    var plan = QuantizationPlan()
    (plan.precisions, plan.activations) = (rules.precisions, activations.written)
    for node in weights {
      guard let input = activations.read(node.input, by: rules.precisions[node.node.id]), let output = plan.activations[node.output] else { continue }
      plan.weights[node.node.id] = node.quantized(input: input, outputScale: output.scale, correctsBias: correctsBias)
    }
    for node in graph.nodes where rules.precisions[node.id] == nil {
      for input in node.activationInputs { plan.narrowed[input] = activations.narrowed[input] }
    }
    for value in readByFloatNodesOnly { plan.activations[value] = nil }
    return plan
  }

  /// Outputs of weighted nodes and matrix products that only the caller and nodes in float read: they stay float, straight from the accumulators.
  private var readByFloatNodesOnly: Set<ValueID> {
    var values = Set(weights.map(\.output))
    for node in graph.nodes where node.op is MatMul && rules.precisions[node.id] != .float32 { values.formUnion(node.outputs) }
    values.subtract(graph.outputs.map(\.value).filter { !rules.floatOutputs.contains($0) })
    for node in graph.nodes where rules.precisions[node.id] != .float32 { values.subtract(node.activationInputs) }
    return values
  }
}
