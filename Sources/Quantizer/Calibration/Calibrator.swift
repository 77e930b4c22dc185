import ModelGraph
import Swiftlet

extension Statistics {
  /// Runs `program` in float over all samples, in one pass, and collects what each value holds.
  ///
  /// - Throws: `not-finite` with the first node whose output holds NaN, or infinity where no mask of the model brings it in.
  static func collected(
    from program: ObservedProgram, over samples: [[[Float]]], done: (Int) -> Void
  ) throws(DiagnosticError) -> Statistics {
    let graph = program.graph
    var statistics = Statistics(for: graph)
    let schedule = program.schedule
    let masked = graph.valuesReachedByInfiniteConstants
    var fault: Diagnostic?
    for (index, sample) in samples.enumerated() {
      do throws(RunError) {
        try program.set(sample)
        try program.session.run { (instruction, session) throws(RunError) in
          for value in schedule[instruction] ?? [] where fault == nil {
            guard let tensor = program.tensors[value] else { continue }
            try session.withTensorFloats(tensor) { (floats) throws(RunError) in
              let position = statistics.add(floats, of: value)
              if let position {
                fault = graph.notFinite(value, "NaN at element \(position)", sample: index)
              } else if !masked.contains(value), statistics.histograms[value]?.infinities != 0 {
                fault = graph.notFinite(value, "an infinity", sample: index)
              }
            }
          }
        }
      } catch { throw DiagnosticError(running: error) }
      if let fault { throw DiagnosticError(fault) }
      if samples.count > 3, index + 1 == samples.count / 2 { statistics.keepHalf() }
      done(index + 1)
    }
    return statistics
  }
}

extension Graph {
  /// Values that an infinity in a constant, or in a padding, may reach: masks of attention and of pooling.
  fileprivate var valuesReachedByInfiniteConstants: Set<ValueID> {
    var reached: Set<ValueID> = []
    for node in nodes {
      let pads = (node.op as? Pad)?.value.isInfinite ?? false
      if pads || readsInfinity(node) || node.inputs.contains(where: { $0.map(reached.contains) ?? false }) {
        reached.formUnion(node.outputs)
      }
    }
    return reached
  }

  fileprivate func notFinite(_ value: ValueID, _ what: String, sample: Int) -> Diagnostic {
    let hint = "check the model in float on this sample, and that the data are scaled as in training"
    guard let node = nodes.first(where: { $0.outputs.contains(value) }) else {
      return Diagnostic(code: "not-finite", message: "input '\(self[value].name)' holds \(what) of sample \(sample)", hint: hint)
    }
    return Diagnostic(
      code: "not-finite", node: node.name, sourceOperator: node.sourceOperator, inputs: node.inputs.map { $0.map { self[$0].type } },
      message: "its output '\(self[value].name)' holds \(what) in calibration sample \(sample), expected finite numbers", hint: hint)
  }
}
