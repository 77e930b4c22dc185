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
  /// What was done to the graph after them.
  var absorptions: [BiasAbsorption] = []
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
  let precisions = try RequestedPrecisions(options.precisions, in: graph)
  var contest = try PlanContest(graph, samples, compared: compared, options, precisions)
  let total = contest.runs + compared.count
  var done = 0
  func advance() {
    done += 1
    progress(done, total)
  }

  try contest.run(compared: compared, done: advance)
  guard var best = contest.best else { throw DiagnosticError(Diagnostic(code: "bad-options", message: "no range method to try")) }
  var roundedLayers = 0
  if options.effort == .best {
    roundedLayers = try best.roundWeights(
      over: samples, judge: OutputJudge(graph, compared), comparedSamples: options.comparedSamples, progress: progress)
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
  (report.equalizesChannels, report.absorbsBiases) = (!best.form.equalizations.isEmpty, best.form.absorptions.isEmpty ? nil : true)
  (report.effort, report.roundedLayers, report.promotion) = (options.effort.rawValue, roundedLayers, promotion)
  return QuantizationResult(
    graph: best.builder.graph, plan: best.plan, report: report, warnings: warnings,
    equalizations: best.form.equalizations.map(AppliedEqualization.init), absorptions: best.form.absorptions,
    observations: best.builder.ranges.observations(best.statistics, best.choice.method))
}
