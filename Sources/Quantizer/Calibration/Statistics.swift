import ModelGraph

/// What calibration saw in a float run over the samples.
struct Statistics: Sendable {
  /// Of graph inputs and of every node's outputs; of constants that int8 nodes may read as activations.
  var histograms: [ValueID: Histogram] = [:]
  /// Of what weighted nodes read.
  var moments: [ValueID: InputMoments] = [:]

  init(for graph: Graph) {
    for node in graph.nodes {
      for input in node.activationInputs {
        if node.hasWeights { moments[input] = InputMoments(graph[input].type) }
        guard let constant = graph[input].constant, histograms[input] == nil, graph.isFloatingPoint(input) else { continue }
        var histogram = Histogram()
        _ = histogram.insert(constant.floats)
        histograms[input] = histogram
      }
    }
  }

  /// Adds one run's values of `id`.
  /// - Returns: the position of a NaN, or nil.
  mutating func add(_ values: Span<Float>, of id: ValueID) -> Int? {
    if let position = histograms[id, default: Histogram()].insert(values) { return position }
    moments[id]?.add(values)
    return nil
  }
}
