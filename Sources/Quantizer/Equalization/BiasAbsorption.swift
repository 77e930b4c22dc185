import ModelGraph
import Swiftlet

/// Channels of one tensor moved towards zero, by offsets that the biases around it take: x[c] - o[c] is written, and the layers that read it add W o.
///
/// One int8 range serves all channels: those that lie about different means widen it for each other.
/// - Behind ReLU o[c] > 0 is below all that calibration saw of the channel, by `margin` of its range: ReLU(y) - o = ReLU(y - o) where y >= o. So the
///   function changes for inputs that reach below that alone.
/// - Without an activation o[c] is the middle of what was seen, and the function is the same up to rounding.
/// Layers that read it must not pad: zeros beside moved values are no longer zeros of the tensor.
///
/// Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019, section 4.1.3, with what was seen in place of
/// three standard deviations of a batch normalization.
struct BiasAbsorption {
  let producer: NodeID
  let consumers: [NodeID]
  let offsets: [Float]

  static let margin: Float = 1.0 / 8
  /// Of the tensor's range that must be left out for the offsets to be worth a try.
  static let leastGain: Float = 1.0 / 16

  /// A tensor that offsets can move.
  struct Place {
    var value: ValueID
    var producer: NodeID
    var consumers: [NodeID]
    var channels: Int
    var isRectified: Bool
  }

  /// - Returns: nil where there is not one finite offset a channel, or one that a ReLU cannot take.
  init?(_ place: Place, offsets: [Float]) {
    guard offsets.count == place.channels, offsets.allSatisfy({ $0.isFinite && (!place.isRectified || $0 >= 0) }) else { return nil }
    (producer, consumers, self.offsets) = (place.producer, place.consumers, offsets)
  }

  /// - Parameter seen: range of each channel.
  /// - Returns: nil where the tensor's range would hardly become smaller.
  init?(_ place: Place, seen: [(lower: Float, upper: Float)]) {
    let offsets = seen.map { lower, upper in
      place.isRectified ? max(0, lower - (upper - lower) * Self.margin) : lower / 2 + upper / 2
    }
    func width(_ offsets: [Float]) -> Float {
      let lower = zip(seen, offsets).map { $0.lower - $1 }.min() ?? 0
      return max(zip(seen, offsets).map { $0.upper - $1 }.max() ?? 0, 0) - min(lower, 0)
    }
    guard width(offsets) < (1 - Self.leastGain) * width(Array(repeating: 0, count: seen.count)) else { return nil }
    self.init(place, offsets: offsets)
  }
}

extension Graph {
  /// Tensors that one layer with weights writes and that only layers with weights read, none of which pads.
  func absorptionPlaces() -> [BiasAbsorption.Place] {
    var readers: [ValueID: [Node]] = [:]
    for node in nodes { for input in node.inputs.compactMap(\.self) { readers[input, default: []].append(node) } }
    let outputs = Set(self.outputs.map(\.value))
    return nodes.compactMap { node in
      guard node.hasFreeWeights(in: self), let value = node.outputs.first, !outputs.contains(value), let consumers = readers[value], !consumers.isEmpty,
        let channels = node.inputs[1].flatMap({ self[$0].type.shape.first }), self[value].type.shape.last == channels
      else { return nil }
      let clamp = node.fusedClamp
      guard clamp == .none || (clamp.lower == 0 && clamp.upper == .infinity) else { return nil }
      let canTake = consumers.allSatisfy { reader in
        // An input that is also the weight or the bias would move with it.
        reader.hasFreeWeights(in: self) && reader.inputs.count { $0 == value } == 1 && reader.inputs[0] == value
          && (reader.op as? Convolution2D).map { $0.padding == Padding2D() } ?? true
      }
      guard canTake else { return nil }
      return BiasAbsorption.Place(
        value: value, producer: node.id, consumers: consumers.map(\.id), channels: channels, isRectified: clamp.lower == 0)
    }
  }

  /// The net with channels moved.
  func absorbing(_ absorptions: [BiasAbsorption]) -> Graph {
    var graph = self
    for absorption in absorptions {
      for position in graph.nodes.indices {
        if graph.nodes[position].id == absorption.producer { graph.addToBias(of: position, absorption.offsets.map { -Double($0) }) }
        if absorption.consumers.contains(graph.nodes[position].id) { graph.addToBias(of: position, graph.effect(of: absorption.offsets, on: position)) }
      }
    }
    return graph
  }

  /// W o, one an output channel.
  private func effect(of offsets: [Float], on position: Int) -> [Double] {
    guard let weight = nodes[position].inputs[1].flatMap({ self[$0].constant }), let rows = weight.shape.first, rows > 0 else { return [] }
    var sums = [Double](repeating: 0, count: rows)
    let length = max(weight.count / rows, 1)
    var index = 0
    weight.forEachInputChannel(groups: nodes[position].groups) { channel, value in
      sums[index / length] += Double(value) * Double(offsets[channel % offsets.count])
      index += 1
    }
    return sums
  }

  /// Gives the node a bias of its own: others may read the old one, or there was none.
  private mutating func addToBias(of position: Int, _ change: [Double]) {
    let old = nodes[position].inputs.count > 2 ? nodes[position].inputs[2] : nil
    let floats = old.flatMap { self[$0].constant?.floats } ?? Array(repeating: 0, count: change.count)
    let tensor = Tensor(shape: [change.count], floats: zip(floats, change).map { Float(Double($0) + $1) })
    let id = ValueID(index: values.count)
    values.append(Value(name: "\(old.map { self[$0].name } ?? "bias")#absorbed\(values.count)", type: tensor.type, constant: tensor))
    while nodes[position].inputs.count < 3 { nodes[position].inputs.append(nil) }
    nodes[position].inputs[2] = id
  }
}

extension Node {
  fileprivate var fusedClamp: ClampRange { (op as? Convolution2D)?.clamp ?? (op as? Dense)?.clamp ?? .none }

  /// Whether the node's weights and bias are floats that can be changed.
  fileprivate func hasFreeWeights(in graph: Graph) -> Bool {
    guard hasWeights, inputs.count > 1, let weight = inputs[1].flatMap({ graph[$0].constant }), weight.quantized == nil else { return false }
    guard inputs.count > 2, let bias = inputs[2] else { return true }
    return graph[bias].constant.map { $0.quantized == nil } ?? false
  }
}

extension ObservedProgram {
  /// What each channel of these values holds over `samples`.
  func channelRanges(of places: [BiasAbsorption.Place], over samples: [[[Float]]]) throws(DiagnosticError) -> [[(lower: Float, upper: Float)]] {
    var ranges = places.map { Array(repeating: (lower: Float.infinity, upper: -Float.infinity), count: $0.channels) }
    let positions = Dictionary(places.enumerated().map { ($1.value, $0) }) { first, _ in first }
    let schedule = schedule.mapValues { $0.filter { positions[$0] != nil } }
    for sample in samples {
      do throws(RunError) {
        try set(sample)
        try session.run { (instruction, session) throws(RunError) in
          for value in schedule[instruction] ?? [] {
            guard let tensor = tensors[value], let index = positions[value] else { continue }
            try session.withTensorFloats(tensor) { (floats) throws(RunError) in
              let count = ranges[index].count
              for position in floats.indices {
                let (channel, x) = (position % count, floats[position])
                if x < ranges[index][channel].lower { ranges[index][channel].lower = x }
                if x > ranges[index][channel].upper { ranges[index][channel].upper = x }
              }
            }
          }
        }
      } catch { throw DiagnosticError(running: error) }
    }
    return ranges
  }
}
