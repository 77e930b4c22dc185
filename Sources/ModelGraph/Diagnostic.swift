/// One thing wrong with a model, said so that its owner can mend it.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
  /// Stable, in kebab case: "unsupported-operator", "bad-shape".
  package var code: String
  /// The node's name, or "" where the fault is the file's.
  package var node: String
  /// The operator in the source format's spelling.
  package var sourceOperator: String
  package var inputs: [TensorType?]
  /// What was found and what was expected.
  package var message: String
  package var hint: String

  package init(
    code: String, node: String = "", sourceOperator: String = "", inputs: [TensorType?] = [], message: String, hint: String = ""
  ) {
    (self.code, self.node, self.sourceOperator, self.inputs) = (code, node, sourceOperator, inputs)
    (self.message, self.hint) = (message, hint)
  }

  /// One line: `[code] op 'node' (input types): message; hint`.
  package var description: String {
    var line = "[\(code)] "
    if !sourceOperator.isEmpty || !node.isEmpty {
      line += sourceOperator.isEmpty ? "'\(node)'" : "\(sourceOperator) '\(node)'"
      if !inputs.isEmpty { line += " (\(inputs.map { $0?.description ?? "none" }.joined(separator: ", ")))" }
      line += ": "
    }
    line += message
    if !hint.isEmpty { line += "; hint: \(hint)" }
    return line
  }
}

/// Every diagnostic that a stage found: all offenders at once, never only the first.
package struct DiagnosticError: Error, Sendable, CustomStringConvertible {
  package var diagnostics: [Diagnostic]
  package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
  package init(_ diagnostic: Diagnostic) { diagnostics = [diagnostic] }
  package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
