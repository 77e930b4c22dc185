import ModelGraph

/// Control flow and variables, as far as constants resolve them: what remains is a graph without either.

/// IF by a constant condition: the nodes of the branch that is taken.
func convertIf(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.branch)
  let condition = try node.input(0, "condition")
  guard let flag = node.importer.builder.constant(of: condition)?.floats, flag.count == 1 else {
    throw node.fail(
      "unsupported-operator", "its condition is computed at run time: a net here has no branches",
      hint: "export the net with the branch resolved, or select between both results with SELECT_V2")
  }
  let index = Int(try options.integer(flag[0] != 0 ? 0 : 1, default: Int32(0)))
  try node.fillOutputs(with: try node.importer.inlined(index, for: node, try node.operands(from: 1)))
}

/// WHILE whose condition is a constant in every step: the body's nodes as often as it holds.
func convertWhile(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.loop)
  let (condition, body) = (Int(try options.integer(0, default: Int32(0))), Int(try options.integer(1, default: Int32(0))))
  var values = try node.operands(from: 0)
  var steps = 0
  while true {
    let holds = try node.importer.inlined(condition, for: node, values)
    guard let flag = holds.first.flatMap({ node.importer.builder.constant(of: $0) })?.floats, flag.count == 1 else {
      throw node.fail(
        "unsupported-operator", "whether step \(steps) runs is computed at run time: only loops that a constant counter ends are unrolled",
        hint: "export the net with a fixed number of steps, or unrolled (Keras: unroll=True)")
    }
    guard flag[0] != 0 else { return try node.fillOutputs(with: values) }
    guard steps < maximumLoopSteps else {
      throw node.fail("too-large", "it runs more than \(maximumLoopSteps) steps", hint: "export the net with fewer steps")
    }
    let next = try node.importer.inlined(body, for: node, values)
    guard next.count == values.count else {
      throw node.fail("bad-node", "its body gives \(next.count) values for \(values.count) loop variables", hint: "export the model again")
    }
    (values, steps) = (next, steps + 1)
  }
}

private let maximumLoopSteps = 1 << 12

/// CALL_ONCE: a graph that fills variables before the first run.
func convertCallOnce(_ node: TFLiteNode) throws(DiagnosticError) {
  let index = Int(try node.requiredOptions(.callOnce).integer(0, default: Int32(0)))
  node.importer.isInitializing = true
  defer { node.importer.isInitializing = false }
  _ = try node.importer.inlined(index, for: node, [])
}

/// VAR_HANDLE: names a variable. A placeholder stands for the handle.
func convertVariableHandle(_ node: TFLiteNode) throws(DiagnosticError) {
  let options = try node.requiredOptions(.varHandle)
  let name = "\(try options.string(0))/\(try options.string(1))"
  let handle = node.addConstant(Tensor(shape: [], integers: [0]), "handle")
  node.importer.variableNames[handle] = name
  try node.alias(handle)
}

/// READ_VARIABLE: the value that was assigned last.
func convertReadVariable(_ node: TFLiteNode) throws(DiagnosticError) {
  let name = try variableName(node)
  guard let value = node.importer.variables[name] else {
    throw node.fail("unsupported-operator", "variable '\(name)' is read before anything is assigned to it", hint: "freeze the variables before export")
  }
  node.importer.readVariables.insert(name)
  try node.alias(value)
}

/// ASSIGN_VARIABLE, where no run sees what an earlier one assigned.
func convertAssignVariable(_ node: TFLiteNode) throws(DiagnosticError) {
  let name = try variableName(node)
  guard node.importer.isInitializing || !node.importer.readVariables.contains(name) else {
    throw node.fail(
      "unsupported-operator", "variable '\(name)' carries a value from one run to the next",
      hint: "export the state as an input and an output of the net")
  }
  node.importer.variables[name] = try node.input(1, "value")
}

private func variableName(_ node: TFLiteNode) throws(DiagnosticError) -> String {
  guard let name = node.importer.variableNames[try node.input(0, "variable")] else {
    throw node.fail("bad-node", "its first input is no variable", hint: "export the model again")
  }
  return name
}

extension TFLiteNode {
  fileprivate func operands(from first: Int) throws(DiagnosticError) -> [ValueID] {
    var values: [ValueID] = []
    for index in op.inputs.indices.dropFirst(first) { values.append(try input(index, "input \(index)")) }
    return values
  }

  fileprivate func fillOutputs(with values: [ValueID]) throws(DiagnosticError) {
    guard values.count == op.outputs.count else {
      throw fail("bad-node", "its graph gives \(values.count) values for \(op.outputs.count) outputs", hint: "export the model again")
    }
    for (index, value) in values.enumerated() { try alias(value, output: index) }
  }
}
