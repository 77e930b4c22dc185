package import ModelGraph

/// The state of lowering: the program so far, and the tensors that hold each value of the graph.
package struct LoweringContext {
  package let graph: Graph
  package let plan: QuantizationPlan?
  package let keepsAllValues: Bool
  package var program: Program
  /// The tensor that each value's producer wrote.
  package private(set) var tensors: [ValueID: TensorID] = [:]
  private var otherForms: [Form: TensorID] = [:]

  private struct Form: Hashable {
    var value: ValueID
    var format: TensorFormat
  }

  package init(_ graph: Graph, plan: QuantizationPlan?, keepsAllValues: Bool) {
    (self.graph, self.plan, self.keepsAllValues) = (graph, plan, keepsAllValues)
    program = Program(name: graph.name)
  }

  // MARK: - Precision

  package func precision(of node: Node) -> Precision {
    guard let plan, let op = node.op as? any Lowerable, op.hasInt8Form else { return .float32 }
    let precision = plan.precisions[node.id] ?? .int8
    guard precision != .float32, !op.hasInt16Form else { return precision }
    let reads = node.inputs.contains { $0.map { quantization(of: $0, readAs: precision)?.width == .int16 } ?? false }
    return reads || node.outputs.contains { plan.activations[$0]?.width == .int16 } ? .float32 : precision
  }

  private func quantization(of value: ValueID, readAs precision: Precision) -> AffineQuantization? {
    precision == .int8 ? plan?.narrowed[value] ?? plan?.activations[value] : plan?.activations[value]
  }

  /// How a node of this precision reads `value`: the precision is that of floats.
  func format(of value: ValueID, _ precision: Precision) throws(LoweringError) -> TensorFormat {
    try format(of: value, precision, quantization(of: value, readAs: precision))
  }

  /// How a node of this precision writes `value`, and a caller hands it over.
  func writtenFormat(of value: ValueID, _ precision: Precision) throws(LoweringError) -> TensorFormat {
    try format(of: value, precision, plan?.activations[value])
  }

  private func format(
    of value: ValueID, _ precision: Precision, _ quantization: AffineQuantization?
  ) throws(LoweringError) -> TensorFormat {
    let plain = TensorFormat(graph[value].type.elementType)
    guard precision != .float32, plain == .float32 else { return plain }
    let name = graph[value].name
    guard let quantization else {
      if let constant = graph[value].constant { return .int8(try AffineQuantization(covering: constant.floats)) }
      throw LoweringError("missing-quantization", "the plan has no scale for '\(name)'", hint: "calibrate the whole graph")
    }
    let zeroPoints = quantization.width == .int8 ? quantization.width.levels : 0...0
    guard quantization.scale > 0, quantization.scale.isFinite, (1 / quantization.scale).isFinite,
      zeroPoints.contains(quantization.zeroPoint)
    else {
      throw LoweringError(
        "bad-quantization", "'\(name)' has scale \(quantization.scale) and zero point \(quantization.zeroPoint)",
        hint: "scales and their inverses are positive and finite, zero points of int8 lie in -128...127, those of int16 are 0")
    }
    return TensorFormat(quantization)
  }

  // MARK: - Operands

  func inputID(_ node: Node, _ index: Int) throws(LoweringError) -> ValueID {
    guard node.inputs.indices.contains(index), let value = node.inputs[index] else {
      throw LoweringError("missing-input", "input \(index) is missing")
    }
    return value
  }

  /// The shape of an input.
  func shape(_ node: Node, _ index: Int) throws(LoweringError) -> [Int] {
    graph[try inputID(node, index)].type.shape
  }

  /// The weights or bias that a node needs at compile time.
  func constant(_ node: Node, _ index: Int, _ role: String) throws(LoweringError) -> Tensor {
    let value = graph[try inputID(node, index)]
    guard let constant = value.constant else {
      throw LoweringError(
        "dynamic-weights", "\(role) '\(value.name)' is computed at run time", hint: "only constant weights are supported")
    }
    guard constant.floats.allSatisfy(\.isFinite) else {
      throw LoweringError(
        "not-finite", "\(role) '\(value.name)' holds NaN or infinity", hint: "export the model again from a sound checkpoint")
    }
    return constant
  }

  /// The tensor from which a node reads an input, converted at the border of a float island.
  mutating func input(_ node: Node, _ index: Int) throws(LoweringError) -> TensorID {
    let value = try inputID(node, index)
    return try tensor(of: value, try format(of: value, precision(of: node)), for: node)
  }

  /// The tensor of `value` in a form that another node may have asked for already.
  mutating func tensor(of value: ValueID, _ format: TensorFormat, for node: Node) throws(LoweringError) -> TensorID {
    if let tensor = tensors[value], program[tensor].format == format { return tensor }
    let form = Form(value: value, format: format)
    if let tensor = otherForms[form] { return tensor }
    let tensor: TensorID
    if let constant = graph[value].constant {
      tensor = try constantTensor(constant, graph[value].name, format)
    } else if let source = tensors[value] {
      tensor = try converted(source, to: format, name: graph[value].name, for: node)
    } else {
      throw LoweringError("bad-graph", "'\(graph[value].name)' is read before anything computes it")
    }
    otherForms[form] = tensor
    return tensor
  }

  private mutating func constantTensor(_ constant: Tensor, _ name: String, _ format: TensorFormat) throws(LoweringError) -> TensorID {
    let floats = constant.floats
    guard floats.allSatisfy({ !$0.isNaN }) else { throw LoweringError("not-finite", "constant '\(name)' holds NaN") }
    let bytes =
      switch format {
      case .float32: arrayBytes(floats)
      case .int8(let quantization): arrayBytes(floats.map { Int8(truncatingIfNeeded: quantization.level(of: Double($0))) })
      case .int16(let quantization): arrayBytes(floats.map { Int16(truncatingIfNeeded: quantization.level(of: Double($0))) })
      case .int32: arrayBytes(try words(constant, name))
      case .bool: arrayBytes(floats.map { $0 == 0 ? UInt8(0) : 1 })
      }
    return program.addConstant(name, format, constant.shape, bytes: bytes)
  }

  private func words(_ constant: Tensor, _ name: String) throws(LoweringError) -> [Int32] {
    var words: [Int32] = []
    for integer in constant.integers ?? [] {
      guard let word = Int32(exactly: integer) else {
        throw LoweringError(
          "too-large", "constant '\(name)' holds \(integer): integers are computed in 32 bits at run time",
          hint: "use values within -2147483648...2147483647 in the source model")
      }
      words.append(word)
    }
    return words
  }

  /// The tensor that a node writes as its output `index`.
  mutating func output(_ node: Node, _ index: Int = 0) throws(LoweringError) -> TensorID {
    let value = node.outputs[index]
    let format = try writtenFormat(of: value, precision(of: node))
    let tensor = program.addTensor(graph[value].name, format, graph[value].type.shape)
    tensors[value] = tensor
    return tensor
  }

  /// Says that `tensor` holds `value`.
  mutating func define(_ value: ValueID, as tensor: TensorID) { tensors[value] = tensor }

  /// A tensor that no value of the graph has.
  mutating func temporary(_ name: String, _ format: TensorFormat, _ shape: [Int]) -> TensorID {
    program.addTensor(name, format, shape)
  }

  mutating func emit(_ instruction: Instruction) { program.instructions.append(instruction) }

  mutating func emit(_ instruction: Instruction, flags: UInt16) {
    var instruction = instruction
    instruction.flags |= flags
    program.instructions.append(instruction)
  }
}
