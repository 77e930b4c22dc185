extension Graph {
  /// A concat whose first inputs are all those of an earlier one begins with that one's output: a dense block (DenseNet) then copies each
  /// feature map once a layer instead of all of them, and needs not keep the single ones.
  mutating func shareConcatPrefixes() {
    var known: [Prefix: [(inputs: [ValueID], output: ValueID)]] = [:]
    for index in nodes.indices {
      let inputs = nodes[index].inputs.compactMap(\.self)
      guard let concat = nodes[index].op as? Concat, inputs.count == nodes[index].inputs.count, inputs.count >= 2 else { continue }
      let key = Prefix(axis: concat.axis, first: inputs[0], second: inputs[1])
      let longest = known[key, default: []].filter { $0.inputs.count < inputs.count && inputs.starts(with: $0.inputs) }
        .max { $0.inputs.count < $1.inputs.count }
      if let longest { nodes[index].inputs = [longest.output] + Array(inputs.dropFirst(longest.inputs.count)) }
      known[key, default: []].append((inputs, nodes[index].outputs[0]))
    }
  }

  private struct Prefix: Hashable {
    var axis: Int
    var first, second: ValueID
  }
}
