import ModelGraph

/// Typical inputs: sample -> graph input -> elements in the caller's shape.
package struct CalibrationSet: Sendable {
  package var samples: [[[Float]]]
  package init(samples: [[[Float]]]) { self.samples = samples }

  /// - Returns: warnings about a set that is usable but poor.
  /// - Throws: what makes the set useless for `graph`: no samples, misfit, NaN, or nothing that varies.
  func validate(for graph: Graph) throws(DiagnosticError) -> [Diagnostic] {
    guard !samples.isEmpty else {
      throw DiagnosticError(
        Diagnostic(code: "empty-calibration", message: "the calibration set holds no samples", hint: "give 100 or so typical inputs"))
    }
    for (index, sample) in samples.enumerated() {
      guard sample.count == graph.inputs.count else {
        let names = graph.inputs.map { "'\($0.name)'" }.joined(separator: ", ")
        throw DiagnosticError(
          Diagnostic(
            code: "bad-calibration",
            message: "sample \(index) has \(sample.count) arrays, the model takes \(graph.inputs.count): \(names)",
            hint: "give one array for each input"))
      }
      for (input, values) in zip(graph.inputs, sample) { try validate(values, of: index, for: input) }
    }
    return try variation(over: graph.inputs) + CalibrationChecks(graph: graph, samples: samples).warnings
  }

  private func validate(_ values: [Float], of sample: Int, for input: GraphInput) throws(DiagnosticError) {
    guard values.count == input.type.elementCount else {
      throw DiagnosticError(
        Diagnostic(
          code: "bad-calibration", inputs: [],
          message:
            "sample \(sample) has \(values.count) elements for input '\(input.name)', expected \(input.type.elementCount): \(input.type)",
          hint: "shape the samples like the input, or set the input's shape with --shape \(input.name)=..."))
    }
    guard let position = values.firstIndex(where: { !$0.isFinite }) else { return }
    throw DiagnosticError(
      Diagnostic(
        code: "bad-calibration",
        message: "sample \(sample) has \(values[position]) in input '\(input.name)' at element \(position), expected finite numbers",
        hint: "remove or repair the sample"))
  }

  /// Refuses a set in which no input varies; warns of one sample, and of single inputs that never change.
  private func variation(over inputs: [GraphInput]) throws(DiagnosticError) -> [Diagnostic] {
    var frozen: [GraphInput] = []
    for (index, input) in inputs.enumerated() {
      let first = samples[0][index]
      let isUniform = samples.allSatisfy { $0[index].allSatisfy { $0 == first.first } }
      if isUniform || (samples.count > 1 && samples.allSatisfy { $0[index] == first }) { frozen.append(input) }
    }
    guard frozen.count < inputs.count || inputs.isEmpty else {
      throw DiagnosticError(
        Diagnostic(
          code: "constant-calibration",
          message: "the calibration set is constant: all \(samples.count) samples hold the same values, so no range can be learnt from it",
          hint: "give 100 or so different typical inputs"))
    }
    var warnings = frozen.map {
      Diagnostic(
        code: "constant-input", message: "input '\($0.name)' is constant over the calibration set; other values of it will be clipped",
        hint: "let it vary as it does in use")
    }
    if samples.count == 1 {
      warnings.append(
        Diagnostic(
          code: "single-sample", message: "one calibration sample: inputs that differ from it may exceed its ranges and be clipped",
          hint: "give 100 or so typical inputs"))
    }
    return warnings
  }
}
