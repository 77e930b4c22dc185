import ModelGraph

/// Scores to which a constant mask is added before a softmax: what int8 has to hold of them.
///
/// Masked elements must only end up so far below the others that their exponential vanishes. Their own magnitude (1e9 and the like) would leave
/// no levels for the scores. So the sum's range reaches `margin` below the lowest score that is not masked, where all masked ones saturate, and
/// the mask's as far as it takes from the highest score to there.
struct MaskedScores {
  /// exp(-12) is 1/600 of the half step of a softmax's int8 output.
  static let margin: Float = 12

  /// Histograms to use instead of those seen in calibration.
  private(set) var histograms: [ValueID: Histogram] = [:]

  init(_ graph: Graph, _ seen: [ValueID: Histogram]) {
    var readers: [ValueID: [Node]] = [:]
    for node in graph.nodes { for input in node.inputs.compactMap(\.self) { readers[input, default: []].append(node) } }
    let outputs = Set(graph.outputs.map(\.value))
    for node in graph.nodes {
      guard node.op as? Binary == Binary(.add), node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1],
        let moved = Self.onlySoftmaxReads(node.outputs[0], readers, outputs)
      else { continue }
      let (mask, scores) = graph[a].constant == nil ? (b, a) : (a, b)
      guard let constant = graph[mask].constant, let histogram = seen[scores], !histogram.isEmpty else { continue }
      let spread = histogram.maximum - histogram.minimum + Self.margin
      let kept = constant.floats.filter { $0 > -spread }
      guard kept.count < constant.count else { continue }
      let (low, high) = (kept.min() ?? 0, kept.max() ?? 0)
      var sum = histogram
      _ = sum.insert([histogram.minimum + low - Self.margin, histogram.maximum + high])
      for value in [node.outputs[0]] + moved { histograms[value] = sum }
      var bounded = Histogram()
      _ = bounded.insert(kept + [low - spread])
      histograms[mask] = bounded
    }
  }

  /// The values that reshapes and transposes make of `value` where nothing but softmaxes reads them in the end; nil elsewhere.
  private static func onlySoftmaxReads(_ value: ValueID, _ readers: [ValueID: [Node]], _ outputs: Set<ValueID>) -> [ValueID]? {
    guard !outputs.contains(value), let nodes = readers[value], !nodes.isEmpty else { return nil }
    var moved: [ValueID] = []
    for node in nodes {
      if node.op is Softmax { continue }
      guard node.op is Reshape || node.op is Transpose, let output = node.outputs.first,
        let further = onlySoftmaxReads(output, readers, outputs)
      else { return nil }
      moved += [output] + further
    }
    return moved
  }
}
