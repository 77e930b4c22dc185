import ModelGraph

/// The quantization of every value that int8 nodes read or write.
struct ActivationRanges {
  /// Values that share one quantization, and what they hold together.
  struct Group {
    var members: [ValueID] = []
    var histogram = Histogram()
    var limits: ClampRange?
    /// The quantization that all computed members ask for.
    var fixed: AffineQuantization?
    var hasFreeMember = false
    /// Clipping would change what the caller sees, or which logit is largest.
    var needsFullRange = false
    /// Held in int16.
    var isWide = false
  }

  /// What each value is written as, and the int8 form in which int8 nodes read those of int16 levels.
  struct Choice {
    var written: [ValueID: AffineQuantization] = [:]
    var narrowed: [ValueID: AffineQuantization] = [:]

    func read(_ value: ValueID, by precision: Precision?) -> AffineQuantization? {
      precision == .int16 ? written[value] : narrowed[value] ?? written[value]
    }
  }

  /// Searches take most of the time of a plan; plans of one graph have most of them in common.
  final class Searches {
    struct Key: Hashable {
      var method: QuantizerOptions.RangeMethod
      var coversAll: Bool
      var limits: ClampRange
      var histogram: Histogram
    }
    fileprivate var results: [Key: AffineQuantization] = [:]

    func result(_ key: Key) -> AffineQuantization {
      if let known = results[key] { return known }
      let result = RangeSearch(key.histogram).choose(key.method, coversAll: key.coversAll, limits: key.limits)
      results[key] = result
      return result
    }
  }

  let graph: Graph
  let searched: Searches
  private let precisions: [NodeID: Precision]
  private(set) var groups: [ValueID: Group] = [:]
  private let sets: EqualScaleGroups

  init(_ graph: Graph, _ statistics: Statistics, rules: PrecisionRules, searched: Searches = Searches()) {
    let precisions = rules.precisions
    (self.graph, self.precisions, self.searched) = (graph, precisions, searched)
    sets = EqualScaleGroups(of: graph, precisions: precisions)
    let int8Nodes = graph.nodes.filter { precisions[$0.id] != .float32 }
    let producers = Dictionary(graph.nodes.flatMap { node in node.outputs.map { ($0, node) } }) { first, _ in first }
    let absorbed = Self.absorbedByClips(graph, precisions)
    let outputs = Set(graph.outputs.map(\.value))
    let masked = MaskedScores(graph, statistics.histograms).histograms
    var seen: Set<ValueID> = []
    for node in int8Nodes {
      for value in graph.floatActivations(of: node) {
        let representative = sets.representative(of: value)
        if node.op is Softmax && !node.outputs.contains(value) { groups[representative, default: Group()].needsFullRange = true }
        guard seen.insert(value).inserted else { continue }
        var group = groups[representative] ?? Group()
        group.members.append(value)
        if rules.wide.contains(value) { group.isWide = true }
        if outputs.contains(value) || graph.inputs.contains(where: { $0.value == value }) { group.needsFullRange = true }
        if !absorbed.contains(value), let histogram = masked[value] ?? statistics.histograms[value] {
          group.histogram.merge(histogram)
          group.add(sourceOf: value, producers[value].flatMap { precisions[$0.id] == .float32 ? nil : $0 })
        }
        groups[representative] = group
      }
    }
  }

  /// The group that `value` belongs to.
  func group(of value: ValueID) -> Group? { groups[sets.representative(of: value)] }

  /// - Parameter weights: of every node that has some and does not run in float: int8 outputs get scales at which all requantization scales
  ///   stay under 1.
  func quantizations(_ method: QuantizerOptions.RangeMethod, weights: [NodeWeights]) -> Choice {
    var chosen = groups.mapValues { group in
      if let fixed = group.fixed, !group.hasFreeMember { return fixed }
      return searched.result(
        Searches.Key(method: method, coversAll: group.needsFullRange, limits: group.limits ?? ClampRange.none, histogram: group.histogram))
    }
    let wide = groups.filter { $0.value.isWide }.mapValues { AffineQuantization(int16For: $0.histogram, limits: $0.limits ?? .none) }
    // A wider output widens the inputs of later nodes. A group that holds a node's input and output may never settle; a
    // few rounds bound it, and the compiler marks what is left as a large scale.
    for _ in 0..<4 {
      var changed = false
      for node in weights {
        let (source, output) = (sets.representative(of: node.input), sets.representative(of: node.output))
        guard wide[output] == nil, let input = precisions[node.node.id] == .int16 ? wide[source] ?? chosen[source] : chosen[source] else { continue }
        let smallest = node.smallestOutputScale(inputScale: input.scale)
        guard let current = chosen[output], current.scale < smallest, smallest.isFinite else { continue }
        chosen[output] = AffineQuantization(scale: smallest, zeroPoint: current.zeroPoint)
        changed = true
      }
      if !changed { break }
    }
    var result = Choice()
    for (representative, group) in groups {
      for member in group.members {
        result.written[member] = wide[representative] ?? chosen[representative]
        if group.isWide { result.narrowed[member] = chosen[representative] }
      }
    }
    return result
  }

  /// Values that only clips read, through moves or not: they need no range beyond what the clips let through, since
  /// saturation is the same clip.
  private static func absorbedByClips(_ graph: Graph, _ precisions: [NodeID: Precision]) -> Set<ValueID> {
    var readers: [ValueID: [Node]] = [:]
    for node in graph.nodes {
      for input in node.inputs.compactMap(\.self) { readers[input, default: []].append(node) }
    }
    let outputs = Set(graph.outputs.map(\.value))
    var absorbed: Set<ValueID> = []
    for value in graph.nodes.reversed().flatMap(\.outputs) where !outputs.contains(value) {
      guard let readers = readers[value] else { continue }
      let clipsAll = readers.allSatisfy { node in
        guard precisions[node.id] != .float32 else { return false }
        if case .clip = (node.op as? Unary)?.function { return true }
        return (node.op as? any Quantizable)?.movesElements == true && node.outputs.allSatisfy(absorbed.contains)
      }
      if clipsAll { absorbed.insert(value) }
    }
    return absorbed
  }
}

extension ActivationRanges.Group {
  /// Takes into account what computes a member: nil for graph inputs, constants and outputs of float islands.
  fileprivate mutating func add(sourceOf value: ValueID, _ producer: Node?) {
    guard let producer, let op = producer.op as? any Quantizable else {
      hasFreeMember = true
      limits = ClampRange.none
      return
    }
    // What moves values, or takes the largest of some, has the range of its inputs, which are members too.
    let isClip = if case .clip = (op as? Unary)?.function { true } else { false }
    if !op.inputsSharingQuantization(producer).isEmpty && !isClip { return }
    if let quantization = op.fixedQuantization, fixed == nil || fixed == quantization {
      fixed = quantization
    } else {
      hasFreeMember = true
    }
    let own = op.outputLimits
    limits = limits.map { ClampRange(lower: min($0.lower, own.lower), upper: max($0.upper, own.upper)) } ?? own
  }
}
