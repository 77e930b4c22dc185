import Foundation
import ModelGraph
import ModelImport
import Testing

/// Attention as products and softmax, and local response normalization, against plain loops.
@Suite struct ONNXAttentionTests {
  /// softmax(q k' * scale + mask) v for one head each; [length][size] arrays.
  private func head(_ q: [[Float]], _ k: [[Float]], _ v: [[Float]], scale: Float, mask: (Int, Int) -> Float) -> [Float] {
    q.enumerated().flatMap { row, query -> [Float] in
      let scores = k.enumerated().map { column, key in zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } * scale + mask(row, column) }
      let top = scores.max() ?? 0
      let weights = scores.map { exp($0 - top) }
      let sum = weights.reduce(0, +)
      return (0..<v[0].count).map { n in zip(weights, v).reduce(0) { $0 + $1.0 / sum * $1.1[n] } }
    }
  }
  private func rows(_ values: some Collection<Float>, _ size: Int) -> [[Float]] {
    let all = Array(values)
    return stride(from: 0, to: all.count, by: size).map { Array(all[$0..<$0 + size]) }
  }

  /// Four query heads share two key heads; causal or with a float mask.
  @Test(arguments: [false, true]) func sharedHeads(isCausal: Bool) throws {
    var builder = ONNXModelBuilder(opset: 23)
    builder.input("q", [1, 4, 3, 2])
    builder.input("k", [1, 2, 5, 2])
    builder.input("v", [1, 2, 5, 3])
    let mask = ramp(15)
    if !isCausal { builder.floats("mask", [3, 5], mask) }
    builder.node("Attention", ["q", "k", "v"] + (isCausal ? [] : ["mask"]), ["y"], ["is_causal": .int(isCausal ? 1 : 0)])
    builder.output("y")
    let (q, k, v) = (ramp(24), ramp(20).map { $0 * 2 }, ramp(30))
    let expected = (0..<4).flatMap { index in
      head(
        rows(q[index * 6..<index * 6 + 6], 2), rows(k[index / 2 * 10..<index / 2 * 10 + 10], 2),
        rows(v[index / 2 * 15..<index / 2 * 15 + 15], 3), scale: 1 / Float(2).squareRoot()
      ) { isCausal ? ($1 > $0 ? -.infinity : 0) : mask[$0 * 5 + $1] }
    }
    let graph = try builder.imported()
    #expect(graph.outputs[0].type.shape == [1, 4, 3, 3])
    #expect(isClose(try graph.evaluated([q, k, v])[0], expected))
  }

  /// Heads packed into the last axis, a boolean mask, a scale of its own.
  @Test func packedHeads() throws {
    var builder = ONNXModelBuilder(opset: 23)
    for name in ["q", "k", "v"] { builder.input(name, [1, 3, 4]) }
    var mask = ONNXModelBuilder.tensor("mask", [3, 3], integers: [])
    (mask.dataType, mask.int32Data) = (Int32(ONNXTensorProto.DataType.bool.rawValue), [1, 0, 1, 1, 1, 0, 0, 1, 1])
    builder.model.graph.initializer.append(mask)
    builder.node(
      "Attention", ["q", "k", "v", "mask"], ["y"], ["q_num_heads": .int(2), "kv_num_heads": .int(2), "scale": .float(0.5)])
    builder.output("y")
    let (q, k, v) = (ramp(12), ramp(12).map { -$0 }, ramp(12).map { $0 * 3 })
    let kept: [Float] = [1, 0, 1, 1, 1, 0, 0, 1, 1]
    func part(_ x: [Float], _ index: Int) -> [[Float]] { rows(x, 4).map { Array($0[index * 2..<index * 2 + 2]) } }
    let heads = (0..<2).map { index in
      head(part(q, index), part(k, index), part(v, index), scale: 0.5) { kept[$0 * 3 + $1] == 1 ? 0 : -.infinity }
    }
    let expected = (0..<3).flatMap { row in heads.flatMap { $0[row * 2..<row * 2 + 2] } }
    #expect(isClose(try builder.imported().evaluated([q, k, v])[0], expected))
  }

  @Test func whatIsNotSupportedIsNamed() throws {
    func codes(_ inputs: [String], _ outputs: [String], _ attributes: [String: ONNXModelBuilder.Attribute], rank: Int = 4) throws -> [String] {
      var builder = ONNXModelBuilder(opset: 23)
      for name in ["q", "k", "v", "past"] {
        builder.input(name, rank == 4 ? [1, 2, 3, 4] : [1, 3, 8])
      }
      builder.node("Attention", inputs, outputs, attributes)
      for name in outputs { builder.output(name) }
      return try builder.diagnostics().map(\.code)
    }
    #expect(try codes(["q", "k", "v", "", "past", "past"], ["y"], [:]) == ["unsupported-operator"])
    #expect(try codes(["q", "k", "v"], ["y", "present"], [:]) == ["unsupported-operator"])
    #expect(try codes(["q", "k", "v"], ["y"], ["scale": .float(-1)]) == ["bad-attribute"])
    #expect(try codes(["q", "k", "v"], ["y"], ["q_num_heads": .int(3), "kv_num_heads": .int(2)], rank: 3) == ["bad-attribute"])
    #expect(try codes(["q", "k", "v"], ["y"], [:], rank: 3) == ["bad-attribute"])
  }

  @Test(arguments: [0.75, 0.5, 1, 0.6] as [Float]) func localResponse(beta: Float) throws {
    let x = ramp(24).map { $0 * 3 }
    let result = try runONNX(
      "LRN", x: [2, 4, 3], x, attributes: ["size": .int(4), "alpha": .float(0.5), "beta": .float(beta), "bias": .float(2)])
    let expected = x.indices.map { index -> Float in
      let (n, channel, place) = (index / 12, index / 3 % 4, index % 3)
      var squares: Float = 0
      for near in max(0, channel - 1)...min(3, channel + 2) {
        let value = x[n * 12 + near * 3 + place]
        squares += value * value
      }
      return x[index] / pow(2 + 0.125 * squares, beta)
    }
    #expect(isClose(result.values, expected, tolerance: 1e-4))
  }
}
