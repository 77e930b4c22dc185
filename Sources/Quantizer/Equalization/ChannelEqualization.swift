import Foundation
package import ModelGraph

/// Cross-layer equalization: channels of one tensor get like ranges, what that takes is undone in the weights that read them.
///
/// One int8 scale serves all channels of an activation, so one of range r[c] keeps log2(r[c] / max r) fewer bits than the widest. Weights have
/// a scale an output channel: rows may be scaled for nothing, columns not. So x[c] / s[c] with
///   s[c] = sqrt(r[c] / w[c]),  w[c] the largest weight that reads channel c;  s[c] = r[c] where depthwise convolutions alone do.
/// Factors are powers of two: the float function is the same bit for bit, denormals aside.
///
/// r[c] is what calibration saw (as Xiao et al., SmoothQuant, 2022, equation 4 with alpha = 0.5), or the largest weight of the producers' row c.
/// The second leaves a net alone whose layers have weights of like size, however its activations vary, and undoes factors that
/// somebody put between two layers.
///
/// Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019, section 4.1.
struct ChannelEqualization {
  /// log2 of the factors, one a channel: x becomes x / 2^exponent.
  let group: ChannelGroup
  let exponents: [Int]

  /// Factors that differ by less leave every channel within half a bit of where it would be.
  static let leastSpread = 2
  /// Largest magnitude of an exponent.
  static let limit = 24

  /// - Returns: nil where there is not one exponent a channel, or one is beyond the limit.
  init?(_ group: ChannelGroup, exponents: [Int]) {
    guard exponents.count == group.channels, exponents.allSatisfy({ (-Self.limit...Self.limit).contains($0) }) else { return nil }
    (self.group, self.exponents) = (group, exponents)
  }

  /// Balances rows of weights against columns, one group after another: the rows of a depthwise convolution are its columns too, which the group before
  /// it has scaled.
  static func byWeights(_ groups: [ChannelGroup], in graph: Graph) -> [ChannelEqualization] {
    var (result, graph): ([ChannelEqualization], Graph) = ([], graph)
    for group in groups {
      guard let equalization = ChannelEqualization(group, peaks: group.largestRows(in: graph), in: graph) else { continue }
      graph = graph.equalized([equalization])
      result.append(equalization)
    }
    return result
  }

  /// - Parameter peaks: r, one a channel.
  /// - Returns: nil where the channels are much alike already.
  init?(_ group: ChannelGroup, peaks: [Float], in graph: Graph) {
    self.group = group
    var columns = [Float](repeating: 0, count: group.channels)
    for node in graph.nodes where group.consumers.contains(node.id) {
      guard let weight = node.inputs[1].flatMap({ graph[$0].constant }), !node.isDepthwise(weight.shape) else { continue }
      weight.forEachInputChannel(groups: node.groups) { channel, value in
        columns[channel % columns.count] = max(columns[channel % columns.count], value.magnitude)
      }
    }
    let wanted = zip(peaks, columns).map { peak, column -> Double? in
      guard peak > 0, peak.isFinite else { return nil }
      return column > 0 ? log2(Double(peak) / Double(column)) / 2 : columns.allSatisfy { $0 == 0 } ? log2(Double(peak)) : nil
    }
    let known = wanted.compactMap(\.self).sorted()
    guard let least = known.first, let most = known.last, most - least >= Double(Self.leastSpread) else { return nil }
    // About the middle one, so that scales stay where they are. A channel that is never moved, or never read, stays too.
    let middle = known[known.count / 2]
    exponents = wanted.map { $0.map { max(-Self.limit, min(Self.limit, Int(($0 - middle).rounded()))) } ?? 0 }
  }
}

extension ChannelGroup {
  /// The largest weight of each channel's rows over the producers.
  fileprivate func largestRows(in graph: Graph) -> [Float] {
    var rows = [Float](repeating: 0, count: channels)
    for node in graph.nodes where producers.contains(node.id) {
      guard let weight = node.inputs[1].flatMap({ graph[$0].constant }), let count = weight.shape.first, count > 0 else { continue }
      let length = max(weight.count / count, 1)
      for (index, value) in weight.floats.enumerated() { rows[index / length % channels] = max(rows[index / length % channels], value.magnitude) }
    }
    return rows
  }
}

/// An equalization as it is told: channel c of what the producers write is divided by 2^exponents[c], the consumers' weights take it back.
package struct AppliedEqualization: Hashable, Sendable {
  package var producers: [NodeID]
  package var consumers: [NodeID]
  package var exponents: [Int]

  init(_ equalization: ChannelEqualization) {
    (producers, consumers) = (equalization.group.producers, equalization.group.consumers)
    exponents = equalization.exponents
  }
}

extension Graph {
  /// The same function with channels equalized.
  func equalized(_ equalizations: [ChannelEqualization]) -> Graph {
    var graph = self
    for equalization in equalizations { graph.apply(equalization) }
    return graph
  }

  private mutating func apply(_ equalization: ChannelEqualization) {
    let group = equalization.group
    let factors = equalization.exponents.map { Float(sign: .plus, exponent: $0, significand: 1) }
    for position in nodes.indices {
      let node = nodes[position]
      if group.producers.contains(node.id) {
        replaceInput(1, of: position) { $0.scalingRows { 1 / factors[$0 % factors.count] } }
        if node.inputs.count > 2, node.inputs[2] != nil { replaceInput(2, of: position) { $0.scalingRows { 1 / factors[$0 % factors.count] } } }
      }
      if group.consumers.contains(node.id) {
        replaceInput(1, of: position) { $0.scalingInputChannels(groups: node.groups) { factors[$0 % factors.count] } }
      }
    }
  }

  /// Gives the node a constant of its own: others may read the old one.
  private mutating func replaceInput(_ index: Int, of position: Int, _ change: (Tensor) -> Tensor) {
    guard let id = nodes[position].inputs[index], let constant = self[id].constant else { return }
    let tensor = change(constant)
    nodes[position].inputs[index] = ValueID(index: values.count)
    values.append(Value(name: "\(self[id].name)#equalized\(values.count)", type: tensor.type, constant: tensor))
  }
}

extension Node {
  var groups: Int { (op as? Convolution2D)?.groups ?? 1 }
  /// Whether each output channel reads one input channel.
  fileprivate func isDepthwise(_ weight: [Int]) -> Bool { groups > 1 && weight.last == 1 }
}

extension Tensor {
  /// Of a weight [O, ..., C / groups] or [N, K]: the input channel that each element meets.
  func forEachInputChannel(groups: Int, _ body: (Int, Float) -> Void) {
    let depth = max(shape.last ?? 1, 1), rows = max(shape.first ?? 1, 1)
    let (rowLength, rowsOfGroup) = (count / rows, max(rows / max(groups, 1), 1))
    for (index, value) in floats.enumerated() { body(index / max(rowLength, 1) / rowsOfGroup * depth + index % depth, value) }
  }

  fileprivate func scalingInputChannels(groups: Int, _ factor: (Int) -> Float) -> Tensor {
    var scaled: [Float] = []
    scaled.reserveCapacity(count)
    forEachInputChannel(groups: groups) { scaled.append($1 * factor($0)) }
    return Tensor(shape: shape, floats: scaled)
  }

  fileprivate func scalingRows(_ factor: (Int) -> Float) -> Tensor {
    let rowLength = max(count / max(shape.first ?? 1, 1), 1)
    return Tensor(shape: shape, floats: floats.enumerated().map { $1 * factor($0 / rowLength) })
  }
}
