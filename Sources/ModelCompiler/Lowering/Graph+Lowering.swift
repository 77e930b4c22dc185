import CKernels
package import ModelGraph

/// A graph's instructions, and the tensor records of its values.
package struct LoweredGraph: Sendable {
  package var program: Program
  package var tensors: [ValueID: Int]
}

/// Turns every node of a graph into instructions.
/// - Throws: everything that keeps the graph from running, each with its node.
package func lower(_ graph: Graph, options: CompilerOptions) throws(DiagnosticError) -> LoweredGraph {
  var context = LoweringContext(graph, plan: options.plan, keepsAllValues: options.keepsAllValues)
  var diagnostics: [Diagnostic] = []
  context.addInputs(&diagnostics)
  for node in graph.nodes {
    do throws(LoweringError) {
      try context.add(node)
    } catch {
      diagnostics.append(context.diagnostic(error, of: node))
      context.defineMissingOutputs(of: node)
    }
  }
  context.addOutputs(&diagnostics)
  guard diagnostics.isEmpty else { throw DiagnosticError(diagnostics) }
  return LoweredGraph(program: context.program, tensors: context.tensors.mapValues(\.index))
}

extension LoweringContext {
  fileprivate mutating func add(_ node: Node) throws(LoweringError) {
    guard let op = node.op as? any Lowerable else {
      throw LoweringError("unsupported-operator", "\(type(of: node.op).name) has no instruction")
    }
    for value in node.inputs.compactMap({ $0 }) + node.outputs { try checkIsNotEmpty(graph[value]) }
    if let input = node.op.inputItCannotComputeOn(node.inputs.map { $0.map { graph[$0].type } }) {
      throw LoweringError("unsupported-type", "\(type(of: node.op).name) does not compute on \(input) at run time")
    }
    try checkShapes(of: node)
    program.multiplyAccumulates += try multiplyAccumulates(of: node)
    try op.lower(node, into: &self)
  }

  /// What every lowering relies on: the operator takes these inputs and gives these outputs.
  private func checkShapes(of node: Node) throws(LoweringError) {
    let types: [TensorType]
    do {
      types = try node.op.outputTypes(of: node.inputs.map { $0.map { graph[$0].type } })
    } catch {
      throw LoweringError("bad-shape", error.message)
    }
    guard types.map(\.shape) == node.outputs.map({ graph[$0].type.shape }) else {
      throw LoweringError("bad-graph", "its outputs are \(node.outputs.map { graph[$0].type }), expected \(types)")
    }
  }

  private func multiplyAccumulates(of node: Node) throws(LoweringError) -> Int {
    let inputs = node.inputs.map { $0.map { graph[$0].type } }
    let count = node.op.multiplyAccumulates(inputs: inputs, outputs: node.outputs.map { graph[$0].type })
    guard count < 1 << 60, program.multiplyAccumulates < 1 << 60 else {
      throw LoweringError("too-large", "more than 2^60 multiply-accumulates")
    }
    return count
  }

  private func checkIsNotEmpty(_ value: Value) throws(LoweringError) {
    guard value.type.elementCount > 0 else { throw LoweringError("bad-shape", "'\(value.name)' is \(value.type): it has no elements") }
  }

  fileprivate func diagnostic(_ error: LoweringError, of node: Node) -> Diagnostic {
    Diagnostic(
      code: error.code, node: node.name, sourceOperator: node.sourceOperator,
      inputs: node.inputs.map { $0.map { graph[$0].type } }, message: error.message, hint: error.hint)
  }

  /// So that the nodes behind a faulty one are looked at too, without a diagnostic for each.
  fileprivate mutating func defineMissingOutputs(of node: Node) {
    for value in node.outputs where tensors[value] == nil {
      define(value, as: program.addTensor(graph[value].name, TensorFormat(graph[value].type.elementType), []))
    }
  }

  fileprivate mutating func addInputs(_ diagnostics: inout [Diagnostic]) {
    var isReadAsFloat: Set<ValueID> = []
    var isReadAsInt8: Set<ValueID> = []
    for node in graph.nodes {
      for value in node.inputs.compactMap({ $0 }) {
        // An identity between two formats reads either.
        let isConversion = (node.op as? Unary)?.function == .identity && plan?.activations[value] == nil
        if precision(of: node) != .float32, !isConversion { isReadAsInt8.insert(value) } else { isReadAsFloat.insert(value) }
      }
    }
    for input in graph.inputs {
      let value = graph[input.value]
      var format = TensorFormat(value.type.elementType)
      do throws(LoweringError) {
        try checkIsNotEmpty(Value(name: input.name, type: input.type))
        try check(input)
        // Bytes that the caller hands over are levels, whoever reads them.
        if input.levelType != nil, plan?.activations[input.value] != nil {
          format = try writtenFormat(of: input.value, .int8)
        } else if isReadAsInt8.contains(input.value), !isReadAsFloat.contains(input.value) {
          format = try writtenFormat(of: input.value, .int8)
        }
      } catch {
        diagnostics.append(Diagnostic(code: error.code, node: input.name, inputs: [input.type], message: error.message, hint: error.hint))
      }
      let tensor = program.addTensor(value.name, format, value.type.shape)
      define(input.value, as: tensor)
      program.inputs.append(Program.Binding(interface: input, tensor: tensor))
    }
  }

  private func check(_ input: GraphInput) throws(LoweringError) {
    let rank = input.type.rank
    guard rank <= Int(CK_MAX_RANK) else {
      throw LoweringError("bad-shape", "rank \(rank) is over \(CK_MAX_RANK)", hint: "merge axes in the source model")
    }
    guard graph[input.value].type.elementCount == input.type.elementCount, input.permutation.sorted() == Array(0..<rank) else {
      throw LoweringError("bad-graph", "the input does not fit its value \(graph[input.value].type)")
    }
    guard let normalization = input.normalization else { return }
    let channels = input.type.shape.indices.contains(normalization.channelAxis) ? input.type.shape[normalization.channelAxis] : 1
    guard normalization.mean.count == normalization.std.count, [1, channels].contains(normalization.mean.count) else {
      throw LoweringError(
        "bad-normalization",
        "\(normalization.mean.count) means and \(normalization.std.count) deviations, expected 1 or \(channels) of each",
        hint: "give one value, or one a channel")
    }
    guard normalization.mean.allSatisfy(\.isFinite), normalization.std.allSatisfy({ $0.isFinite && $0 != 0 && (1 / $0).isFinite }) else {
      throw LoweringError("bad-normalization", "means must be finite, deviations finite and not 0")
    }
  }

  fileprivate mutating func addOutputs(_ diagnostics: inout [Diagnostic]) {
    for output in graph.outputs {
      do throws(LoweringError) {
        try checkIsNotEmpty(Value(name: output.name, type: output.type))
        guard output.type.rank <= Int(CK_MAX_RANK) else {
          throw LoweringError("bad-shape", "rank \(output.type.rank) is over \(CK_MAX_RANK)")
        }
        guard graph[output.value].type.elementCount == output.type.elementCount else {
          throw LoweringError("bad-graph", "the output does not fit its value \(graph[output.value].type)")
        }
        program.outputs.append(Program.Binding(interface: output, tensor: try tensor(ofOutput: output)))
      } catch {
        diagnostics.append(Diagnostic(code: error.code, node: output.name, inputs: [output.type], message: error.message, hint: error.hint))
      }
    }
  }

  /// An arena tensor: a constant is copied into one.
  private mutating func tensor(ofOutput output: GraphOutput) throws(LoweringError) -> TensorID {
    let node = Node(id: NodeID(index: -1), name: output.name, sourceOperator: "", op: Reshape(shape: []), inputs: [], outputs: [])
    if tensors[output.value] == nil { try checkIsNotEmpty(graph[output.value]) }
    guard let tensor = tensors[output.value], program[tensor].buffer != nil else {
      let format = TensorFormat(graph[output.value].type.elementType)
      let constant = try tensor(of: output.value, format, for: node)
      let copy = program.addTensor(output.name, format, program[constant].shape)
      try emitCopy(node, StridedCopy(contiguous: program[constant].elementCount), from: constant, to: copy)
      return copy
    }
    return tensor
  }
}
