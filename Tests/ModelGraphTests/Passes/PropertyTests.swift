import ModelGraph
import Testing
import _TestSupport

@Suite struct PropertyTests {
  /// Random nets in import form: outputs never change, topological order and types hold (the executor checks both).
  @Test(arguments: 0..<200) func optimizationKeepsOutputs(seed: Int) throws {
    var net = NCHWBuilder(seed: UInt64(seed))
    let shape = [Int.random(in: 1...2, using: &net.random), Int.random(in: 1...4, using: &net.random), 6, 5]
    var values = [net.input(shape)]
    if Bool.random(using: &net.random) { values.append(net.input(shape, "second")) }
    for _ in 0..<Int.random(in: 3...14, using: &net.random) {
      let recent = values.suffix(4)
      guard let x = recent.randomElement(using: &net.random) else { continue }
      if let y = try step(&net, x, values), net.shape(y).reduce(1, *) <= 4000 { values.append(y) }
    }
    for index in 0..<Int.random(in: 1...3, using: &net.random) {
      guard let value = index == 0 ? values.last : values.randomElement(using: &net.random) else { continue }
      net.output(value, "y\(index)")
    }
    let optimized = try checkedOptimization(net.graph, seed: UInt64(seed))
    #expect(try checkedOptimization(optimized, seed: UInt64(seed)).nodes.count <= optimized.nodes.count, "seed \(seed)")
    for (id, before) in zip(net.graph.values.indices, net.graph.values) { #expect(optimized.values[id].name == before.name) }
  }

  private func step(_ net: inout NCHWBuilder, _ x: ValueID, _ values: [ValueID]) throws -> ValueID? {
    let shape = net.shape(x)
    let axis = shape.indices.randomElement(using: &net.random) ?? 0
    let isImage = shape.count == 4 && shape[2] >= 2 && shape[3] >= 2
    switch Int.random(in: 0..<22, using: &net.random) {
    case 0 where isImage, 1 where isImage:
      return try net.conv(x, Int.random(in: 1...5, using: &net.random), bias: .random(using: &net.random))
    case 2 where isImage: return try net.conv(x, shape[1], groups: shape[1])
    case 3 where isImage: return try net.pool(x, .max)
    case 4 where isImage: return try net.pool(x, .average, kernel: 3, stride: 1, padding: 1)
    case 5 where shape.count == 4, 6 where shape.count == 4: return try net.batchNorm(x)
    case 7: return try net.relu(x)
    case 8: return try net.node(Unary(.clip(lower: -0.5, upper: 0.75)), x)
    case 9: return try net.node(Binary(.multiply), x, try net.node(Unary(.sigmoid), x))
    case 10:
      let others = values.filter { (try? broadcast(net.shape($0), shape)) != nil }
      let kinds: [Binary.Kind] = [.add, .subtract, .multiply, .maximum, .minimum]
      return try net.node(Binary(kinds.randomElement(using: &net.random) ?? .add), x, others.randomElement(using: &net.random) ?? x)
    case 11: return try net.node(Binary(.multiply), net.constant(Array(shape.suffix(2))), x)
    case 12: return try net.node(Binary(.divide), x, net.constant([1], in: 1...2))
    case 13:
      let others = values.filter { net.shape($0) == shape }
      return try net.node(Concat(axis: axis), x, others.randomElement(using: &net.random) ?? x)
    case 14:
      let pads = shape.map { _ in Int.random(in: 0...1, using: &net.random) }
      return try net.node(Pad(before: pads, after: pads.reversed()), x)
    case 15:
      let counts = shape.map { Int.random(in: max(1, $0 - 1)...max(1, $0), using: &net.random) }
      return try net.node(Slice(starts: zip(shape, counts).map { $0 - $1 }, counts: counts, steps: shape.map { _ in 1 }), x)
    case 16:
      return try net.node(Reduce(.mean, axes: [axis], keepsDimensions: .random(using: &net.random)), x)
    case 17: return try net.node(Softmax(axis: axis), x)
    case 18, 19:
      return try net.node(Transpose(permutation: shape.indices.shuffled(using: &net.random)), x)
    case 20:
      let depth = shape.dropFirst().reduce(1, *)
      guard let batch = shape.first, depth <= 300 else { return nil }
      let flat = try net.relu(try net.node(Reshape(shape: [batch, depth]), x))
      return try net.node(Binary(.add), try net.dense(flat, 4), net.constant([4]))
    default:
      // Merge two neighbours, or split one.
      var target = shape
      if axis + 1 < shape.count, Bool.random(using: &net.random) {
        target.replaceSubrange(axis...(axis + 1), with: [shape[axis] * shape[axis + 1]])
      } else if axis < shape.count, shape.count < 6 {
        target.replaceSubrange(axis...axis, with: shape[axis] % 2 == 0 ? [2, shape[axis] / 2] : [shape[axis], 1])
      }
      return try net.node(Reshape(shape: target), x)
    }
  }
}
