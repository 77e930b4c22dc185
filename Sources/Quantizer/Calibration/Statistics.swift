import ModelGraph

/// What calibration saw in a float run over the samples.
struct Statistics: Sendable {
  /// Of graph inputs and of every node's outputs; of constants that int8 nodes may read as activations.
  var histograms: [ValueID: Histogram] = [:]
  /// Widths of the ranges, zero included, that the first half of the samples shows; empty of fewer than four samples.
  private(set) var halfway: [ValueID: Double] = [:]
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

  /// Call it after half of the samples.
  mutating func keepHalf() { halfway = histograms.mapValues(\.width) }

  /// Adds one run's values of `id`.
  /// - Returns: the position of a NaN, or nil.
  mutating func add(_ values: Span<Float>, of id: ValueID) -> Int? {
    if let position = histograms[id, default: Histogram()].insert(values) { return position }
    moments[id]?.add(values)
    return nil
  }
}
