import ModelGraph
import Testing
import _TestSupport

@Suite struct LayoutTests {
  @Test func classifierKeepsNoTransposeAndNoBatchNorm() throws {
    var net = NCHWBuilder()
    let x = net.input([1, 3, 12, 12])
    var y = try net.relu(try net.batchNorm(try net.conv(x, 8, bias: false)))
    let short = y
    y = try net.relu(try net.batchNorm(try net.conv(y, 8, groups: 8)))
    y = try net.batchNorm(try net.conv(y, 8, kernel: 1))
    y = try net.relu(try net.node(Binary(.add), y, short))
    y = try net.pool(y, .max, kernel: 3, stride: 2, padding: 1)
    y = try net.node(Reshape(shape: [1, 8 * 6 * 6]), y)
    y = try net.node(Binary(.add), try net.dense(y, 10), net.constant([1, 10]))
    net.output(try net.node(Softmax(axis: 1), y))
    let graph = try checkedOptimization(net.graph)
    #expect(
      graph.operators == ["Convolution2D", "Convolution2D", "Convolution2D", "Binary", "Pool2D", "Reshape", "Dense", "Softmax"])
    #expect(graph.inputs[0].permutation == [0, 2, 3, 1])
    #expect(graph[graph.inputs[0].value].type.shape == [1, 12, 12, 3])
    // Biases may be absent, weights are not: nothing else is left of the constants.
    #expect(graph.values.count { $0.constant != nil } == 8)
  }

  @Test func globalPoolingFlattensWithoutMoving() throws {
    for keeps in [true, false] {
      var net = NCHWBuilder()
      var y = try net.conv(net.input([1, 3, 8, 8]), 16)
      y = try net.node(Reduce(.mean, axes: [2, 3], keepsDimensions: keeps), y)
      y = try net.node(Reshape(shape: [1, 16]), y)
      net.output(try net.dense(y, 4))
      let graph = try checkedOptimization(net.graph)
      #expect(graph.count(Transpose.self) == 0)
      #expect(graph.operators.filter { $0 != "Reshape" } == ["Convolution2D", "Reduce", "Dense"])
    }
  }

  @Test func detectionHeadsConcatenateWithoutTransposes() throws {
    var net = NCHWBuilder()
    var features = try net.relu(try net.conv(net.input([1, 3, 16, 16]), 8))
    var (boxes, scores): ([ValueID], [ValueID]) = ([], [])
    for _ in 0..<3 {
      let head = try net.nhwc(try net.conv(features, 12))
      boxes.append(try net.node(Reshape(shape: [1, net.shape(head)[1] * net.shape(head)[2] * 3, 4]), head))
      let score = try net.nhwc(try net.conv(features, 6))
      scores.append(try net.node(Reshape(shape: [1, net.shape(score)[1] * net.shape(score)[2] * 3, 2]), score))
      features = try net.relu(try net.conv(features, 8, stride: 2))
    }
    let location = try net.builder.add(Concat(axis: 1), boxes, name: "boxes")[0]
    let score = try net.builder.add(Concat(axis: 1), scores, name: "scores")[0]
    net.output(try net.node(Softmax(axis: 2), score), "scores")
    net.output(location, "boxes")
    #expect(try checkedOptimization(net.graph).count(Transpose.self) == 0)
  }

  @Test func fireModulesAndSpatialOutput() throws {
    var net = NCHWBuilder()
    let squeezed = try net.relu(try net.conv(net.input([1, 3, 10, 10]), 4, kernel: 1))
    let a = try net.relu(try net.conv(squeezed, 8, kernel: 1))
    let b = try net.relu(try net.conv(squeezed, 8, kernel: 3))
    let joined = try net.node(Concat(axis: 1), a, b)
    net.output(joined, "features")
    net.output(try net.node(Softmax(axis: 1), try net.node(Reduce(.mean, axes: [2, 3], keepsDimensions: true), joined)))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.count(Transpose.self) == 0)
    #expect(graph.outputs[0].permutation == [0, 2, 3, 1])
  }

  @Test func everythingThatAnAxisOrderPassesThrough() throws {
    var net = NCHWBuilder()
    var y = try net.node(Binary(.multiply), net.input([2, 3, 9, 8]), net.constant([3, 1, 1]))
    y = try net.node(Pad(before: [0, 0, 1, 2], after: [0, 1, 0, 1], value: 0.5), y)
    y = try net.conv(y, 6)
    y = try net.node(Slice(starts: [0, 5, 1, 0], counts: [2, 4, 8, 5], steps: [1, -1, 1, 2]), y)
    let mean = try net.node(Reduce(.mean, axes: [2, 3], keepsDimensions: true), y)
    let gate = try net.node(Unary(.sigmoid), try net.conv(mean, 4, kernel: 1))
    y = try net.node(Binary(.multiply), gate, y)
    y = try net.node(Binary(.add), y, net.constant([2, 4, 8, 5]))
    y = try net.node(Binary(.maximum), y, net.scalar(-0.25))
    y = try net.node(Unary(.tanh), try net.node(Softmax(axis: 1), y))
    y = try net.node(Reduce(.max, axes: [1], keepsDimensions: false), y)
    net.output(y)
    #expect(try checkedOptimization(net.graph).count(Transpose.self) == 0)
  }

  @Test func oneDimensionalConvolutions() throws {
    var net = NCHWBuilder()
    var y = net.input([1, 6, 20])
    for _ in 0..<2 {
      y = try net.node(Reshape(shape: [1, 6, 1, 20]), y)
      y = try net.conv(y, 6, kernel: 1)
      y = try net.relu(try net.node(Reshape(shape: [1, 6, 20]), y))
    }
    net.output(try net.dense(try net.node(Reshape(shape: [1, 120]), y), 3))
    #expect(try checkedOptimization(net.graph).count(Transpose.self) == 0)
  }

  @Test func channelShuffleIsOneTranspose() throws {
    var net = NCHWBuilder()
    var y = try net.conv(net.input([1, 3, 6, 6]), 8)
    y = try net.node(Reshape(shape: [1, 2, 4, 6, 6]), y)
    y = try net.node(Transpose(permutation: [0, 2, 1, 3, 4]), y)
    y = try net.node(Reshape(shape: [1, 8, 6, 6]), y)
    net.output(try net.conv(y, 4))
    #expect(try checkedOptimization(net.graph).count(Transpose.self) == 1)
  }

  @Test func decodersPermuteTheRowsOfTheirDenseLayer() throws {
    var net = NCHWBuilder()
    var y = try net.relu(try net.node(Binary(.add), try net.dense(net.input([1, 10]), 4 * 6 * 5), net.constant([4 * 6 * 5])))
    y = try net.node(Reshape(shape: [1, 4, 6, 5]), y)
    net.output(try net.conv(y, 2))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Dense", "Reshape", "Convolution2D"])
  }

  @Test func flattenWithAnotherReaderIsMaterializedOnce() throws {
    var net = NCHWBuilder()
    let y = try net.conv(net.input([1, 3, 4, 4]), 4)
    let flat = try net.node(Reshape(shape: [1, 64]), y)
    net.output(try net.dense(flat, 5), "dense")
    net.output(flat, "flat")
    #expect(try checkedOptimization(net.graph).count(Transpose.self) == 1)
  }

  @Test func onlyATransposeStaysTheWorkOfANode() throws {
    var net = NCHWBuilder()
    let x = net.input([1, 3, 4, 4])
    net.output(try net.nchw(try net.nhwc(x)), "same")
    net.output(try net.nhwc(x), "moved")
    let graph = try checkedOptimization(net.graph)
    for output in graph.outputs { #expect(graph.nodes.contains { $0.outputs.contains(output.value) }) }
  }

  @Test(arguments: [[2, 6, 12], [2, 2, 3, 3, 4], [2, 6, 1, 3, 4], [1, 2, 6, 3, 4, 1], [2, 6, 3, 2, 2]])
  func reshapesThatMergeOrSplitNeighboursMoveNothing(target: [Int]) throws {
    var net = NCHWBuilder()
    let y = try net.node(Unary(.abs), net.input([2, 3, 4, 6]))
    net.output(try net.node(Reshape(shape: target), try net.nchw(y)))
    #expect(try checkedOptimization(net.graph).count(Transpose.self) == 0)
  }

  @Test func emptyTensorsPass() throws {
    var net = NCHWBuilder()
    let y = try net.nchw(try net.node(Unary(.abs), net.input([0, 3, 4, 2])))
    net.output(try net.dense(try net.node(Reshape(shape: [0, 7]), y), 3))
    try checkedOptimization(net.graph)
  }
}
