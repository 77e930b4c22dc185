import ModelGraph
import Quantizer
import Testing
import _TestSupport

/// Weights that came as integers in a float net (TFLite dynamic range) keep them through calibration.
@Suite struct GivenWeightsTests {
  @Test(arguments: [true, false]) func calibrationKeepsTheIntegers(isPerChannel: Bool) throws {
    var random = SeededRandom(seed: 5)
    var builder = GraphBuilder(name: "test")
    let x = builder.addInput("x", TensorType(.float32, [1, 6]))
    let levels = (0..<18).map { _ in Int64.random(in: -128...127, using: &random) }
    let scales: [Float] = isPerChannel ? [0.01, 0.02, 0.005] : [0.01]
    let elements = QuantizedElements(levels: levels, scales: scales, zeroPoints: Array(repeating: 0, count: scales.count))
    let weight = builder.addConstant(Tensor(shape: [3, 6], quantized: elements))
    let bias = builder.addConstant(Tensor(shape: [3], floats: [0.5, -1, 0]))
    let y = try builder.add(Dense(), [x, weight, bias], name: "dense")[0]
    builder.addOutput("y", y)
    let graph = try builder.graph.optimized()
    let samples = (0..<20).map { _ in [random.normals(6)] }
    let plan = try quantize(graph, calibration: CalibrationSet(samples: samples), options: QuantizerOptions()) { _, _ in }.plan
    let weights = try #require(plan.weights[graph.nodes[0].id])
    #expect(weights.values.map { Int64($0) } == levels)
    #expect(weights.scales == (isPerChannel ? scales : [0.01, 0.01, 0.01]))
    let input = try #require(plan.activations[graph.inputs[0].value]).scale
    for (channel, real) in [0.5, -1, 0].enumerated() {
      #expect(abs(Double(weights.bias[channel]) * Double(input) * Double(weights.scales[channel]) - real) <= Double(input) * 0.02)
    }
  }
}
