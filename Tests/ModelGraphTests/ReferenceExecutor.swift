import ModelGraph
import Testing
import _TestSupport

struct ExecutionError: Error, CustomStringConvertible {
  var description: String
}

extension Graph {
  /// Runs the graph node by node on what the caller would give, to what the caller would get.
  func run(_ arguments: [Tensor]) throws -> [Tensor] {
    var held = values.map(\.constant)
    for (input, argument) in zip(inputs, arguments) {
      guard let value = evaluate(Transpose(permutation: input.permutation), [argument])?.first else {
        throw ExecutionError(description: input.name)
      }
      held[input.value.index] = value.reshaped(self[input.value].type.shape)
    }
    for node in nodes {
      let types = node.inputs.map { $0.map { self[$0].type } }
      let expected = try node.op.outputTypes(of: types)
      guard expected == node.outputs.map({ self[$0].type }) else {
        throw ExecutionError(description: "\(node.name): values have \(node.outputs.map { self[$0].type }), the operator gives \(expected)")
      }
      guard node.inputs.allSatisfy({ $0 == nil || held[$0?.index ?? 0] != nil }) else {
        throw ExecutionError(description: "\(node.name) reads a value that comes later")
      }
      guard let results = evaluate(node.op, node.inputs.map { $0.flatMap { held[$0.index] } }, expansion: 1 << 20) else {
        throw ExecutionError(description: "\(node.name) \(node.op) cannot be evaluated")
      }
      for (result, output) in zip(results, node.outputs) { held[output.index] = result }
    }
    return try outputs.map { output in
      guard let value = held[output.value.index] else { throw ExecutionError(description: output.name) }
      let seen = value.reshaped(output.permutation.map { output.type.shape[$0] })
      var inverse = output.permutation
      for (index, axis) in output.permutation.enumerated() { inverse[axis] = index }
      guard let result = evaluate(Transpose(permutation: inverse), [seen])?.first, result.type == output.type else {
        throw ExecutionError(description: "\(output.name): \(value.type) is no \(output.type)")
      }
      return result
    }
  }

  func randomArguments(_ random: inout SeededRandom) -> [Tensor] { inputs.map { .random($0.type.shape, &random) } }

  func count(_ type: (some Operator).Type) -> Int { nodes.count { Swift.type(of: $0.op) == type } }
  var operators: [String] { nodes.map { Swift.type(of: $0.op).name } }
}

extension Tensor {
  static func random(_ shape: [Int], _ random: inout SeededRandom, in range: ClosedRange<Float> = -1...1) -> Tensor {
    Tensor(shape: shape, floats: (0..<shape.reduce(1, *)).map { _ in Float.random(in: range, using: &random) })
  }

  /// The largest difference, relative to the largest magnitude where that is over 1; infinity where shapes differ.
  func distance(to other: Tensor) -> Float {
    guard type == other.type else { return .infinity }
    let scale = max(1, floats.map { abs($0) }.max() ?? 1)
    let differences = zip(floats, other.floats).map { $0 == $1 ? 0 : abs($0 - $1) / scale }
    return differences.contains { $0.isNaN } ? .infinity : differences.max() ?? 0
  }
}

/// Optimizes and checks that the caller sees the same.
@discardableResult
func checkedOptimization(_ graph: Graph, seed: UInt64 = 1, sourceLocation: SourceLocation = #_sourceLocation) throws -> Graph {
  let optimized = try graph.optimized()
  var random = SeededRandom(seed: seed)
  let arguments = graph.randomArguments(&random)
  for (before, after) in zip(try graph.run(arguments), try optimized.run(arguments)) {
    #expect(before.distance(to: after) < 1e-4, "seed \(seed)", sourceLocation: sourceLocation)
  }
  #expect(optimized.inputs.map(\.type) == graph.inputs.map(\.type) && optimized.outputs.map(\.type) == graph.outputs.map(\.type))
  return optimized
}
