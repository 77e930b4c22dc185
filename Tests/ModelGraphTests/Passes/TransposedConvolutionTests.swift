import ModelGraph
import Testing
import _TestSupport

/// The convolutions that transposed ones become, against the sum that defines these.
@Suite struct TransposedConvolutionTests {
  @Test func phasesGiveTheDefiningSum() throws {
    var phased = 0
    for seed: UInt64 in 0..<250 {
      var net = NCHWBuilder(seed: seed)
      func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &net.random) }
      let groups = [1, 1, 2, 3][int(0...3)], isDepthwise = seed % 5 == 0
      let depth = isDepthwise ? 1 : int(1...3), perGroup = isDepthwise ? 1 : int(1...3)
      let kernel = Size2D(int(1...5), int(1...5)), strides = Size2D(int(1...3), int(1...4))
      let dilations = seed % 3 == 0 ? Size2D(int(1...3), int(1...2)) : Size2D(1, 1)
      let shape = [int(1...2), int(1...5), int(1...5), groups * depth]
      let crop = Size2D(int(0...4), int(0...7))
      let full = Size2D(
        (shape[1] - 1) * strides.height + (kernel.height - 1) * dilations.height + 1,
        (shape[2] - 1) * strides.width + (kernel.width - 1) * dilations.width + 1)
      // From one pixel to some that nothing reaches.
      let size = Size2D(int(1...full.height + 2), int(1...full.width + 2))
      let op = ConvolutionTranspose2D(
        strides: strides, dilations: dilations, crop: crop, size: size, groups: groups, clamp: seed % 4 == 0 ? .relu : .none)
      let x = net.input(shape)
      let weight = net.constant([groups * perGroup, kernel.height, kernel.width, depth])
      net.output(try net.node(op, x, weight, seed % 2 == 0 ? net.constant([groups * perGroup]) : nil))
      let graph = try checkedOptimization(net.graph, seed: seed)
      #expect(graph.count(ConvolutionTranspose2D.self) == 0)
      phased += graph.count(Convolution2D.self)
    }
    #expect(phased >= 250)
  }

  @Test func batchNormAndActivationFoldIn() throws {
    var net = NCHWBuilder()
    let x = try net.nhwc(net.input([1, 6, 5, 4]))
    let op = ConvolutionTranspose2D(strides: Size2D(2, 2), crop: Size2D(1, 1), size: Size2D(10, 8))
    let y = try net.nchw(try net.node(op, x, net.constant([3, 4, 4, 6]), net.constant([3])))
    net.output(try net.relu(try net.batchNorm(y)))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Convolution2D", "Reshape", "Transpose", "Reshape", "Slice"])
    #expect((graph.nodes[0].op as? Convolution2D)?.clamp == .relu)
    #expect(graph.residualTransposes.isEmpty)
  }

  @Test func aStrideOfOneIsOneConvolution() throws {
    var net = NCHWBuilder()
    let op = ConvolutionTranspose2D(strides: Size2D(1, 1), crop: Size2D(1, 1), size: Size2D(5, 5))
    net.output(try net.node(op, net.input([1, 5, 5, 2]), net.constant([4, 3, 3, 2]), nil))
    #expect(try checkedOptimization(net.graph).operators == ["Convolution2D"])
  }

  @Test func aKernelOfTheStrideIsAMatrixProductAndAShuffle() throws {
    var net = NCHWBuilder()
    let op = ConvolutionTranspose2D(strides: Size2D(2, 2), size: Size2D(10, 10))
    net.output(try net.node(op, net.input([1, 5, 5, 2]), net.constant([4, 2, 2, 2]), nil))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Convolution2D", "Reshape", "Transpose", "Reshape"])
    #expect(graph[graph.nodes[0].inputs[1] ?? ValueID(index: 0)].type.shape == [16, 1, 1, 2])
  }

  @Test func layersOfOneSpatialAxisTakeWhatFollowsThem() throws {
    var net = NCHWBuilder()
    let image = try net.node(Reshape(shape: [1, 6, 1, 20]), net.input([1, 6, 20]))
    var y = try net.node(Reshape(shape: [1, 4, 20]), try net.conv(image, 4, kernel: 1))
    y = try net.node(Binary(.multiply), y, net.constant([1, 4, 1]))
    y = try net.relu(try net.node(Binary(.add), y, net.constant([4, 1])))
    net.output(y)
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators.filter { $0 != "Reshape" } == ["Convolution2D"])
  }

  @Test func padsOfOneSpatialAxisGoIntoTheWindow() throws {
    var net = NCHWBuilder()
    let padded = try net.node(Pad(before: [0, 0, 2], after: [0, 0, 1]), net.input([1, 6, 20]))
    let image = try net.nhwc(try net.node(Reshape(shape: [1, 6, 1, 23]), padded))
    let y = try net.nchw(try net.node(Convolution2D(), image, net.constant([4, 1, 3, 6]), nil))
    net.output(try net.node(Reshape(shape: [1, 4, 21]), y))
    let graph = try checkedOptimization(net.graph)
    let conv = try #require(graph.nodes.compactMap { $0.op as? Convolution2D }.first)
    #expect(graph.count(Pad.self) == 0 && conv.padding == Padding2D(left: 2, right: 1))
  }
}
