import ModelGraph

extension TFLiteImporter {
  /// Imports a copy of a subgraph on these values in the place of a node.
  /// - Returns: what it gives.
  /// - Throws: also where the copies of a model become too many, or a subgraph leads back to itself. Faults of its own nodes are reported with
  ///   the others, and the node fails without a message.
  func inlined(_ index: Int, for node: TFLiteNode, _ arguments: [ValueID]) throws(DiagnosticError) -> [ValueID] {
    guard model.subgraphs.indices.contains(index) else {
      throw node.fail("bad-file", "it names subgraph \(index) of \(model.subgraphs.count)", hint: "export the model again")
    }
    guard !callStack.contains(index) else {
      throw node.fail("bad-file", "subgraph \(index) leads back to itself", hint: "export the model again")
    }
    let graph = model.subgraphs[index]
    guard arguments.count == graph.inputs.count else {
      throw node.fail("bad-node", "it gives subgraph \(index) \(arguments.count) values, \(graph.inputs.count) are expected")
    }
    if checkedSubgraphs.insert(index).inserted { try checkStructure(of: graph) }
    let first = model.tensors.count
    guard graph.tensors.count + graph.operators.count <= Self.maximumInlined - first else {
      throw node.fail("too-large", "its graphs unroll to more than \(Self.maximumInlined) tensors", hint: "export the net with fewer steps")
    }
    callStack.append(index)
    defer { callStack.removeLast() }
    addTensors(graph.tensors.map { $0.copied(to: first + $0.index, within: node.name) })
    for (tensor, value) in zip(graph.inputs, arguments) { try bind(first + tensor, to: value) }
    let before = faultCount
    let needed = Self.operatorsNeeded(graph.operators, for: graph.outputs, model.operatorCodes)
    for op in graph.operators where needed[op.index] { importOperator(op.moved(by: first)) }
    guard faultCount == before else { throw DiagnosticError([]) }
    var results: [ValueID] = []
    for output in graph.outputs { results.append(try value(of: first + output)) }
    return results
  }

  private static let maximumInlined = 1 << 18
}

extension TFLiteTensor {
  fileprivate func copied(to index: Int, within node: String) -> TFLiteTensor {
    var copy = self
    (copy.index, copy.name) = (index, "\(node)/\(name)")
    return copy
  }
}

extension TFLiteOperator {
  /// The operator on the tensors that lie `distance` behind its own; absent ones stay so.
  fileprivate func moved(by distance: Int) -> TFLiteOperator {
    var copy = self
    copy.inputs = inputs.map { $0 < 0 ? $0 : $0 + distance }
    copy.outputs = outputs.map { $0 + distance }
    return copy
  }
}
