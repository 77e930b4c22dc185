import ModelGraph

enum EvaluationFailure: Error { case node(String) }

extension Graph {
  /// Runs the graph by constant evaluation, node after node; one array a graph input, in the caller's shape.
  func evaluated(_ inputs: [[Float]]) throws -> [[Float]] {
    var tensors = values.map(\.constant)
    for (input, floats) in zip(self.inputs, inputs) { tensors[input.value.index] = Tensor(shape: input.type.shape, floats: floats) }
    for node in nodes {
      let operands = node.inputs.map { $0.flatMap { tensors[$0.index] } }
      guard let results = evaluate(node.op, operands) else { throw EvaluationFailure.node("\(node.sourceOperator) '\(node.name)'") }
      for (output, result) in zip(node.outputs, results) { tensors[output.index] = result }
    }
    return outputs.map { tensors[$0.value.index]?.floats ?? [] }
  }
}
