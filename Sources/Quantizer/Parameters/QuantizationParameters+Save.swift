import Foundation
import ModelCompiler
package import ModelGraph

extension QuantizationParameters {
  /// The parameters that `result` chose for `graph`.
  ///
  /// - Parameter graph: the optimized graph that was quantized, before any equalization and absorption.
  /// - Throws: `parameters-not-representable` where the document would not give the same program again.
  package init(_ result: QuantizationResult, for graph: Graph, source: Source?) throws(DiagnosticError) {
    self.source = source
    inputs = graph.inputs.map(Input.init)
    let plan = result.plan
    equalization = result.equalizations.map { group in
      func names(_ ids: [NodeID]) -> [String] { graph.nodes.filter { ids.contains($0.id) }.map(graph.layerName) }
      return Equalization(producers: names(group.producers), consumers: names(group.consumers), exponents: group.exponents)
    }
    let absorptions = result.absorptions.compactMap { absorption in
      graph.nodes.first { $0.id == absorption.producer }.map { Absorption(producer: graph.layerName($0), offsets: absorption.offsets) }
    }
    biasAbsorption = absorptions.isEmpty ? nil : absorptions
    for value in plan.activations.keys.sorted(by: { $0.index < $1.index }) {
      guard let quantization = plan.activations[value] else { continue }
      tensors.append(
        Tensor(
          name: result.graph[value].name, shape: result.graph[value].type.shape, width: quantization.width.rawValue, scale: quantization.scale,
          zeroPoint: quantization.zeroPoint, range: quantization.ends, observed: result.observations[value]?.ends,
          method: result.observations[value]?.method, narrowed: plan.narrowed[value].map { Narrowed(scale: $0.scale, zeroPoint: $0.zeroPoint) }))
    }
    for node in result.graph.nodes where result.graph.readsFloats(node) {
      layers.append(
        Layer(
          name: graph.layerName(node), node: node.name, op: type(of: node.op).name, precision: plan.precisions[node.id] ?? .int8,
          weights: plan.weights[node.id].flatMap { Self.weights($0, of: node, result) }))
    }
    report = Measured(parameters: try digest(), quantization: result.report)
    try checkRoundTrip(result, graph)
  }

  private static func weights(_ weights: QuantizedWeights, of node: Node, _ result: QuantizationResult) -> Weights? {
    guard let nearest = NearestWeights(node, in: result.graph, scales: weights.scales, input: result.plan.levelsRead(by: node)) else { return nil }
    let positions = weights.values.indices.filter { weights.values[$0] != nearest.values[$0] }
    let correction = zip(weights.bias, nearest.bias).map { $0 - $1 }
    return Weights(
      shape: nearest.shape, scales: weights.scales, biasCorrection: correction.allSatisfy { $0 == 0 } ? nil : correction,
      adjusted: positions.isEmpty
        ? nil : Adjusted(positions: positions, steps: positions.map { Int(weights.values[$0]) - Int(nearest.values[$0]) }))
  }

  /// SHA-256 of the document without its report.
  func digest() throws(DiagnosticError) -> String {
    var bare = self
    bare.report = nil
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return sha256(Array(try encoder.encode(bare))).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    } catch {
      throw DiagnosticError(Diagnostic(code: "bad-parameters", message: "the parameters cannot be written as JSON: \(error)"))
    }
  }

  /// A pass that changes more than these keys say would otherwise be lost without a word.
  private func checkRoundTrip(_ result: QuantizationResult, _ graph: Graph) throws(DiagnosticError) {
    let again = try applied(to: graph)
    var faults: [String] = []
    for (node, other) in zip(result.graph.nodes, again.graph.nodes) {
      if result.plan.weights[node.id] != again.plan.weights[other.id] { faults.append(node.name) }
      let kept = result.plan.weights[node.id] == nil ? node.inputs.count : 1
      for (a, b) in zip(node.inputs.prefix(kept), other.inputs.prefix(kept))
      where a.flatMap({ result.graph[$0].constant }) != b.flatMap({ again.graph[$0].constant }) { faults.append(node.name) }
    }
    for node in result.graph.nodes where (result.plan.precisions[node.id] ?? .int8) != (again.plan.precisions[node.id] ?? .int8) {
      faults.append(node.name)
    }
    if result.graph.nodes.count != again.graph.nodes.count || result.plan.activations != again.plan.activations
      || result.plan.narrowed != again.plan.narrowed
    {
      faults.append("the net's activations")
    }
    guard !faults.isEmpty else { return }
    throw DiagnosticError(
      Diagnostic(
        code: "parameters-not-representable", message: "what was chosen for \(faults.joined(separator: ", ")) cannot be told as parameters",
        hint: "please report this with the model"))
  }
}

extension QuantizationParameters.Input {
  init(_ input: GraphInput) {
    self.init(name: input.name, shape: input.type.shape, mean: input.normalization?.mean, std: input.normalization?.std)
  }
}

extension AffineQuantization {
  /// The real numbers of the lowest and the highest level.
  var ends: [Float] { [lower, upper] }
}

extension Graph {
  /// What a layer goes by: node names may be missing or given twice, names of values may not.
  func layerName(_ node: Node) -> String { node.outputs.first.map { self[$0].name } ?? node.name }
}
