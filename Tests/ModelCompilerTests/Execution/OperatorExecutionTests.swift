import ModelCompiler
import ModelGraph
import Swiftlet
import Testing

/// Every operator compiled and run, against the graph's own evaluation.
@Suite struct OperatorExecutionTests {
  @Test(arguments: OperatorCase.Kind.allCases) func float(kind: OperatorCase.Kind) throws {
    for seed in 0..<40 {
      let item = try OperatorCase(kind, seed: seed)
      let expected = try Reference(item.graph, item.inputs).outputs[0]
      let found = try run(compile(item.graph, options: CompilerOptions()), item.inputs)
      try #require(found.count == expected.count, "\(kind) seed \(seed)")
      let largest = expected.filter(\.isFinite).map(abs).max() ?? 0
      for (x, y) in zip(found, expected) where !(x == y || x.isNaN && y.isNaN) {
        guard abs(x - y) <= 1e-4 * max(largest, 1e-3) else {
          Issue.record("\(kind) seed \(seed): found \(x), expected \(y)")
          return
        }
      }
    }
  }

  /// The only error of an int8 operator is its last rounding: half a step of its output.
  @Test(arguments: OperatorCase.Kind.allCases) func int8(kind: OperatorCase.Kind) throws {
    for seed in 0..<40 {
      var item = try OperatorCase(kind, seed: seed)
      guard let op = item.graph.nodes[0].op as? any Lowerable, op.hasInt8Form else { continue }
      let plan = try Reference(item.graph, item.inputs).plan
      for (index, input) in item.graph.inputs.enumerated() {
        guard let quantization = plan.activations[input.value] else { continue }
        item.inputs[index] = Tensor(shape: item.inputs[index].shape, floats: item.inputs[index].floats.map(quantization.rounded))
      }
      let quantization = try #require(plan.activations[item.graph.outputs[0].value])
      let expected = try Reference(item.graph.withQuantizedConstants(plan), item.inputs).outputs[0]
      let found = try run(compile(item.graph, options: CompilerOptions(plan: plan)), item.inputs)
      try #require(found.count == expected.count, "\(kind) seed \(seed)")
      for (x, y) in zip(found, expected) {
        // Outside the domain of a function there is no right answer.
        if x == y || !y.isFinite || !x.isFinite { continue }
        let inRange = min(max(y, quantization.rounded(-.greatestFiniteMagnitude)), quantization.rounded(.greatestFiniteMagnitude))
        guard abs(x - inRange) <= 0.505 * quantization.scale + 1e-6 * abs(y) else {
          Issue.record("\(kind) seed \(seed): found \(x), expected \(y), step \(quantization.scale)")
          return
        }
      }
    }
  }

  private func run(_ model: CompiledModel, _ inputs: [Tensor]) throws -> [Float] {
    try Session(Model(bytes: model.bytes)).run(inputs.map(\.floats))[0]
  }
}
