import ModelCompiler
import ModelGraph
import Swiftlet

/// A graph compiled with every value in a place of its own, to look into while it runs.
struct ObservedProgram {
  let graph: Graph
  let model: Model
  let session: Session
  /// Tensor of each value that the program keeps.
  let tensors: [ValueID: Int]

  /// - Parameter plan: nil for float.
  init(_ graph: Graph, plan: QuantizationPlan?) throws(DiagnosticError) {
    self.graph = graph
    var options = CompilerOptions(plan: plan)
    options.keepsAllValues = true
    let compiled = try compile(graph, options: options)
    tensors = compiled.tensors
    model = try loaded(compiled)
    do throws(RunError) { session = try Session(model) } catch { throw DiagnosticError(running: error) }
  }

  func set(_ sample: [[Float]]) throws(RunError) {
    for (index, values) in sample.enumerated() { try session.setInput(index, values.span) }
  }

  /// The floats in the order in which the program finishes them: those of graph inputs and of instructions that write in parts included.
  var schedule: [Int: [ValueID]] {
    var lastWriter: [Int: Int] = [:]
    for index in model.programs[0].instructions {
      for tensor in model.instructions[index].outputs { lastWriter[tensor] = index }
    }
    let instructions = model.programs[0].instructions
    guard let first = instructions.first, let last = instructions.last else { return [:] }
    let inputs = Set(graph.inputs.map(\.value))
    var schedule: [Int: [ValueID]] = [:]
    for value in graph.inputs.map(\.value) + graph.nodes.flatMap(\.outputs) {
      guard graph.isFloatingPoint(value), let tensor = tensors[value] else { continue }
      // A view of another tensor has no writer; at the end every value is still in place.
      schedule[inputs.contains(value) ? first : lastWriter[tensor] ?? last, default: []].append(value)
    }
    return schedule
  }
}

func loaded(_ compiled: CompiledModel) throws(DiagnosticError) -> Model {
  do { return try Model(bytes: compiled.bytes) } catch {
    throw DiagnosticError(Diagnostic(code: "invalid-program", message: "the compiled program does not load: \(error)"))
  }
}

extension DiagnosticError {
  init(running error: RunError) {
    self.init(Diagnostic(code: "calibration-run", message: error.message, hint: error.hint ?? ""))
  }
}
