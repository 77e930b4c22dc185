package import ModelGraph

package struct QuantizationResult: Sendable {
  package var plan: QuantizationPlan
  package var report: QuantizationReport
  /// Float islands, and what is poor about the calibration set.
  package var warnings: [Diagnostic]
}

/// Chooses int8 scales and weights for an optimized graph from float runs over typical inputs.
///
/// - Parameter progress: called with the sample runs done so far and their total.
/// - Throws: what is wrong with the calibration set, values that are not finite, and whatever keeps the graph from being compiled.
package func quantize(
  _ graph: Graph, calibration: CalibrationSet, options: QuantizerOptions, progress: (Int, Int) -> Void
) throws(DiagnosticError) -> QuantizationResult {
  var warnings = try calibration.validate(for: graph)
  let samples = calibration.samples
  let methods = options.rangeMethod.map { [$0] } ?? [.leastError, .extrapolated]
  let corrections = options.correctsBias.map { [$0] } ?? [true, false]
  let compared = evenlySpaced(options.comparedSamples, of: samples.count)
  let candidateCount = methods.count * corrections.count
  let total = samples.count + compared.count * (1 + (candidateCount > 1 ? candidateCount : 0))
  var done = 0
  func advance() {
    done += 1
    progress(done, total)
  }

  let float = try ObservedProgram(graph, plan: nil)
  let statistics = try Statistics.collected(from: float, over: samples) { _ in advance() }
  let builder = try PlanBuilder(graph, statistics, options: options)
  var best: (choice: PlanChoice, plan: QuantizationPlan)?
  let judge = candidateCount > 1 ? try OutputJudge(float, compared.map { samples[$0] }) : nil
  var leastError = Double.infinity
  for method in methods {
    let activations = builder.activations(method)
    for correctsBias in corrections {
      let plan = builder.plan(activations, correctsBias: correctsBias)
      let error = try judge?.error(of: plan, done: advance) ?? 0
      guard best == nil || error < leastError else { continue }
      (best, leastError) = ((PlanChoice(method: method, correctsBias: correctsBias), plan), error)
    }
  }
  guard let best else { throw DiagnosticError(Diagnostic(code: "bad-options", message: "no range method to try")) }
  warnings += builder.rules.islands.map { node, reason in
    Diagnostic(
      code: "float-island", node: node.name, sourceOperator: node.sourceOperator, message: "float island: \(reason)",
      hint: "it runs in float between int8 layers; expect it to be slower and to need more memory")
  }
  let reporter = Reporter(graph: graph, builder: builder, statistics: statistics, plan: best.plan)
  var report = try reporter.report(float, compared.map { samples[$0] }, done: advance)
  report.calibrationSamples = samples.count
  (report.rangeMethod, report.correctsBias) = (best.choice.method.description, best.choice.correctsBias)
  return QuantizationResult(plan: best.plan, report: report, warnings: warnings)
}

private struct PlanChoice {
  var method: QuantizerOptions.RangeMethod
  var correctsBias: Bool
}

/// Up to `count` indices under `total`, the first included.
private func evenlySpaced(_ count: Int, of total: Int) -> [Int] {
  let count = min(max(count, 1), total)
  return (0..<count).map { $0 * total / count }
}
