import ModelGraph

extension ONNXImporter {
  /// Converts the nodes of the branch that an If takes, in the place of the If.
  ///
  /// Exporters write an If on a shape (LRN, squeeze of an axis that may be 1); with static shapes its condition is a constant.
  /// Source: ONNX operator If.
  mutating func inlineBranch(of node: ONNXNode) -> Bool {
    guard let condition = node.inputs.first, unknown[condition] == nil, let value = value(named: condition) else { return false }
    do throws(DiagnosticError) {
      guard let constant = conversion.builder.constant(of: value), constant.count == 1, let taken = constant.integers?.first else {
        throw node.failure(
          "unsupported-operator", "its condition '\(condition)' is computed at run time",
          hint: "export with static shapes, so that the exporter resolves the control flow")
      }
      let name = taken != 0 ? "then_branch" : "else_branch"
      guard let branch = try node.graph(name), branch.input.isEmpty, branch.output.count >= node.outputs.count else {
        throw node.failure(
          "bad-node", "its \(name) is missing, has inputs, or has fewer than \(node.outputs.count) outputs",
          hint: "check the model with onnx.checker")
      }
      return try inline(branch, of: node)
    } catch {
      diagnostics += error.diagnostics
      return false
    }
  }

  private mutating func inline(_ branch: ONNXGraphProto, of node: ONNXNode) throws(DiagnosticError) -> Bool {
    let inner = branch.node.map(ONNXNode.init)
    let defined = branch.initializer.map(\.name) + inner.flatMap(\.outputs).filter { !$0.isEmpty }
    if let repeated = defined.first(where: { values[$0] != nil || unknown[$0] != nil }) ?? firstRepeated(defined) {
      throw node.failure("duplicate-name", "its branch writes '\(repeated)', which is written before", hint: "check the model with onnx.checker")
    }
    for tensor in branch.initializer {
      values[tensor.name] = conversion.builder.addConstant(try tensor.decoded(conversion.external), name: tensor.name)
    }
    let outer = conversion.read
    conversion.read.formUnion(inner.flatMap { $0.inputs + $0.captures } + branch.output.map(\.name))
    defer { conversion.read = outer }
    for inner in inner where !convert(inner) { return false }
    for (output, result) in zip(node.outputs, branch.output) where !output.isEmpty {
      guard let value = value(named: result.name) else {
        throw node.failure("dangling-input", "its branch gives '\(result.name)', which nothing writes", hint: "check the model with onnx.checker")
      }
      values[output] = value
    }
    return true
  }

  private func firstRepeated(_ names: [String]) -> String? {
    var seen: Set<String> = []
    return names.first { !seen.insert($0).inserted }
  }
}
