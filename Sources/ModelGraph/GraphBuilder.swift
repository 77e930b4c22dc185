/// Builds a graph node by node, with shapes inferred and names made unique. Used by the importers and by tests.
package struct GraphBuilder {
  package private(set) var graph: Graph
  private var takenNames: Set<String> = []

  package init(name: String) { graph = Graph(name: name) }

  package func type(of id: ValueID) -> TensorType { graph[id].type }
  package func constant(of id: ValueID) -> Tensor? { graph[id].constant }

  package func quantization(of id: ValueID) -> AffineQuantization? { graph[id].quantization }

  /// Says how the source model holds a value.
  package mutating func setQuantization(_ quantization: AffineQuantization?, of id: ValueID) { graph[id].quantization = quantization }

  package mutating func addInput(_ name: String, _ type: TensorType) -> ValueID {
    let value = addValue(name, type, nil)
    graph.inputs.append(GraphInput(name: name, value: value, type: type))
    return value
  }

  /// An input of levels, such as a quantized model takes: `type` is the integers' own.
  package mutating func addInput(_ name: String, _ type: TensorType, _ quantization: AffineQuantization) -> ValueID {
    let value = addInput(name, TensorType(.float32, type.shape))
    graph.inputs[graph.inputs.count - 1].levelType = type.elementType
    graph[value].quantization = quantization
    return value
  }

  package mutating func addConstant(_ tensor: Tensor, name: String = "constant") -> ValueID {
    addValue(name, tensor.type, tensor)
  }

  /// Appends a node.
  /// - Throws: one `bad-shape` diagnostic where the operator cannot take its inputs.
  @discardableResult
  package mutating func add(
    _ op: some Operator, _ inputs: [ValueID?], name: String, sourceOperator: String = "", outputNames: [String] = []
  ) throws(DiagnosticError) -> [ValueID] {
    let types = inputs.map { $0.map { graph[$0].type } }
    let outputTypes: [TensorType]
    do {
      outputTypes = try op.outputTypes(of: types)
    } catch {
      throw DiagnosticError(
        Diagnostic(
          code: "bad-shape", node: name, sourceOperator: sourceOperator, inputs: types, message: error.message,
          hint: "check the shapes in the source model, or fix dynamic dimensions with --shape NAME=1,..."))
    }
    let outputs = outputTypes.enumerated().map { index, type in
      addValue(index < outputNames.count ? outputNames[index] : "\(name):\(index)", type, nil)
    }
    graph.nodes.append(
      Node(
        id: NodeID(index: graph.nodes.count), name: name, sourceOperator: sourceOperator, op: op, inputs: inputs, outputs: outputs))
    return outputs
  }

  /// Says that an input declared as integers gives the levels of a quantized value, which it then is.
  /// - Returns: false where the value is no int8 or uint8 input.
  package mutating func takeAsLevels(_ id: ValueID, _ quantization: AffineQuantization) -> Bool {
    guard let index = graph.inputs.firstIndex(where: { $0.value == id }), [.int8, .uint8].contains(graph[id].type.elementType) else {
      return false
    }
    graph.inputs[index].levelType = graph[id].type.elementType
    graph[id].type.elementType = .float32
    graph.inputs[index].type.elementType = .float32
    graph[id].quantization = quantization
    return true
  }

  /// - Parameter levelType: of an output that gives the levels of a quantized value.
  package mutating func addOutput(_ name: String, _ value: ValueID, levelType: ElementType? = nil) {
    graph.outputs.append(GraphOutput(name: name, value: value, type: graph[value].type))
    graph.outputs[graph.outputs.count - 1].levelType = levelType
  }

  private mutating func addValue(_ name: String, _ type: TensorType, _ constant: Tensor?) -> ValueID {
    var unique = name
    var suffix = 2
    while !takenNames.insert(unique).inserted {
      unique = "\(name)~\(suffix)"
      suffix += 1
    }
    graph.values.append(Value(name: unique, type: type, constant: constant))
    return ValueID(index: graph.values.count - 1)
  }
}
