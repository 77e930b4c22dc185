extension Graph {
  /// What the owner of the net should know about outputs that have as many rows as there can be, where the source format has as many as the data
  /// ask for.
  package var paddedRows: [Diagnostic] {
    nodes.compactMap { node in
      guard let op = node.op as? NonMaxSuppression, op.givesTriples else { return nil }
      return Diagnostic(
        code: "padded-rows", node: node.name, sourceOperator: node.sourceOperator,
        message: "it always gives \(op.rows) rows, shapes are static here: those behind the selected boxes hold \(op.fill)",
        hint: "pass over rows whose first number is \(op.fill)")
    }
  }
}
