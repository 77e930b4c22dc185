import ModelGraph
import Swiftlet

/// One way to choose ranges and biases.
struct PlanChoice: Hashable {
  var method: QuantizerOptions.RangeMethod
  var correctsBias: Bool

  static func all(_ options: QuantizerOptions) -> [PlanChoice] {
    let methods = options.rangeMethod.map { [$0] } ?? [.leastError, .extrapolated]
    let corrections = options.correctsBias.map { [$0] } ?? [true, false]
    return methods.flatMap { method in corrections.map { PlanChoice(method: method, correctsBias: $0) } }
  }
}

/// A graph of the net's function, and what makes it of the net.
struct NetForm {
  var graph: Graph
  var equalizations: [ChannelEqualization] = []
  var absorptions: [BiasAbsorption] = []
}

/// One way to quantize the net, and how far its outputs are from float.
struct PlanCandidate {
  var form: NetForm
  var float: ObservedProgram
  var statistics: Statistics
  var builder: PlanBuilder
  var choice: PlanChoice
  var plan: QuantizationPlan
  var error: Double

  /// Rounds the weights of layers for the least output error, and keeps that where the net's outputs come closer to float on the judge's samples, the
  /// compared ones; with twice as many samples as those, the rounding has not learnt from them.
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
    guard try judge.error(of: plan, for: builder.graph, done: {}) < judge.error(of: self.plan, for: builder.graph, done: {}) else { return 0 }
    (builder, self.plan) = (rounding, plan)
    return rounded.count
  }
}

/// Finds the plan whose int8 outputs are closest to float: all choices on all forms of the net. Of large nets all choices on the net as it is, the best of
/// them on its other forms, all on the form that wins.
struct PlanContest {
  let samples: [[[Float]]]
  let options: QuantizerOptions
  let precisions: RequestedPrecisions
  private let judge: OutputJudge?
  private let judgedCount: Int
  private let triesAll: Bool
  private let choices: [PlanChoice]
  private let forms: [NetForm]
  private let places: [BiasAbsorption.Place]
  private(set) var best: PlanCandidate?

  /// - Parameter compared: a few of the samples.
  init(
    _ graph: Graph, _ samples: [[[Float]]], compared: [[[Float]]], _ options: QuantizerOptions, _ precisions: RequestedPrecisions
  ) throws(DiagnosticError) {
    (self.samples, self.options, self.precisions) = (samples, options, precisions)
    choices = PlanChoice.all(options)
    var forms = [NetForm(graph: graph)]
    for equalizations in try Self.equalizations(graph, compared, options) {
      forms.append(NetForm(graph: graph.equalized(equalizations), equalizations: equalizations))
    }
    self.forms = forms
    places = options.equalizesChannels ? graph.absorptionPlaces() : []
    let affordable = Self.judgedSamples(of: graph)
    let judged = evenlySpaced(max(compared.count, affordable), of: samples.count).map { samples[$0] }
    (judgedCount, triesAll) = (judged.count, affordable >= compared.count)
    judge = choices.count * forms.count > 1 || !places.isEmpty ? try OutputJudge(graph, judged) : nil
  }

  /// Sample runs that `run` takes.
  var runs: Int {
    let others = triesAll ? choices.count * (forms.count - 1) : forms.count > 1 ? forms.count - 1 + choices.count - 1 : 0
    let plans = judge == nil ? 0 : choices.count + others + (places.isEmpty ? 0 : 1)
    return plans * judgedCount + (forms.count + (places.isEmpty ? 0 : 1)) * samples.count
  }

  /// - Parameter done: called `runs` times.
  mutating func run(compared: [[[Float]]], done: () -> Void) throws(DiagnosticError) {
    for (index, form) in forms.enumerated() {
      try enter(form, index == 0 || triesAll ? choices : best.map { [$0.choice] } ?? choices, done)
    }
    if forms.count > 1 && !triesAll {
      let left = best.map { best in choices.filter { $0 != best.choice } } ?? []
      if let best, !best.form.equalizations.isEmpty { try judgeAll(left, of: best, done) } else { skip(left.count * judgedCount, done) }
    }
    guard !places.isEmpty, let best else { return }
    let ranges = try best.float.channelRanges(of: places, over: compared)
    let absorptions = zip(places, ranges).compactMap { BiasAbsorption($0, seen: $1) }
    guard !absorptions.isEmpty else { return skip(samples.count + judgedCount, done) }
    var form = best.form
    form.graph = form.graph.absorbing(absorptions)
    form.absorptions = absorptions
    try enter(form, [best.choice], done)
  }

  private func skip(_ count: Int, _ done: () -> Void) { for _ in 0..<count { done() } }

  private mutating func enter(_ form: NetForm, _ choices: [PlanChoice], _ done: () -> Void) throws(DiagnosticError) {
    let float = try ObservedProgram(form.graph, plan: nil)
    let statistics = try Statistics.collected(from: float, over: samples) { _ in done() }
    let builder = try PlanBuilder(form.graph, statistics, options: options, precisions: precisions)
    guard let first = choices.first else { return }
    let entry = PlanCandidate(
      form: form, float: float, statistics: statistics, builder: builder, choice: first, plan: QuantizationPlan(), error: .infinity)
    try judgeAll(choices, of: entry, done)
  }

  private mutating func judgeAll(_ choices: [PlanChoice], of entry: PlanCandidate, _ done: () -> Void) throws(DiagnosticError) {
    for choice in choices {
      var candidate = entry
      candidate.choice = choice
      candidate.plan = entry.builder.plan(entry.builder.activations(choice.method), correctsBias: choice.correctsBias)
      candidate.error = try judge?.error(of: candidate.plan, for: entry.form.graph, done: done) ?? 0
      if best.map({ candidate.error < $0.error }) ?? true { best = candidate }
    }
  }

  /// Ways to equalize the groups of channels that may gain from that; the ranges come from a few samples.
  private static func equalizations(
    _ graph: Graph, _ samples: [[[Float]]], _ options: QuantizerOptions
  ) throws(DiagnosticError) -> [[ChannelEqualization]] {
    guard options.equalizesChannels else { return [] }
    let groups = graph.channelGroups()
    guard !groups.isEmpty else { return [] }
    let peaks = try ObservedProgram(graph, plan: nil).peaks(of: groups, over: samples)
    // First what weights alone say: what that leaves alike needs no balancing by activations.
    let byWeights = ChannelEqualization.byWeights(groups, in: graph)
    let restored = graph.equalized(byWeights)
    let balanced = zip(groups, peaks).compactMap { group, peaks -> ChannelEqualization? in
      guard let first = byWeights.first(where: { $0.group.members == group.members }) else {
        return ChannelEqualization(group, peaks: peaks, in: restored)
      }
      let left = zip(peaks, first.exponents).map { $0 * Float(sign: .plus, exponent: -$1, significand: 1) }
      guard let second = ChannelEqualization(group, peaks: left, in: restored) else { return first }
      return ChannelEqualization(group, exponents: zip(first.exponents, second.exponents).map(+)) ?? first
    }
    // Where plans cost little, by activations alone too.
    let costsLittle = !byWeights.isEmpty && judgedSamples(of: graph) >= samples.count
    let alone = costsLittle ? zip(groups, peaks).compactMap { ChannelEqualization($0, peaks: $1, in: graph) } : []
    return [balanced, byWeights, alone].filter { !$0.isEmpty }
  }

  /// As many samples as take about two thousand million products a plan: the more are judged, the less does chance decide.
  private static func judgedSamples(of graph: Graph) -> Int {
    let products = graph.nodes.reduce(0) { sum, node in
      sum + node.op.multiplyAccumulates(inputs: node.inputs.map { $0.map { graph[$0].type } }, outputs: node.outputs.map { graph[$0].type })
    }
    return 2_000_000_000 / max(products, 1)
  }
}

/// Up to `count` indices under `total`, the first included.
func evenlySpaced(_ count: Int, of total: Int) -> [Int] {
  let count = min(max(count, 1), total)
  return (0..<count).map { $0 * total / count }
}
