import ModelGraph
import ModelImport
import Testing
import _TestSupport

/// Imports a built model and computes its graph node by node.
func run(_ file: TFLiteFile, _ inputs: [Float]..., options: ImportOptions = ImportOptions()) throws -> [Tensor] {
  let graph = try importTFLite(file.bytes, name: "test", options: options)
  return try run(graph, inputs)
}

func run(_ graph: Graph, _ inputs: [[Float]]) throws -> [Tensor] {
  var tensors = graph.values.map(\.constant)
  for (input, floats) in zip(graph.inputs, inputs) { tensors[input.value.index] = Tensor(shape: input.type.shape, floats: floats) }
  for node in graph.nodes {
    let results = evaluate(node.op, node.inputs.map { $0.flatMap { tensors[$0.index] } })
    for (value, result) in zip(node.outputs, try #require(results, "\(node.sourceOperator) '\(node.name)' has no value")) {
      #expect(result.shape == graph[value].type.shape)
      tensors[value.index] = result
    }
  }
  return try graph.outputs.map { try #require(tensors[$0.value.index]) }
}

/// One operator between an input of `shape` and one output.
func one(
  _ code: Int, _ shape: [Int], result: [Int] = [], options: (kind: Int, fields: [Int: FlatValue])? = nil,
  constants: (inout TFLiteFile) -> [Int] = { _ in [] }
) -> TFLiteFile {
  var file = TFLiteFile()
  let x = file.input("x", shape)
  let operands = [x] + constants(&file)
  file.add(code, operands, [file.output("y", result)], options: options)
  return file
}

func diagnostics(of file: TFLiteFile, options: ImportOptions = ImportOptions()) -> [Diagnostic] {
  do throws(DiagnosticError) {
    _ = try importTFLite(file.bytes, name: "test", options: options)
    return []
  } catch {
    return error.diagnostics
  }
}

func randomFloats(_ count: Int, _ generator: inout SeededRandom) -> [Float] {
  (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
}

func counting(_ count: Int) -> [Float] { (0..<count).map { Float($0) } }

func expectClose(_ found: [Float], _ expected: [Float], _ tolerance: Float = 1e-5, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(a - b) <= tolerance * max(1, abs(b))) {
    Issue.record("element \(index) is \(a), expected \(b)", sourceLocation: sourceLocation)
    return
  }
}
