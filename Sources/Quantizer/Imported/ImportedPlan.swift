package import ModelGraph
import ModelCompiler

/// A graph that arrived quantized, with the plan that its own parameters are.
package struct ImportedQuantization: Sendable {
  /// The graph, with a rounding of its own behind each node that computes a quantized value in float.
  package var graph: Graph
  package var plan: QuantizationPlan
  /// Float islands, as warnings and as the report has them.
  package var warnings: [Diagnostic]
  package var islands: [QuantizationReport.Island] = []
}

/// The plan of a graph whose values carry their levels (`Graph.isQuantized`): the source model's scales, zero points, weights and biases bit
/// for bit, nothing chosen. A node runs in int8 where all it reads and writes has levels; one with weights may write float.
///
/// - Parameter graph: optimized.
/// - Throws: every quantization that int8 programs cannot hold, with its node.
package func importedQuantization(of graph: Graph) throws(DiagnosticError) -> ImportedQuantization {
  var builder = ImportedPlanBuilder(graph)
  var diagnostics: [Diagnostic] = []
  for node in graph.nodes {
    do throws(DiagnosticError) { try builder.add(node) } catch { diagnostics += error.diagnostics }
  }
  guard diagnostics.isEmpty else { throw DiagnosticError(diagnostics) }
  return builder.finish()
}

private struct ImportedPlanBuilder {
  var graph: Graph
  private var plan = QuantizationPlan()
  private var warnings: [Diagnostic] = []
  private var islands: [QuantizationReport.Island] = []
  private var nodes: [Node] = []
  private var nextID: Int

  init(_ graph: Graph) {
    self.graph = graph
    nextID = (graph.nodes.map(\.id.index).max() ?? -1) + 1
    for (index, value) in graph.values.enumerated() { plan.activations[ValueID(index: index)] = value.quantization }
  }

  mutating func add(_ node: Node) throws(DiagnosticError) {
    if let reason = floatReason(node) {
      plan.precisions[node.id] = .float32
      if touchesLevels(node), reason.isIsland {
        islands.append(QuantizationReport.Island(name: node.name, op: type(of: node.op).name, reason: reason.text))
        warnings.append(
          Diagnostic(
            code: "float-island", node: node.name, sourceOperator: node.sourceOperator, message: "float island: \(reason.text)",
            hint: "it runs in float between int8 layers; expect it to be slower and to need more memory"))
      }
      addRounding(behind: node)
      return
    }
    if node.hasWeights {
      guard let input = node.inputs[0], let levels = graph[input].quantization else { return }
      plan.weights[node.id] = try ImportedWeights(node, in: graph).quantized(input: levels)
    }
    if (node.activationInputs + node.outputs).contains(where: { graph[$0].quantization?.width == .int16 }) {
      plan.precisions[node.id] = .int16
    }
    nodes.append(node)
  }

  func finish() -> ImportedQuantization {
    var graph = graph
    graph.nodes = nodes
    return ImportedQuantization(graph: graph, plan: plan, warnings: warnings, islands: islands)
  }

  private struct FloatReason {
    var text: String
    /// Whether the source model computes it on levels.
    var isIsland: Bool
  }

  private func floatReason(_ node: Node) -> FloatReason? {
    let inputs = node.activationInputs.map { graph[$0].quantization }
    let outputs = node.outputs.map { graph[$0].quantization }
    if (node.op as? Unary)?.function == .identity { return outputs[0] == nil ? FloatReason(text: "", isIsland: false) : nil }
    guard inputs.allSatisfy({ $0 != nil }) else { return FloatReason(text: "the model computes it in float", isIsland: true) }
    guard node.hasWeights || outputs.allSatisfy({ $0 != nil }) else {
      return FloatReason(text: "the model computes it in float", isIsland: true)
    }
    guard let op = node.op as? any Quantizable, (node.op as? any Lowerable)?.hasInt8Form == true else {
      return FloatReason(text: "\(type(of: node.op).name) has no int8 form", isIsland: true)
    }
    let hasWords = (node.activationInputs + node.outputs).contains { graph[$0].quantization?.width == .int16 }
    if hasWords, (op as? any Lowerable)?.hasInt16Form != true {
      return FloatReason(text: "\(type(of: node.op).name) has no int16 form", isIsland: true)
    }
    if let reason = op.floatReason(node, in: graph) { return FloatReason(text: reason, isIsland: true) }
    if node.hasWeights, let reason = ImportedWeights(node, in: graph).floatReason { return FloatReason(text: reason, isIsland: true) }
    return nil
  }

  private func touchesLevels(_ node: Node) -> Bool {
    (node.activationInputs + node.outputs).contains { graph[$0].quantization != nil && graph[$0].constant == nil }
  }

  /// The node as it is, but for outputs with levels: it writes floats, which an identity rounds.
  private mutating func addRounding(behind node: Node) {
    guard node.outputs.contains(where: { graph[$0].quantization != nil }) else { return nodes.append(node) }
    var computing = node
    var rounding: [Node] = []
    for (index, output) in node.outputs.enumerated() where graph[output].quantization != nil {
      graph.values.append(Value(name: graph.unusedName("\(graph[output].name)/float"), type: graph[output].type))
      computing.outputs[index] = ValueID(index: graph.values.count - 1)
      rounding.append(
        Node(
          id: NodeID(index: nextID), name: "\(node.name)/quantize", sourceOperator: node.sourceOperator, op: Unary(.identity),
          inputs: [computing.outputs[index]], outputs: [output]))
      nextID += 1
    }
    nodes.append(computing)
    nodes += rounding
  }
}
