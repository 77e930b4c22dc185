import ModelCompiler
import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Attention with a causal mask: the mask's -1e9 or minus infinity must not take the levels of the scores.
@Suite struct MaskedAttentionTests {
  private func attention(mask: Float) throws -> Graph {
    var builder = GraphBuilder(name: "attention")
    var random = SeededRandom(seed: 3)
    let x = builder.addInput("x", TensorType(.float32, [1, 8, 16]))
    func projected() throws -> ValueID {
      let weight = Tensor(shape: [16, 16], floats: (0..<256).map { _ in Float.random(in: -0.4...0.4, using: &random) })
      return try builder.add(Dense(), [x, builder.addConstant(weight)], name: "projection")[0]
    }
    let (q, k, v) = (try projected(), try projected(), try projected())
    let scores = try builder.add(MatMul(aRank: 3, bRank: 3, transposesB: true, scale: 0.25), [q, k], name: "scores")[0]
    let triangle = Tensor(shape: [8, 8], floats: (0..<64).map { $0 % 8 > $0 / 8 ? mask : 0 })
    let masked = try builder.add(Binary(.add), [scores, builder.addConstant(triangle)], name: "mask")[0]
    let weights = try builder.add(Softmax(axis: 2), [masked], name: "softmax")[0]
    builder.addOutput("y", try builder.add(MatMul(aRank: 3, bRank: 3), [weights, v], name: "sum")[0])
    return try builder.graph.optimized()
  }

  @Test(arguments: [-1e4, -1e9, -.greatestFiniteMagnitude, -.infinity] as [Float]) func keepsItsScores(mask: Float) throws {
    let graph = try attention(mask: mask)
    var random = SeededRandom(seed: 4)
    let samples = (0..<16).map { _ in [(0..<128).map { _ in Float.random(in: -2...2, using: &random) }] }
    let result = try quantize(graph, calibration: CalibrationSet(samples: samples), options: QuantizerOptions()) { _, _ in }
    #expect(result.report.islands.isEmpty)
    let float = try Session(Model(bytes: try compile(graph, options: CompilerOptions()).bytes))
    let int8 = try Session(Model(bytes: try compile(result.graph, options: CompilerOptions(plan: result.plan)).bytes))
    var (signal, noise) = (0.0, 0.0)
    for sample in samples {
      for (x, y) in zip(try float.run(sample)[0], try int8.run(sample)[0]) {
        signal += Double(x) * Double(x)
        noise += Double(x - y) * Double(x - y)
      }
    }
    #expect(signal > 1000 * noise, "SQNR \(signal / noise)")
  }
}
