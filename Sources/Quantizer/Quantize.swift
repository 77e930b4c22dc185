package import ModelGraph

package struct QuantizationResult: Sendable {
  /// The graph that the plan is for: the same function as the given one, its channels perhaps equalized.
  package var graph: Graph
  package var plan: QuantizationPlan
  package var report: QuantizationReport
  /// Float islands, and what is poor about the calibration set.
  package var warnings: [Diagnostic]
  /// What makes `graph` of the given one; empty where that was left as it is.
  package var equalizations: [AppliedEqualization] = []
  /// What calibration saw of each activation.
  package var observations: [ValueID: Observation] = [:]
  /// Whether `report` holds for the plan: not for parameters that somebody edited.
  package var isMeasured = true
}

/// Chooses int8 scales and weights for an optimized graph from float runs over typical inputs.
///
/// - Parameter progress: called with the sample runs done so far and their total.
/// - Throws: what is wrong with the calibration set, values that are not finite, and whatever keeps the graph from being compiled.
package func quantize(
  _ graph: Graph, calibration: CalibrationSet, options: QuantizerOptions, progress: (Int, Int) -> Void
) throws(DiagnosticError) -> QuantizationResult {
  let options = options.settled
  var warnings = try calibration.validate(for: graph)
  let samples = calibration.samples
  let compared = evenlySpaced(options.comparedSamples, of: samples.count).map { samples[$0] }
  let choices = PlanChoice.all(options)
  let precisions = try RequestedPrecisions(options.precisions, in: graph)
  var graphs = [graph]
  let equalizations = try equalizations(graph, compared, options)
  if !equalizations.isEmpty { graphs.append(graph.equalized(equalizations)) }
  let isContest = choices.count * graphs.count > 1 || options.effort == .best
  let total = graphs.count * (samples.count + (isContest ? choices.count * compared.count : 0)) + compared.count
  var done = 0
  func advance() {
    done += 1
    progress(done, total)
  }

  var best: Candidate?
  let judge = isContest ? try OutputJudge(ObservedProgram(graph, plan: nil), compared) : nil
  for graph in graphs {
    let float = try ObservedProgram(graph, plan: nil)
    let statistics = try Statistics.collected(from: float, over: samples) { _ in advance() }
    let builder = try PlanBuilder(graph, statistics, options: options, precisions: precisions)
    for choice in choices {
      let plan = builder.plan(builder.activations(choice.method), correctsBias: choice.correctsBias)
      let error = try judge?.error(of: plan, for: graph, done: advance) ?? 0
      guard best.map({ error < $0.error }) ?? true else { continue }
      best = Candidate(float: float, statistics: statistics, builder: builder, choice: choice, plan: plan, error: error)
    }
  }
  guard var best else { throw DiagnosticError(Diagnostic(code: "bad-options", message: "no range method to try")) }
  var roundedLayers = 0
  if options.effort == .best, let judge {
    roundedLayers = try best.roundWeights(over: samples, judge: judge, comparedSamples: options.comparedSamples, progress: progress)
  }
  var promotion: PromotionReport?
  if let limit = options.limit {
    let promoter = Promoter(
      base: best.builder, requested: precisions, judge: try LimitJudge(limit, best.float, fallback: compared),
      activations: { [choice = best.choice] in $0.activations(choice.method) }, correctsBias: best.choice.correctsBias)
    let outcome = try promoter.run { progress($0, $1) }
    (best.builder, best.plan, promotion) = (outcome.builder, outcome.plan, outcome.report)
  }
  warnings += best.builder.rules.islands.map { node, reason in
    Diagnostic(
      code: "float-island", node: node.name, sourceOperator: node.sourceOperator, message: "float island: \(reason)",
      hint: "it runs in float between int8 layers; expect it to be slower and to need more memory")
  }
  let reporter = Reporter(graph: best.builder.graph, builder: best.builder, statistics: best.statistics, plan: best.plan)
  var report = try reporter.report(best.float, compared, done: advance)
  report.calibrationSamples = samples.count
  (report.rangeMethod, report.correctsBias) = (best.choice.method.description, best.choice.correctsBias)
  report.equalizesChannels = best.builder.graph.values.count > graph.values.count
  (report.effort, report.roundedLayers, report.promotion) = (options.effort.rawValue, roundedLayers, promotion)
  return QuantizationResult(
    graph: best.builder.graph, plan: best.plan, report: report, warnings: warnings,
    equalizations: report.equalizesChannels ? equalizations.map(AppliedEqualization.init) : [],
    observations: best.builder.ranges.observations(best.statistics, best.choice.method))
}

/// One way to quantize the net, and how far its outputs are from float.
private struct Candidate {
  var float: ObservedProgram
  var statistics: Statistics
  var builder: PlanBuilder
  var choice: PlanChoice
  var plan: QuantizationPlan
  var error: Double

  /// Rounds the weights of layers for the least output error, and keeps that where the net's outputs come closer to float on the compared
  /// samples; with twice as many samples as those, the rounding has not learnt from them.
  /// - Returns: the number of layers so rounded.
  mutating func roundWeights(
    over samples: [[[Float]]], judge: OutputJudge, comparedSamples: Int, progress: (Int, Int) -> Void
  ) throws(DiagnosticError) -> Int {
    let compared = evenlySpaced(comparedSamples, of: samples.count)
    let heldOut = compared.count * 2 <= samples.count ? compared : evenlySpaced(samples.count / 3, of: samples.count)
    let rounded = try float.roundedWeights(
      builder.weights, over: samples, heldOut: samples.count < 3 ? [] : Set(heldOut), centered: choice.correctsBias, progress: progress)
    guard !rounded.isEmpty else { return 0 }
    let rounding = builder.rounding(rounded)
    let plan = rounding.plan(rounding.activations(choice.method), correctsBias: choice.correctsBias)
    let error = try judge.error(of: plan, for: builder.graph) {}
    guard error < self.error else { return 0 }
    (builder, self.plan, self.error) = (rounding, plan, error)
    return rounded.count
  }
}

/// The groups of channels that may gain from being equalized; the ranges come from a few samples.
private func equalizations(
  _ graph: Graph, _ samples: [[[Float]]], _ options: QuantizerOptions
) throws(DiagnosticError) -> [ChannelEqualization] {
  guard options.equalizesChannels else { return [] }
  let groups = graph.channelGroups()
  guard !groups.isEmpty else { return [] }
  let peaks = try ObservedProgram(graph, plan: nil).peaks(of: groups, over: samples)
  return zip(groups, peaks).compactMap { ChannelEqualization($0, peaks: $1, in: graph) }
}

private struct PlanChoice {
  var method: QuantizerOptions.RangeMethod
  var correctsBias: Bool

  static func all(_ options: QuantizerOptions) -> [PlanChoice] {
    let methods = options.rangeMethod.map { [$0] } ?? [.leastError, .extrapolated]
    let corrections = options.correctsBias.map { [$0] } ?? [true, false]
    return methods.flatMap { method in corrections.map { PlanChoice(method: method, correctsBias: $0) } }
  }
}

/// Up to `count` indices under `total`, the first included.
func evenlySpaced(_ count: Int, of total: Int) -> [Int] {
  let count = min(max(count, 1), total)
  return (0..<count).map { $0 * total / count }
}
