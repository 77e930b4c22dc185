import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Which scales a plan gives to which values.
@Suite struct PlanTests {
  static func activation(_ name: String, _ graph: Graph, _ plan: QuantizationPlan) throws -> AffineQuantization {
    let node = try #require(graph.nodes.first { $0.name == name })
    return try #require(plan.activations[node.outputs[0]], "\(name)")
  }

  @Test func valuesThatOnlyMoveShareTheirScale() throws {
    let graph = try Nets.convolutional(seed: 1)
    let plan = try Nets.quantized(graph, Nets.samples(graph, 20, seed: 2)).plan
    let activation = { name in try Self.activation(name, graph, plan) }
    #expect(try activation("left") == activation("concat"))
    #expect(try activation("right") == activation("concat"))
    #expect(try activation("residual") == activation("maxpool"))
    #expect(try activation("conv1") != activation("residual"))
    #expect(try activation("softmax") == AffineQuantization(scale: 1.0 / 256, zeroPoint: -128))
    for relu in ["conv1", "depthwise", "residual", "concat"] { #expect(try activation(relu).zeroPoint == -128) }
    #expect(plan.weights.count == 6)
    #expect(plan.precisions.isEmpty)
  }

  @Test func everyValueOfAnInt8NodeHasAScale() throws {
    for graph in [try Nets.convolutional(seed: 3), try Nets.perceptron(seed: 3)] {
      let plan = try Nets.quantized(graph, Nets.samples(graph, 12, seed: 4)).plan
      for node in graph.nodes {
        for value in node.inputs.prefix(1).compactMap(\.self) + node.outputs { #expect(plan.activations[value] != nil, "\(node.name)") }
      }
      for (node, weights) in plan.weights {
        let node = try #require(graph.nodes.first { $0.id == node })
        let source = try #require(node.inputs[0])
        let input = try #require(plan.activations[source])
        let output = try #require(plan.activations[node.outputs[0]])
        for scale in weights.scales {
          let requantization = input.scale * scale / output.scale
          #expect(requantization > 0 && requantization < 1)
        }
      }
    }
  }

  @Test func chainsOfMovesAndConstantsAreOneGroup() throws {
    var net = Nets("moves", seed: 5)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 4, 4, 2]))
    let conv = try net.convolution(input, 4, clamp: .none, name: "conv")
    let padded = try net.builder.add(Pad(before: [0, 1, 1, 0], after: [0, 1, 1, 0]), [conv], name: "pad")[0]
    let turned = try net.builder.add(Transpose(permutation: [0, 3, 1, 2]), [padded], name: "transpose")[0]
    let flat = try net.builder.add(Reshape(shape: [1, 144]), [turned], name: "reshape")[0]
    let slice = try net.builder.add(Slice(starts: [0, 10], counts: [1, 50], steps: [1, 2]), [flat], name: "slice")[0]
    let constant = net.builder.addConstant(Tensor(shape: [1, 2], floats: [-40, 3]))
    let joined = try net.builder.add(Concat(axis: 1), [slice, constant], name: "concat")[0]
    net.builder.addOutput("y", try net.builder.add(Unary(.clip(lower: -50, upper: 50)), [joined], name: "clip")[0])
    let graph = net.builder.graph
    let plan = try Nets.quantized(graph, Nets.samples(graph, 10, seed: 6)).plan
    let shared = try Self.activation("clip", graph, plan)
    for name in ["conv", "pad", "transpose", "reshape", "slice", "concat"] { #expect(try Self.activation(name, graph, plan) == shared) }
    #expect(plan.activations[constant] == shared)
    #expect(abs(shared.lower + 40) < 1)
  }

  /// Only a clip reads the convolution: its range is what passes the clip.
  @Test func clipsBoundTheRangeOfWhatFeedsThem() throws {
    var net = Nets("clip", seed: 7)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 6, 6, 2]))
    let conv = try net.convolution(input, 4, clamp: .none, name: "conv")
    let turned = try net.builder.add(Transpose(permutation: [0, 2, 1, 3]), [conv], name: "transpose")[0]
    let clipped = try net.builder.add(Unary(.clip(lower: 0, upper: 1)), [turned], name: "clip")[0]
    net.builder.addOutput("y", clipped)
    let graph = net.builder.graph
    let quantization = try Self.activation("conv", graph, try Nets.quantized(graph, Nets.samples(graph, 10, seed: 8)).plan)
    #expect(quantization.zeroPoint == -128)
    #expect(quantization.upper <= 1.0001)
  }

  @Test func operatorsWithoutAnInt8FormBecomeIslands() throws {
    var net = Nets("island", seed: 9)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 8]))
    let hidden = try net.dense(input, 8, clamp: .relu, name: "hidden")
    let exponent = net.builder.addConstant(Tensor(shape: [], floats: [1.5]))
    let power = try net.builder.add(Binary(.power), [hidden, exponent], name: "power", sourceOperator: "Pow")[0]
    let shaped = try net.builder.add(Reshape(shape: [8, 1]), [power], name: "reshape")[0]
    let product = try net.builder.add(
      Reduce(.product, axes: [1], keepsDimensions: false), [shaped], name: "product", sourceOperator: "ReduceProd")[0]
    net.builder.addOutput("y", try net.dense(try net.builder.add(Reshape(shape: [1, 8]), [product], name: "back")[0], 3, name: "y"))
    let graph = net.builder.graph
    let result = try Nets.quantized(graph, Nets.samples(graph, 30, seed: 10))
    let floats = Set(graph.nodes.filter { result.plan.precisions[$0.id] == .float32 }.map(\.name))
    #expect(floats == ["power", "product", "reshape"])
    #expect(result.report.islands.map(\.name) == ["power", "product"])
    #expect(result.warnings.filter { $0.message.contains("float island") }.map(\.node) == ["power", "product"])
    #expect(try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 11)[0] > 20)
  }

  @Test func masksOfInfinityRunInFloat() throws {
    var net = Nets("mask", seed: 12)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 6]))
    let scores = try net.dense(input, 6, name: "scores")
    let mask = net.builder.addConstant(Tensor(shape: [1, 6], floats: [0, 0, 0, 0, -.infinity, -.infinity]))
    let masked = try net.builder.add(Binary(.add), [scores, mask], name: "masked")[0]
    let attention = try net.builder.add(Softmax(axis: 1), [masked], name: "attention")[0]
    net.builder.addOutput("y", try net.dense(attention, 3, name: "y"))
    let graph = net.builder.graph
    let result = try Nets.quantized(graph, Nets.samples(graph, 30, seed: 13))
    #expect(result.report.islands.map(\.name) == ["masked", "attention"])
    #expect(try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 14)[0] > 25)
  }

  /// Larger factors than int8 scales cover make float islands, and no garbage; smaller ones keep int8.
  @Test(arguments: [(Float(1e24), []), (1e30, ["huge", "back"]), (-1e30, ["huge", "back"])] as [(Float, [String])])
  func valuesBeyondEveryScaleRunInFloat(factor: Float, islands: [String]) throws {
    var net = Nets("huge", seed: 18)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 6]))
    let a = try net.dense(input, 6, name: "a")
    let up = net.builder.addConstant(Tensor(shape: [1], floats: [factor]))
    let down = net.builder.addConstant(Tensor(shape: [1], floats: [1e-6]))
    let huge = try net.builder.add(Binary(.multiply), [a, up], name: "huge")[0]
    net.builder.addOutput("huge", huge)
    let back = try net.builder.add(Binary(.multiply), [huge, down], name: "back")[0]
    net.builder.addOutput("y", try net.dense(back, 3, name: "y"))
    let graph = net.builder.graph
    let result = try Nets.quantized(graph, Nets.samples(graph, 30, seed: 19))
    #expect(result.report.islands.map(\.name) == islands)
    #expect(result.warnings.filter { $0.code == "float-island" && $0.message.contains("its values reach") }.map(\.node) == islands)
    let ratios = try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 20)
    #expect(ratios.allSatisfy { $0 > 25 }, "\(ratios)")
  }

  @Test func paddingOfMinusInfinityBeforeMaxPoolingStaysInt8() throws {
    var net = Nets("pad", seed: 15)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 6, 6, 2]))
    let conv = try net.convolution(input, 4, clamp: .none, name: "conv")
    let pad = Pad(before: [0, 1, 1, 0], after: [0, 1, 1, 0], value: -.infinity)
    let padded = try net.builder.add(pad, [conv], name: "pad")[0]
    let pooled = try net.builder.add(Pool2D(.max, kernel: Size2D(2, 2), strides: Size2D(2, 2)), [padded], name: "pool")[0]
    net.builder.addOutput("y", pooled)
    let graph = net.builder.graph
    let result = try Nets.quantized(graph, Nets.samples(graph, 30, seed: 16))
    #expect(result.plan.precisions.isEmpty)
    #expect(try AccuracyTests.signalToNoise(result.graph, result.plan, seed: 17)[0] > 30)
  }

  @Test func constantActivationsGetASaneScale() throws {
    var net = Nets("constant", seed: 18)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 4]))
    let zero = net.builder.addConstant(Tensor(shape: [1, 4], floats: [0, 0, 0, 0]))
    let silent = try net.builder.add(Binary(.multiply), [input, zero], name: "silent")[0]
    net.builder.addOutput("y", try net.dense(silent, 3, name: "y"))
    let graph = net.builder.graph
    let result = try Nets.quantized(graph, Nets.samples(graph, 5, seed: 19))
    for quantization in result.plan.activations.values { #expect(quantization.scale.isNormal) }
    let outputs = try Nets.session(result.graph, result.plan).run([[1, 2, 3, 4]])[0]
    let expected = try Nets.session(graph, nil).run([[1, 2, 3, 4]])[0]
    for (actual, expected) in zip(outputs, expected) { #expect(abs(actual - expected) < 0.01) }
  }
}
