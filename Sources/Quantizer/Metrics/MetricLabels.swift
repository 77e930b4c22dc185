import ModelGraph

/// What the data says of its samples.
package struct MetricLabels: Sendable {
  package var values: [Float]
  /// Where they came from, for messages.
  package var source: String

  package init(values: [Float], source: String) { (self.values, self.source) = (values, source) }

  /// Whether there is one whole number from 0 to `classes` - 1 a row.
  package func areClasses(rows: Int, classes: Int) -> Bool {
    values.count == rows && values.allSatisfy { $0 == $0.rounded() && (0..<Float(max(classes, 1))).contains($0) }
  }

  func fault(_ message: String, hint: String = "") -> DiagnosticError {
    DiagnosticError(Diagnostic(code: "bad-labels", message: "\(source): \(message)", hint: hint))
  }
}
