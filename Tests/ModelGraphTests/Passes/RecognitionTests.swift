import ModelGraph
import Testing

/// Chains as exporters write them become the operators that they are, and compute the same.
@Suite struct RecognitionTests {
  /// The GELU of PyTorch up to opset 18, of TensorFlow, and with the half on x.
  @Test(arguments: 0..<4) func gelu(spelling: Int) throws {
    var net = NCHWBuilder()
    let x = try net.dense(net.input([2, 6]), 5)
    let root: Float = 2
    let argument =
      spelling % 2 == 0
      ? try net.node(Binary(.divide), x, net.scalar(root.squareRoot()))
      : try net.node(Binary(.multiply), net.scalar(0.707_106_77), x)
    let sum = try net.node(Binary(.add), try net.node(Unary(.erf), argument), net.scalar(1))
    switch spelling {
    case 0: net.output(try net.node(Binary(.multiply), try net.node(Binary(.multiply), x, sum), net.scalar(0.5)))
    case 1: net.output(try net.node(Binary(.multiply), x, try net.node(Binary(.multiply), net.scalar(0.5), sum)))
    case 2: net.output(try net.node(Binary(.multiply), try net.node(Binary(.multiply), x, net.scalar(0.5)), sum))
    default: net.output(try net.node(Binary(.divide), try net.node(Binary(.multiply), sum, x), net.scalar(2)))
    }
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Dense", "Unary"] && graph.nodes[1].op as? Unary == Unary(.gelu))
  }

  @Test func otherFormulasWithErfStay() throws {
    for (factor, half) in [(Float(0.5), Float(0.5)), (0.707_106_77, 0.25)] {
      var net = NCHWBuilder()
      let x = try net.dense(net.input([2, 6]), 5)
      let erf = try net.node(Unary(.erf), try net.node(Binary(.multiply), x, net.scalar(factor)))
      let product = try net.node(Binary(.multiply), x, try net.node(Binary(.add), erf, net.scalar(1)))
      net.output(try net.node(Binary(.multiply), product, net.scalar(half)))
      #expect(try checkedOptimization(net.graph).nodes.contains { $0.op as? Unary == Unary(.erf) })
    }
  }

  /// The nine nodes of PyTorch's opset 13, with the square as power, square or product.
  @Test(arguments: 0..<3) func layerNorm(square: Int) throws {
    var net = NCHWBuilder()
    let x = try net.dense(net.input([2, 3, 6]), 8)
    let mean = try net.node(Reduce(.mean, axes: [2], keepsDimensions: true), x)
    let centred = try net.node(Binary(.subtract), x, mean)
    let squared =
      switch square {
      case 0: try net.node(Binary(.power), centred, net.scalar(2))
      case 1: try net.node(Unary(.square), centred)
      default: try net.node(Binary(.multiply), centred, centred)
      }
    let variance = try net.node(Reduce(.mean, axes: [2], keepsDimensions: true), squared)
    let root = try net.node(Unary(.sqrt), try net.node(Binary(.add), variance, net.scalar(1e-5)))
    let normalized = try net.node(Binary(.divide), centred, root)
    let scaled = try net.node(Binary(.multiply), normalized, net.constant([8]))
    net.output(try net.node(Binary(.add), scaled, net.constant([8])))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Dense", "Normalize"])
    #expect(graph.nodes[1].op as? Normalize == Normalize(.standard, axes: [2], epsilon: 1e-5) && graph.nodes[1].inputs.count == 3)
  }

  /// x * rsqrt(mean(x^2) + epsilon), and with the root written as quotient or power.
  @Test(arguments: 0..<4) func rmsNorm(root: Int) throws {
    var net = NCHWBuilder()
    let x = try net.dense(net.input([2, 3, 6]), 8)
    let mean = try net.node(Reduce(.mean, axes: [2], keepsDimensions: true), try net.node(Binary(.power), x, net.scalar(2)))
    let sum = try net.node(Binary(.add), net.scalar(1e-6), mean)
    let normalized =
      switch root {
      case 0: try net.node(Binary(.multiply), x, try net.node(Unary(.rsqrt), sum))
      case 1:
        try net.node(Binary(.multiply), try net.node(Binary(.divide), net.scalar(1), try net.node(Unary(.sqrt), sum)), x)
      case 2: try net.node(Binary(.multiply), x, try net.node(Unary(.reciprocal), try net.node(Unary(.sqrt), sum)))
      default: try net.node(Binary(.divide), x, try net.node(Unary(.sqrt), sum))
      }
    net.output(try net.node(Binary(.multiply), net.constant([8]), normalized))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Dense", "Normalize"])
    #expect((graph.nodes[1].op as? Normalize)?.kind == .rootMeanSquare)
  }

  /// TensorFlow's batch normalization with statistics of the moment: gamma and beta constant, computed, or no gamma.
  @Test(arguments: 0..<3) func shiftedNormalization(gamma: Int) throws {
    var net = NCHWBuilder()
    let style = net.input([1, 1, 1, 4], "style")
    let x = try net.node(Convolution2D(), net.input([1, 5, 6, 3]), net.constant([4, 2, 2, 3]))
    let mean = try net.node(Reduce(.mean, axes: [1, 2], keepsDimensions: true), x)
    let difference = try net.node(Unary(.square), try net.node(Binary(.subtract), x, mean))
    let variance = try net.node(Reduce(.mean, axes: [1, 2], keepsDimensions: true), difference)
    var gain = try net.node(Unary(.rsqrt), try net.node(Binary(.add), variance, net.scalar(1e-3)))
    if gamma < 2 { gain = try net.node(Binary(.multiply), gain, gamma == 0 ? net.constant([4]) : style) }
    let scaled = try net.node(Binary(.multiply), x, gain)
    let shift = try net.node(Binary(.subtract), gamma == 1 ? style : net.constant([4]), try net.node(Binary(.multiply), mean, gain))
    net.output(try net.node(Binary(.add), scaled, shift))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Convolution2D", "Normalize"] + (gamma == 1 ? ["Binary", "Binary"] : []))
  }

  /// Means over other axes, or of another tensor: no normalization.
  @Test func otherStatisticsStay() throws {
    for axes in [[1], [1, 2]] {
      var net = NCHWBuilder()
      let x = try net.dense(net.input([2, 3, 6]), 8)
      let centred = try net.node(Binary(.subtract), x, try net.node(Reduce(.mean, axes: axes, keepsDimensions: true), x))
      let squared = try net.node(Unary(.square), centred)
      let variance = try net.node(Reduce(.mean, axes: [2], keepsDimensions: true), squared)
      let root = try net.node(Unary(.sqrt), try net.node(Binary(.add), variance, net.scalar(1e-5)))
      net.output(try net.node(Binary(.divide), centred, root))
      let kinds = try checkedOptimization(net.graph).nodes.compactMap { ($0.op as? Normalize)?.kind }
      #expect(!kinds.contains(.standard))
    }
  }

  /// Group norm as opsets before 21 write it: instance norm of reshaped groups, then scale and bias a channel.
  @Test func groupNorm() throws {
    var net = NCHWBuilder()
    let y = try net.conv(net.input([1, 3, 6, 6]), 8)
    let grouped = try net.node(Reshape(shape: [1, 2, 144]), y)
    let ones = net.builder.addConstant(Tensor(shape: [2, 1], floats: [1, 1]))
    let zeros = net.builder.addConstant(Tensor(shape: [2, 1], floats: [0, 0]))
    let normalized = try net.node(Normalize(.standard, axes: [2], epsilon: 1e-5), grouped, ones, zeros)
    let image = try net.node(Reshape(shape: [1, 8, 6, 6]), normalized)
    let scaled = try net.node(Binary(.multiply), image, net.constant([8, 1, 1]))
    let shifted = try net.node(Binary(.add), scaled, net.constant([8, 1, 1]))
    net.output(try net.conv(try net.relu(shifted), 5))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.count(Transpose.self) == 0)
    let op = try #require(graph.nodes.compactMap { $0.op as? Normalize }.first)
    #expect(op.axes == [1, 2, 4])
  }

  /// torch.nn.functional.normalize, and with a maximum for the clip.
  @Test(arguments: [false, true]) func length(usesMaximum: Bool) throws {
    var net = NCHWBuilder()
    let x = try net.dense(net.input([2, 6]), 5)
    let sum = try net.node(Reduce(.sum, axes: [1], keepsDimensions: true), try net.node(Unary(.square), x))
    let root = try net.node(Unary(.sqrt), sum)
    let length =
      usesMaximum
      ? try net.node(Binary(.maximum), root, net.scalar(1e-12)) : try net.node(Unary(.clip(lower: 1e-12, upper: .infinity)), root)
    net.output(try net.node(Binary(.divide), x, try net.node(Broadcast(shape: [2, 5]), length)))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Dense", "Normalize"] && (graph.nodes[1].op as? Normalize)?.kind == .l2)
  }

  @Test(arguments: 0..<4) func prelu(spelling: Int) throws {
    var net = NCHWBuilder()
    let x = try net.node(Convolution2D(), net.input([1, 5, 6, 3]), net.constant([4, 2, 2, 3]))
    let positive = try net.relu(x), slope = net.constant([4])
    func negated(_ net: inout NCHWBuilder, _ value: ValueID) throws -> ValueID { try net.node(Unary(.negate), value) }
    switch spelling {
    case 0:  // Keras: relu(x) - a * relu(-x)
      let other = try net.relu(try negated(&net, x))
      net.output(try net.node(Binary(.subtract), positive, try net.node(Binary(.multiply), slope, other)))
    case 1:  // relu(x) + a * -relu(-x)
      let other = try negated(&net, try net.relu(try negated(&net, x)))
      net.output(try net.node(Binary(.add), positive, try net.node(Binary(.multiply), other, slope)))
    case 2:  // relu(x) + a * (x - |x|) * 0.5
      let difference = try net.node(Binary(.subtract), x, try net.node(Unary(.abs), x))
      let half = try net.node(Binary(.multiply), try net.node(Binary(.multiply), difference, slope), net.scalar(0.5))
      net.output(try net.node(Binary(.add), half, positive))
    default:
      let negative = try net.node(Binary(.minimum), x, net.scalar(0))
      net.output(try net.node(Binary(.add), positive, try net.node(Binary(.multiply), negative, slope)))
    }
    #expect(try checkedOptimization(net.graph).operators == ["Convolution2D", "PRelu"])
  }

  @Test func oneSlopeIsALeakyRelu() throws {
    var net = NCHWBuilder()
    let x = try net.dense(net.input([2, 6]), 5)
    let negative = try net.node(Unary(.clip(lower: -.infinity, upper: 0)), x)
    net.output(try net.node(Binary(.add), try net.relu(x), try net.node(Binary(.multiply), negative, net.scalar(0.25))))
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Dense", "Unary"] && graph.nodes[1].op as? Unary == Unary(.leakyRelu(slope: 0.25)))
  }

  @Test(arguments: [false, true]) func softmax(subtractsTheLargest: Bool) throws {
    var net = NCHWBuilder()
    let x = try net.dense(net.input([2, 6]), 5)
    let largest = try net.node(Reduce(.max, axes: [1], keepsDimensions: true), x)
    let e = try net.node(Unary(.exp), subtractsTheLargest ? try net.node(Binary(.subtract), x, largest) : x)
    net.output(try net.node(Binary(.divide), e, try net.node(Reduce(.sum, axes: [1], keepsDimensions: true), e)))
    #expect(try checkedOptimization(net.graph).operators == ["Dense", "Softmax"])
  }

  /// What somebody else reads stays for them.
  @Test func intermediateOutputsStay() throws {
    var net = NCHWBuilder()
    let x = try net.dense(net.input([2, 6]), 5)
    let e = try net.node(Unary(.exp), x)
    let sum = try net.node(Reduce(.sum, axes: [1], keepsDimensions: true), e)
    net.output(try net.node(Binary(.divide), e, sum))
    net.output(sum, "sum")
    #expect(try checkedOptimization(net.graph).operators.sorted() == ["Dense", "Reduce", "Softmax", "Unary"])
  }
}
