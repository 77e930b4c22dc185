import ModelGraph

/// Values whose channels can be scaled together, by any positive factor a channel, without changing the net: what writes them is linear or
/// positively homogeneous, and so is what reads them.
///
/// Channel of an element: its row-major position modulo the group's channel count, so that flattening keeps it.
struct ChannelGroup {
  var channels: Int
  var members: [ValueID]
  /// Weighted nodes and normalizations whose output channels are the group's: their rows and biases, gamma and beta, take the inverse factors.
  var producers: [NodeID]
  /// Weighted nodes that read the group: their input columns take the factors.
  var consumers: [NodeID]
}

extension Graph {
  /// All groups with both producers and consumers.
  func channelGroups() -> [ChannelGroup] {
    var finder = ChannelGroupFinder(self)
    for node in nodes { finder.visit(node) }
    return finder.groups()
  }
}

private struct ChannelGroupFinder {
  private let graph: Graph
  private var parent: [Int]
  /// Channel count of what weighted nodes and homogeneous operators agree on.
  private var channels: [Int: Int] = [:]
  private var isFixed: [Bool]
  private var producers: [(value: ValueID, node: NodeID, channels: Int)] = []
  private var consumers: [(value: ValueID, node: NodeID)] = []

  init(_ graph: Graph) {
    self.graph = graph
    parent = Array(graph.values.indices)
    isFixed = graph.values.map { $0.constant != nil || $0.quantization != nil }
    for value in graph.inputs.map(\.value) + graph.outputs.map(\.value) { isFixed[value.index] = true }
  }

  mutating func visit(_ node: Node) {
    if node.hasWeights, visitWeighted(node) { return }
    if visitNormalization(node) { return }
    let floats = (node.inputs.compactMap(\.self) + node.outputs).filter { graph.isFloatingPoint($0) }
    if let output = node.outputs.first, node.outputs.count == 1, let inputs = homogeneousInputs(node) {
      for input in inputs { join(input, output) }
      // A slope or a padding value beside them stays as it is.
      return
    }
    for value in floats { isFixed[value.index] = true }
  }

  /// - Returns: false where the weights cannot be rescaled.
  private mutating func visitWeighted(_ node: Node) -> Bool {
    guard let input = node.inputs[0], let weightID = node.inputs[1], let weight = graph[weightID].constant, weight.quantized == nil,
      let output = node.outputs.first, let rows = weight.shape.first, node.inputs.count < 3 || node.inputs[2].map({ graph[$0].constant != nil }) ?? true
    else { return false }
    let clamp = (node.op as? Convolution2D)?.clamp ?? (node.op as? Dense)?.clamp
    guard let clamp else { return false }
    consumers.append((input, node.id))
    if clamp.isHomogeneous {
      producers.append((output, node.id, rows))
    } else {
      isFixed[output.index] = true
    }
    return true
  }

  /// A normalization's gamma and beta scale its channels as rows of weights do.
  /// Source: Xiao et al., SmoothQuant, 2022, section 4.
  /// - Returns: false where it has no gamma of one entry a channel.
  private mutating func visitNormalization(_ node: Node) -> Bool {
    guard let op = node.op as? Normalize, op.clamp.isHomogeneous, let input = node.inputs.first.flatMap(\.self), node.inputs.count > 1,
      let gamma = node.inputs[1].flatMap({ graph[$0].constant }), gamma.shape == [graph[node.outputs[0]].type.shape.last ?? 0]
    else { return false }
    if node.inputs.count > 2, let beta = node.inputs[2], graph[beta].constant?.shape != gamma.shape { return false }
    isFixed[input.index] = true
    producers.append((node.outputs[0], node.id, gamma.count))
    return true
  }

  /// Inputs that have the output's channels, where scaling theirs scales the output's: f(s x) = s f(x) for s > 0.
  private func homogeneousInputs(_ node: Node) -> [ValueID]? {
    guard let first = node.inputs.first.flatMap(\.self), let output = node.outputs.first, graph[first].constant == nil else { return nil }
    let (shape, result) = (graph[first].type.shape, graph[output].type.shape)
    let last = shape.count - 1
    switch node.op {
    case let op as Binary where [.add, .subtract, .maximum, .minimum].contains(op.kind) && op.clamp.isHomogeneous:
      let inputs = node.inputs.compactMap(\.self)
      return inputs.allSatisfy { graph[$0].constant == nil && graph[$0].type.shape == result } ? inputs : nil
    case let op as Unary:
      switch op.function {
      case .clip(let lower, let upper): return ClampRange(lower: lower, upper: upper).isHomogeneous ? [first] : nil
      case .leakyRelu, .identity: return [first]
      default: return nil
      }
    case let op as PRelu: return op.clamp.isHomogeneous ? [first] : nil
    case let op as Pool2D: return op.clamp.isHomogeneous ? [first] : nil
    case let op as Reduce: return [.mean, .sum, .max, .min].contains(op.kind) && !op.axes.contains(last) ? [first] : nil
    case let op as Resample: return op.axis != last ? [first] : nil
    case let op as Pad: return op.value == 0 && op.before[last] == 0 && op.after[last] == 0 ? [first] : nil
    case is Reshape: return [first]
    default: return nil
    }
  }

  private func root(_ value: ValueID) -> Int {
    var index = value.index
    while parent[index] != index { index = parent[index] }
    return index
  }

  private mutating func join(_ a: ValueID, _ b: ValueID) {
    let (a, b) = (root(a), root(b))
    parent[max(a, b)] = min(a, b)
  }

  func groups() -> [ChannelGroup] {
    var groups: [Int: ChannelGroup] = [:]
    for (value, node, channels) in producers {
      groups[root(value), default: ChannelGroup(channels: channels, members: [], producers: [], consumers: [])].producers.append(node)
      if groups[root(value)]?.channels != channels { groups[root(value)]?.channels = 0 }
    }
    for (value, node) in consumers { groups[root(value)]?.consumers.append(node) }
    for index in graph.values.indices {
      let value = ValueID(index: index)
      guard let count = groups[root(value)]?.channels else { continue }
      groups[root(value)]?.members.append(value)
      // A last axis of another length than a multiple would move channels about.
      if isFixed[index] || count == 0 || (graph[value].type.shape.last ?? 1) % count != 0 { groups[root(value)]?.channels = 0 }
    }
    return groups.sorted { $0.key < $1.key }.map(\.value).filter { $0.channels > 1 && !$0.consumers.isEmpty }
  }
}

extension ClampRange {
  /// Whether clamping commutes with positive factors: no bounds, or those of ReLU.
  fileprivate var isHomogeneous: Bool { (lower == 0 || lower == -.infinity) && upper == .infinity }
}
