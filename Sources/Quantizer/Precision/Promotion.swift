import ModelCompiler
import ModelGraph

/// Something that may be promoted, and what that is worth.
struct PromotionCandidate {
  enum Subject {
    /// Tensors that share their scale, held in int16.
    case tensors([ValueID])
    /// A layer with weights, computed in float.
    case layer(NodeID)
  }

  var subject: Subject
  /// Noise / signal that its int8 form adds to the outputs, all else being promoted.
  var harm = 0.0
  /// By how much it raises the cost of the plan.
  var cost = 1.0
}

/// Finds the cheapest promotions with which a limit holds.
///
/// Rounding errors of different layers add up at the outputs nearly as independent noise does. So each candidate is judged alone, with all others
/// promoted: then a layer that breaks the net hides no other. Those that remove most noise for their cost come first; how many it takes is
/// found on the judged samples themselves, and those that turn out not to be needed are dropped again.
struct Promoter {
  let base: PlanBuilder
  let requested: RequestedPrecisions
  let judge: LimitJudge
  let activations: (PlanBuilder) -> ActivationRanges.Choice
  let correctsBias: Bool
  /// Judged samples on which candidates are compared.
  private static let scannedSamples = 8
  private static let prunedCandidates = 24

  struct Outcome {
    var builder: PlanBuilder
    var plan: QuantizationPlan
    var report: PromotionReport
  }

  /// - Parameter progress: called with evaluations done and their estimated total.
  /// - Throws: `limit-not-held` where no promotion is enough.
  func run(progress: (Int, Int) -> Void) throws(DiagnosticError) -> Outcome {
    let start = try evaluated([])
    let before = try judge.score(start.plan, for: base.graph)
    if judge.holds(before) { return outcome(start, before: before, after: before, [], total: 0) }
    let all = candidates
    let groups = all.filter { if case .tensors = $0.subject { true } else { false } }
    let wide = try judge.score(try evaluated(groups).plan, for: base.graph)
    let pool = judge.holds(wide) ? groups : all
    if !judge.holds(wide) {
      let most = all.count == groups.count ? wide : try judge.score(try evaluated(all).plan, for: base.graph)
      guard judge.holds(most) else { throw DiagnosticError(cannot(before, wide, most)) }
    }
    let ranked = try self.ranked(pool, tensorsOnly: pool.count == groups.count, start: start, progress: progress)
    // The whole pool holds the limit; more promotions hold it better, as a rule.
    var (low, high) = (1, ranked.count)
    while low < high {
      let middle = (low + high) / 2
      if try holds(Array(ranked.prefix(middle))) { high = middle } else { low = middle + 1 }
    }
    var chosen = Array(ranked.prefix(low))
    for candidate in chosen.indices.sorted(by: { chosen[$0].cost > chosen[$1].cost }).prefix(Self.prunedCandidates).map({ chosen[$0] }) {
      let rest = chosen.filter { $0.subject != candidate.subject }
      if rest.count < chosen.count, try holds(rest) { chosen = rest }
    }
    let result = try evaluated(chosen)
    let after = try judge.score(result.plan, for: base.graph)
    return outcome(result, before: before, after: after, chosen, total: ranked.reduce(0) { $0 + max($1.harm, 0) })
  }

  // MARK: - Plans

  private func evaluated(_ promoted: [PromotionCandidate]) throws(DiagnosticError) -> (builder: PlanBuilder, plan: QuantizationPlan) {
    guard !promoted.isEmpty else { return (base, base.plan(activations(base), correctsBias: correctsBias)) }
    var precisions = requested
    for candidate in promoted {
      switch candidate.subject {
      case .tensors(let values): for value in values { precisions.values[value] = .int16 }
      case .layer(let node):
        precisions.nodes[node] = .float32
        precisions.promoted.insert(node)
      }
    }
    let builder = try base.with(precisions)
    return (builder, builder.plan(activations(builder), correctsBias: correctsBias))
  }

  private func holds(_ promoted: [PromotionCandidate]) throws(DiagnosticError) -> Bool {
    judge.holds(try judge.score(try evaluated(promoted).plan, for: base.graph))
  }

  private func noise(_ promoted: [PromotionCandidate]) throws(DiagnosticError) -> Double {
    let noise = try judge.score(try evaluated(promoted).plan, for: base.graph, on: min(Self.scannedSamples, judge.sampleCount)).relativeNoise
    return noise.isFinite ? noise : .greatestFiniteMagnitude
  }

  // MARK: - Candidates

  /// What is quantized and nobody asked to be.
  private var candidates: [PromotionCandidate] {
    let asked = Set(requested.values.keys)
    let kept = Set(base.graph.nodes.filter { requested.fixed.contains($0.id) }.flatMap(\.outputs))
    let computed = Set(base.graph.activationValues)
    let groups = base.ranges.groups.sorted { $0.key.index < $1.key.index }.map(\.value)
    let tensors = groups.filter { !$0.isWide }.map { $0.members.filter(computed.contains) }.filter { members in
      !members.isEmpty && members.allSatisfy { !asked.contains($0) && !kept.contains($0) }
    }
    let layers = base.weights.map(\.node.id).filter { !requested.fixed.contains($0) }
    return tensors.map { PromotionCandidate(subject: .tensors($0)) } + layers.map { PromotionCandidate(subject: .layer($0)) }
  }

  private func ranked(
    _ pool: [PromotionCandidate], tensorsOnly: Bool, start: (builder: PlanBuilder, plan: QuantizationPlan), progress: (Int, Int) -> Void
  ) throws(DiagnosticError) -> [PromotionCandidate] {
    let groups = pool.filter { if case .tensors = $0.subject { true } else { false } }
    let floor = (groups: try noise(groups), all: tensorsOnly ? 0 : try noise(pool))
    let cost = ExecutionCost(base.graph)
    let baseCost = cost.total(start.builder.rules)
    var result: [PromotionCandidate] = []
    for (index, var candidate) in pool.enumerated() {
      let isTensor = if case .tensors = candidate.subject { true } else { false }
      // Float layers hold nothing in levels: tensors are judged beside layers in int16, layers beside float ones.
      let others = (isTensor ? groups : pool).filter { $0.subject != candidate.subject }
      candidate.harm = try noise(others) - (isTensor ? floor.groups : floor.all)
      candidate.cost = max(cost.total(try evaluated([candidate]).builder.rules) - baseCost, 1)
      result.append(candidate)
      progress(index + 1, pool.count)
    }
    return result.sorted { first, second in
      let (a, b) = (first.harm / first.cost, second.harm / second.cost)
      // Promotions that remove nothing come last, the cheapest first.
      return a > 0 || b > 0 ? a > b : first.cost < second.cost
    }
  }

  // MARK: - Words

  private func outcome(
    _ result: (builder: PlanBuilder, plan: QuantizationPlan), before: QualityScore, after: QualityScore, _ chosen: [PromotionCandidate],
    total: Double
  ) -> Outcome {
    let cost = ExecutionCost(base.graph)
    let promotions = chosen.sorted { $0.harm > $1.harm }.map { wording($0, share: total > 0 ? max($0.harm, 0) / total : 0) }
    let report = PromotionReport(
      limit: judge.limit.description, before: judge.wording(before), after: judge.wording(after), judgedSamples: judge.sampleCount,
      promotions: promotions, costIncrease: cost.total(result.builder.rules) / max(cost.total(base.rules), 1) - 1)
    return Outcome(builder: result.builder, plan: result.plan, report: report)
  }

  /// Tensors go by the one of the widest range, which is the one that its scale serves worst.
  private func wording(_ candidate: PromotionCandidate, share: Double) -> PromotionReport.Promotion {
    switch candidate.subject {
    case .layer(let id):
      let node = base.graph.nodes.first { $0.id == id }
      return PromotionReport.Promotion(
        layer: node?.name ?? "", op: node.map { type(of: $0.op).name } ?? "", tensor: nil, precision: "float", noiseShare: share)
    case .tensors(let members):
      let moves = Set(base.graph.nodes.filter { ($0.op as? any Quantizable)?.movesElements == true }.flatMap(\.outputs))
      let computed = members.filter { !moves.contains($0) }
      let widest = (computed.isEmpty ? members : computed).max { a, b in
        let (x, y) = (base.statistics.histograms[a]?.largestMagnitude ?? 0, base.statistics.histograms[b]?.largestMagnitude ?? 0)
        return (x, -a.index) < (y, -b.index)
      }
      let node = widest.flatMap { value in base.graph.nodes.first { $0.outputs.contains(value) } }
      let name = widest.map { base.graph[$0].name } ?? ""
      return PromotionReport.Promotion(
        layer: node?.name ?? name, op: node.map { type(of: $0.op).name } ?? "input", tensor: name, precision: "int16", noiseShare: share)
    }
  }

  private func cannot(_ before: QualityScore, _ wide: QualityScore, _ most: QualityScore) -> Diagnostic {
    Diagnostic(
      code: "limit-not-held",
      message: "the limit, \(judge.limit.description), cannot be held: \(judge.wording(before)) as quantized, \(judge.wording(wide)) with every tensor in int16, "
        + "\(judge.wording(most)) with every layer with weights in float besides, over \(judge.sampleCount) samples",
      hint: "raise the limit to what can be reached, or convert with --precision float")
  }
}

extension PromotionCandidate.Subject: Equatable {}
