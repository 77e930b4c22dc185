import ModelGraph
import Testing
import _TestSupport

@Suite struct FusionTests {
  private func clamp(_ graph: Graph) -> ClampRange? { (graph.nodes.first?.op as? Convolution2D)?.clamp }

  @Test func activationsMergeIntoEveryProducer() throws {
    var net = NCHWBuilder()
    let x = net.input([1, 4, 4, 3])
    let conv = try net.node(Convolution2D(), x, net.constant([2, 2, 2, 3]))
    let bounded = try net.node(Unary(.clip(lower: -1, upper: 4)), try net.relu(conv))
    let pooled = try net.relu(try net.node(Pool2D(.average, kernel: Size2D(2, 2)), bounded))
    let sum = try net.relu(try net.node(Binary(.subtract), pooled, net.constant([1, 2, 2, 2])))
    net.output(try net.relu(try net.dense(sum, 3)))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Convolution2D", "Pool2D", "Binary", "Dense"])
    #expect(clamp(graph) == ClampRange(lower: 0, upper: 4))
    #expect((graph.nodes[3].op as? Dense)?.clamp == .relu)
  }

  @Test func nothingMergesPastASecondReaderOrAnOutput() throws {
    for isOutput in [true, false] {
      var net = NCHWBuilder()
      let y = try net.node(Convolution2D(), net.input([1, 4, 4, 3]), net.constant([2, 2, 2, 3]), net.constant([2]))
      net.output(try net.relu(y), "relu")
      net.output(try net.node(Binary(.multiply), y, net.constant([2])), "scaled")
      if isOutput { net.output(y, "conv") }
      let graph = try checkedOptimization(net.graph)
      #expect(graph.operators.sorted() == ["Binary", "Convolution2D", "Unary"])
      #expect(clamp(graph) == ClampRange.none)
    }
  }

  @Test func scaleAfterAnActivationStays() throws {
    var net = NCHWBuilder()
    let y = try net.relu(try net.dense(net.input([2, 3]), 4))
    net.output(try net.node(Binary(.multiply), y, net.constant([4])))
    #expect(try checkedOptimization(net.graph).operators == ["Dense", "Binary"])
  }

  @Test func everyAffineSpellingGoesIntoTheWeights() throws {
    var net = NCHWBuilder()
    var y = try net.dense(net.input([2, 3]), 4)
    y = try net.node(Binary(.subtract), y, net.constant([4]))
    y = try net.node(Binary(.divide), y, net.constant([1, 4], in: 1...2))
    y = try net.node(Binary(.subtract), net.scalar(3), y)
    y = try net.node(Binary(.add), net.constant([4]), y)
    net.output(y)
    #expect(try checkedOptimization(net.graph).operators == ["Dense"])
    // Not per channel, or growing the output: not the layer's business.
    for shape in [[2, 1], [3, 1, 4]] {
      var other = NCHWBuilder()
      other.output(try other.node(Binary(.multiply), try other.dense(other.input([2, 3]), 4), other.constant(shape)))
      #expect(try checkedOptimization(other.graph).operators == ["Dense", "Binary"])
    }
  }

  @Test func oneNumberAndClipsPassMovesToTheLayer() throws {
    for isUniform in [true, false] {
      var net = NCHWBuilder()
      let conv = try net.node(Convolution2D(), net.input([1, 3, 3, 2]), net.constant([4, 1, 1, 2]))
      let blocks = try net.node(Reshape(shape: [1, 3, 3, 2, 2]), conv)
      let shuffled = try net.node(Reshape(shape: [1, 6, 6]), try net.node(Transpose(permutation: [0, 1, 3, 2, 4]), blocks))
      let constant = isUniform ? net.constant([1]) : net.constant([6])
      net.output(try net.relu(try net.node(Binary(.subtract), shuffled, constant)))
      let graph = try checkedOptimization(net.graph)
      #expect(graph.operators.contains("Binary") != isUniform)
      #expect(clamp(graph) == (isUniform ? .relu : ClampRange.none))
    }
  }

  @Test func groupedAndDepthwiseNormsFold() throws {
    for groups in [1, 2, 4] {
      var net = NCHWBuilder()
      net.output(try net.batchNorm(try net.conv(net.input([1, 4, 5, 5]), 8, groups: groups)))
      #expect(try checkedOptimization(net.graph).operators == ["Convolution2D"])
    }
  }

  @Test func constantChainsJoin() throws {
    var net = NCHWBuilder()
    var y = net.input([1, 4, 4, 3])
    y = try net.node(Binary(.divide), y, net.scalar(255))
    y = try net.node(Binary(.subtract), y, net.constant([3]))
    y = try net.node(Binary(.divide), y, net.constant([1, 1, 1, 3], in: 0.5...1))
    y = try net.node(Binary(.add), y, net.scalar(0.25))
    net.output(try net.node(Unary(.tanh), y))
    #expect(try checkedOptimization(net.graph).operators == ["Binary", "Binary", "Unary"])
  }

  @Test func gatesBecomeOneFunction() throws {
    func optimized(_ build: (inout NCHWBuilder, ValueID) throws -> ValueID) throws -> [Unary.Function?] {
      var net = NCHWBuilder()
      let x = net.input([1, 5])
      net.output(try build(&net, x))
      return try checkedOptimization(net.graph).nodes.map { ($0.op as? Unary)?.function }
    }
    let hard = Unary.Function.hardSigmoid(alpha: 1 / 6, beta: 0.5)
    #expect(try optimized { try $0.node(Binary(.multiply), try $0.node(Unary(.sigmoid), $1), $1) } == [.silu])
    #expect(try optimized { try $0.node(Binary(.multiply), $1, try $0.node(Unary(hard), $1)) } == [.hardSwish])
    func relu6(_ net: inout NCHWBuilder, _ x: ValueID) throws -> ValueID {
      try net.node(Unary(.clip(lower: 0, upper: 6)), try net.node(Binary(.add), x, net.scalar(3)))
    }
    #expect(try optimized { try $0.node(Binary(.divide), try relu6(&$0, $1), $0.scalar(6)) } == [hard])
    let divided = try optimized { try $0.node(Binary(.multiply), $1, try $0.node(Binary(.divide), try relu6(&$0, $1), $0.scalar(6))) }
    #expect(divided == [.hardSwish])
    let scaled = try optimized { try $0.node(Binary(.multiply), try $0.node(Binary(.multiply), $1, try relu6(&$0, $1)), $0.scalar(1 / 6)) }
    #expect(scaled == [.hardSwish])
    // Another slope is another function.
    #expect(
      try optimized { try $0.node(Binary(.multiply), $1, try $0.node(Unary(.hardSigmoid(alpha: 0.2, beta: 0.5)), $1)) }.count == 2)
  }

  @Test func aGateWithAnotherReaderStays() throws {
    var net = NCHWBuilder()
    let x = net.input([1, 5])
    let gate = try net.node(Unary(.sigmoid), x)
    net.output(try net.node(Binary(.multiply), x, gate), "y")
    net.output(gate, "gate")
    #expect(try checkedOptimization(net.graph).operators == ["Unary", "Binary"])
  }

  @Test func paddingMergesWhereItMeansTheSame() throws {
    func optimized(_ value: Float, relu: Bool, _ op: some Operator, weight: Bool = false) throws -> [String] {
      var net = NCHWBuilder()
      var x = net.input([1, 5, 6, 2])
      if relu { x = try net.node(Unary(.abs), x) }
      let padded = try net.node(Pad(before: [0, 1, 0, 0], after: [0, 1, 2, 0], value: value), x)
      net.output(weight ? try net.node(op, padded, net.constant([2, 3, 3, 2])) : try net.node(op, padded))
      return try checkedOptimization(net.graph).operators
    }
    let kernel = Size2D(3, 3)
    let ring = Padding2D(top: 1, left: 1, bottom: 1, right: 1)
    #expect(try optimized(0, relu: false, Convolution2D(padding: ring), weight: true) == ["Convolution2D"])
    #expect(try optimized(1, relu: false, Convolution2D(), weight: true) == ["Pad", "Convolution2D"])
    #expect(try optimized(0, relu: false, Pool2D(.average, kernel: kernel)) == ["Pool2D"])
    #expect(try optimized(0, relu: false, Pool2D(.average, kernel: kernel, padding: ring)) == ["Pad", "Pool2D"])
    #expect(try optimized(0, relu: false, Pool2D(.average, kernel: kernel, strides: Size2D(2, 2), overhang: Size2D(1, 0))) == ["Pool2D"])
    #expect(try optimized(0, relu: false, Pool2D(.max, kernel: kernel)) == ["Pad", "Pool2D"])
    #expect(try optimized(0, relu: true, Pool2D(.max, kernel: kernel)) == ["Unary", "Pool2D"])
    #expect(try optimized(-.infinity, relu: false, Pool2D(.max, kernel: kernel)) == ["Pool2D"])
  }

  @Test(arguments: [1, 2, 6]) func scalingInFrontOfALayerGoesIntoItsWeights(groups: Int) throws {
    for (padded, left) in [(false, 0), (true, 1)] {
      var net = NCHWBuilder()
      let shifted = try net.node(Binary(.subtract), net.input([1, 6, 8, 8]), net.constant([1, 6, 1, 1]))
      let scaled = try net.node(Binary(.divide), shifted, net.constant([6, 1, 1], in: 0.5...2))
      net.output(try net.conv(scaled, 12, kernel: padded ? 3 : 1, groups: groups))
      let graph = try checkedOptimization(net.graph)
      #expect(graph.count(Binary.self) == left && graph.count(Convolution2D.self) == 1)
    }
  }

  @Test func scalingInFrontOfDenseAndTransposedLayers() throws {
    var net = NCHWBuilder()
    let x = net.input([2, 3, 4, 6])
    let scaled = try net.node(Binary(.multiply), try net.node(Binary(.add), x, net.constant([6])), net.scalar(0.25))
    net.output(try net.dense(scaled, 5), "dense")
    let op = ConvolutionTranspose2D(strides: Size2D(2, 2), size: Size2D(6, 8))
    net.output(try net.node(op, try net.node(Binary(.multiply), x, net.constant([1, 1, 6])), net.constant([2, 2, 2, 6]), nil), "raised")
    #expect(try checkedOptimization(net.graph).count(Binary.self) == 0)
  }
}
