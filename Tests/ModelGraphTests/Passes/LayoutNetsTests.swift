import ModelGraph
import Testing
import _TestSupport

/// The shapes of nets that NCHW exporters write: none keeps a transpose that could go.
@Suite struct LayoutNetsTests {
  private func expectNoResidue(
    _ net: NCHWBuilder, transposes: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let graph = try checkedOptimization(net.graph, sourceLocation: sourceLocation)
    #expect(graph.residualTransposes.map(\.name) == [], sourceLocation: sourceLocation)
    #expect(graph.count(Transpose.self) == transposes, sourceLocation: sourceLocation)
  }

  @Test func decoderWithSkipConnections() throws {
    var net = NCHWBuilder()
    let top = try net.relu(try net.batchNorm(try net.conv(net.input([1, 3, 16, 12]), 8)))
    let bottom = try net.relu(try net.conv(try net.pool(top, .max), 16))
    let up = ConvolutionTranspose2D(strides: Size2D(2, 2), size: Size2D(16, 12))
    let raised = try net.relu(try net.batchNorm(try net.nchw(try net.node(up, try net.nhwc(bottom), net.constant([8, 2, 2, 16]), nil))))
    let joined = try net.node(Concat(axis: 1), raised, top)
    net.output(try net.node(Unary(.sigmoid), try net.conv(try net.relu(try net.conv(joined, 8)), 1, kernel: 1)))
    // The interleaving of the transposed convolution's phases.
    try expectNoResidue(net, transposes: 1)
  }

  @Test func pyramidWithResizing() throws {
    var net = NCHWBuilder()
    let fine = try net.conv(net.input([1, 3, 16, 16]), 8)
    var coarse = try net.conv(try net.conv(fine, 8, stride: 2), 8)
    for axis in [2, 3] {
      let places = (0..<16).map { (Double($0) + 0.5) / 2 - 0.5 }
      coarse = try net.node(try #require(Resample(axis: axis, size: 8, coordinates: places, .linear(scale: 1))), coarse)
    }
    net.output(try net.conv(try net.node(Binary(.add), fine, coarse), 4))
    try expectNoResidue(net)
  }

  @Test func shuffledSplitBranches() throws {
    var net = NCHWBuilder()
    let x = try net.conv(net.input([1, 3, 8, 8]), 8)
    let left = try net.node(Slice(starts: [0, 0, 0, 0], counts: [1, 4, 8, 8], steps: [1, 1, 1, 1]), x)
    let right = try net.node(Slice(starts: [0, 4, 0, 0], counts: [1, 4, 8, 8], steps: [1, 1, 1, 1]), x)
    var y = try net.node(Concat(axis: 1), left, try net.relu(try net.conv(right, 4, groups: 4)))
    y = try net.node(Reshape(shape: [1, 2, 4, 8, 8]), y)
    y = try net.node(Reshape(shape: [1, 8, 8, 8]), try net.node(Transpose(permutation: [0, 2, 1, 3, 4]), y))
    net.output(try net.conv(y, 4))
    // The shuffle itself.
    try expectNoResidue(net, transposes: 1)
  }

  @Test func decomposedPixelShuffle() throws {
    var net = NCHWBuilder()
    var y = try net.node(Reshape(shape: [1, 2, 2, 2, 6, 5]), try net.conv(net.input([1, 3, 6, 5]), 8))
    y = try net.node(Transpose(permutation: [0, 1, 4, 2, 5, 3]), y)
    net.output(try net.conv(try net.node(Reshape(shape: [1, 2, 12, 10]), y), 3))
    try expectNoResidue(net, transposes: 1)
  }

  @Test func squeezeAndExcitation() throws {
    var net = NCHWBuilder()
    let x = try net.conv(net.input([1, 3, 8, 8]), 8)
    var gate = try net.node(Reduce(.mean, axes: [2, 3], keepsDimensions: false), x)
    gate = try net.node(Unary(.sigmoid), try net.dense(try net.relu(try net.dense(gate, 4)), 8))
    let y = try net.node(Binary(.multiply), x, try net.node(Reshape(shape: [1, 8, 1, 1]), gate))
    net.output(try net.conv(y, 4))
    try expectNoResidue(net)
  }

  @Test func attentionOverPixels() throws {
    var net = NCHWBuilder()
    let x = try net.conv(net.input([1, 3, 8, 6]), 8)
    let mean = try net.node(Reduce(.mean, axes: [1], keepsDimensions: true), x)
    let largest = try net.node(Reduce(.max, axes: [1], keepsDimensions: true), x)
    let map = try net.node(Unary(.sigmoid), try net.conv(try net.node(Concat(axis: 1), mean, largest), 1))
    net.output(try net.conv(try net.node(Binary(.multiply), map, x), 4))
    try expectNoResidue(net)
  }

  @Test func decomposedInstanceNorm() throws {
    var net = NCHWBuilder()
    let x = try net.conv(net.input([1, 3, 8, 6]), 8)
    let centered = try net.node(Binary(.subtract), x, try net.node(Reduce(.mean, axes: [2, 3], keepsDimensions: true), x))
    let square = try net.node(Unary(.square), centered)
    let variance = try net.node(Binary(.add), try net.node(Reduce(.mean, axes: [2, 3], keepsDimensions: true), square), net.scalar(1e-5))
    let normal = try net.node(Binary(.multiply), centered, try net.node(Unary(.rsqrt), variance))
    let y = try net.node(Binary(.add), try net.node(Binary(.multiply), normal, net.constant([1, 8, 1, 1])), net.constant([8, 1, 1]))
    net.output(try net.conv(try net.relu(y), 4))
    try expectNoResidue(net)
  }

  @Test func volumesBetweenNCDHWTransposes() throws {
    var net = NCHWBuilder()
    let x = try net.node(Transpose(permutation: [0, 2, 3, 4, 1]), net.input([1, 2, 3, 4, 5]))
    let planes = try net.node(Reshape(shape: [3, 4, 5, 2]), x)
    let y = try net.node(Convolution2D(), planes, net.constant([6, 1, 1, 2]), nil)
    let volume = try net.node(Transpose(permutation: [0, 4, 1, 2, 3]), try net.node(Reshape(shape: [1, 3, 4, 5, 6]), y))
    let normal = try net.node(
      Binary(.add), try net.node(Binary(.multiply), volume, net.constant([6, 1, 1, 1])), net.constant([1, 6, 1, 1, 1]))
    net.output(try net.dense(try net.node(Reshape(shape: [1, 360]), try net.relu(normal)), 3))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.residualTransposes.isEmpty)
    #expect(graph.operators.filter { $0 != "Reshape" } == ["Convolution2D", "Dense"])
  }

  /// A detector's anchors become an axis of their own before the image's axes, and boxes and classes are cut apart: the net asks for that order.
  @Test func shufflesOfSplitAxesAreTheNetsOwn() throws {
    var net = NCHWBuilder()
    let head = try net.conv(net.input([1, 4, 3, 3]), 10, kernel: 1)
    let anchors = try net.node(Transpose(permutation: [0, 1, 3, 4, 2]), try net.node(Reshape(shape: [1, 2, 5, 3, 3]), head))
    let boxes = try net.node(Slice(starts: [0, 0, 0, 0, 0], counts: [1, 2, 3, 3, 2], steps: [1, 1, 1, 1, 1]), anchors)
    let scores = try net.node(Slice(starts: [0, 0, 0, 0, 2], counts: [1, 2, 3, 3, 3], steps: [1, 1, 1, 1, 1]), anchors)
    net.output(try net.node(Reshape(shape: [1, 18, 2]), boxes), "boxes")
    net.output(try net.node(Reshape(shape: [1, 18, 3]), try net.node(Unary(.sigmoid), scores)), "scores")
    let graph = try checkedOptimization(net.graph)
    #expect(graph.residualTransposes.isEmpty)
    #expect(graph.count(Transpose.self) == 2)
  }

  @Test func temporalConvolutions() throws {
    var net = NCHWBuilder()
    var y = net.input([1, 6, 32])
    for _ in 0..<2 {
      let padded = try net.node(Pad(before: [0, 0, 2], after: [0, 0, 0]), y)
      let row = try net.node(Reshape(shape: [1, 1, 34, 6]), try net.node(Transpose(permutation: [0, 2, 1]), padded))
      let conv = try net.node(Convolution2D(), row, net.constant([6, 1, 3, 6]), nil)
      let next = try net.node(Transpose(permutation: [0, 2, 1]), try net.node(Reshape(shape: [1, 32, 6]), conv))
      y = try net.node(Binary(.add), y, try net.relu(try net.node(Binary(.multiply), next, net.constant([6, 1]))))
    }
    net.output(try net.node(Reduce(.mean, axes: [2], keepsDimensions: false), y))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.residualTransposes.isEmpty && graph.count(Pad.self) == 0)
    #expect(graph.count(Binary.self) == 2)
  }
}
