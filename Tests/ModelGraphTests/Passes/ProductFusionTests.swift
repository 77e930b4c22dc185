import ModelGraph
import Testing

/// Products of two tensors take up the transposes and factors around them; normalizations their gamma and beta.
@Suite struct ProductFusionTests {
  /// Attention as exporters write it: heads split by reshape and transpose, the scores divided by a root.
  @Test func attentionKeepsNoTranspose() throws {
    var net = NCHWBuilder()
    let x = net.input([2, 5, 12])
    func heads(_ net: inout NCHWBuilder, _ permutation: [Int]) throws -> ValueID {
      let projected = try net.dense(x, 12)
      return try net.node(Transpose(permutation: permutation), try net.node(Reshape(shape: [2, 5, 3, 4]), projected))
    }
    let (q, k, v) = (try heads(&net, [0, 2, 1, 3]), try heads(&net, [0, 2, 3, 1]), try heads(&net, [0, 2, 1, 3]))
    let product = try net.node(MatMul(aRank: 4, bRank: 4), q, k)
    let scores = try net.node(Binary(.divide), product, net.scalar(2))
    let weighted = try net.node(MatMul(aRank: 4, bRank: 4), try net.node(Softmax(axis: 3), scores), v)
    let merged = try net.node(Reshape(shape: [2, 5, 12]), try net.node(Transpose(permutation: [0, 2, 1, 3]), weighted))
    net.output(try net.dense(merged, 7))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.count(Transpose.self) == 0 && graph.count(Binary.self) == 0)
    let products = graph.nodes.compactMap { $0.op as? MatMul }
    #expect(products.map(\.scale) == [0.5, 1])
    #expect(products[1].outputOrder == [0, 2, 1, 3])
  }

  @Test func aTransposedProductExchangesItsFactors() throws {
    var net = NCHWBuilder()
    let (a, b) = (net.input([2, 3, 4], "a"), net.input([2, 4, 5], "b"))
    let turned = try net.node(Transpose(permutation: [0, 2, 1]), try net.node(MatMul(aRank: 3, bRank: 3), a, b))
    net.output(try net.dense(try net.relu(turned), 7))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["MatMul", "Dense"] && (graph.nodes[0].op as? MatMul)?.clamp == .relu)
    #expect(graph.nodes[0].inputs == [b, a])
  }

  /// Only one positive factor for all elements: not one a column, not a negative one, not past a clamp or a second reader.
  @Test func otherFactorsStay() throws {
    for case let (shape, range, clamps, isRead) in [
      ([1, 5], 1...2, false, false), ([1], -2...(-1), false, false), ([1], 1...2, true, false), ([1], 1...2, false, true),
    ] as [([Int], ClosedRange<Float>, Bool, Bool)] {
      var net = NCHWBuilder()
      var y = try net.node(MatMul(aRank: 2, bRank: 2), net.input([3, 4], "a"), net.input([4, 5], "b"))
      if clamps { y = try net.relu(y) }
      if isRead { net.output(y, "product") }
      net.output(try net.node(Binary(.multiply), y, net.constant(shape, in: range)))
      #expect(try checkedOptimization(net.graph).count(Binary.self) == 1)
    }
  }

  @Test func scaleAndShiftBecomeGammaAndBeta() throws {
    var net = NCHWBuilder()
    var y = try net.node(Normalize(.standard, axes: [2], epsilon: 1e-5), net.input([2, 3, 8]))
    y = try net.node(Binary(.multiply), y, net.constant([8]))
    y = try net.node(Binary(.divide), y, net.constant([1], in: 1...2))
    y = try net.node(Binary(.subtract), y, net.constant([1, 8]))
    net.output(try net.relu(y))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Normalize"] && graph.nodes[0].inputs.count == 3)
    #expect((graph.nodes[0].op as? Normalize)?.clamp == .relu)
  }

  /// Per-channel normalization between convolutions: no transposes, gamma per channel.
  @Test func instanceNormRunsOnStoredChannels() throws {
    var net = NCHWBuilder()
    let y = try net.conv(net.input([1, 3, 6, 6]), 4)
    let normalize = Normalize(.standard, axes: [2, 3], epsilon: 1e-5)
    let normalized = try net.node(normalize, y, net.constant([4, 1, 1]), net.constant([4, 1, 1]))
    net.output(try net.conv(try net.relu(normalized), 5))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Convolution2D", "Normalize", "Convolution2D"])
    #expect((graph.nodes[1].op as? Normalize)?.axes == [1, 2])
  }

  @Test func groupNormSplitsStoredChannels() throws {
    var net = NCHWBuilder()
    let y = try net.conv(net.input([1, 3, 6, 6]), 8)
    let grouped = try net.node(Reshape(shape: [1, 2, 4, 6, 6]), y)
    let normalized = try net.node(
      Normalize(.standard, axes: [2, 3, 4], epsilon: 1e-5), grouped, net.constant([2, 4, 1, 1]), net.constant([2, 4, 1, 1]))
    net.output(try net.conv(try net.node(Reshape(shape: [1, 8, 6, 6]), normalized), 5))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.count(Transpose.self) == 0)
    let op = try #require(graph.nodes.compactMap { $0.op as? Normalize }.first)
    #expect(op.axes == [1, 2, 4])
    #expect(op.block([1, 6, 6, 2, 4], gamma: [2, 4]) == .init(axis: 36, groups: 2, size: 4))
  }

  @Test func preluMovesWithItsImage() throws {
    var net = NCHWBuilder()
    let y = try net.conv(net.input([1, 3, 6, 6]), 4)
    net.output(try net.conv(try net.node(PRelu(), y, net.constant([4, 1, 1])), 5))
    #expect(try checkedOptimization(net.graph).operators == ["Convolution2D", "PRelu", "Convolution2D"])
  }
}
