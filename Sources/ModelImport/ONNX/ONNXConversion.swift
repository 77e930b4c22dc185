import ModelGraph

/// Turns one node into graph nodes: reads its inputs and attributes and returns the values of its outputs, in order.
typealias ONNXConverter = @Sendable (inout ONNXConversion) throws(DiagnosticError) -> [ValueID]

/// Constants that folding makes have no more elements than this; weights come from the file.
let maximumFoldedCount = 1 << 22

/// The graph under construction and the node at hand.
struct ONNXConversion {
  var builder: GraphBuilder
  var node: ONNXNode
  /// The node's inputs; nil where an optional one is absent.
  var inputs: [ValueID?] = []
  let opset: Int
  let external: ExternalData
  /// The names of all tensors that a node or the caller reads.
  var read: Set<String>
  /// Of those that the caller reads.
  var outputs: Set<String> = []
  /// The names of tensors that are integers in the file and quantized values here.
  var levelTypes: [String: ElementType] = [:]

  func failure(_ code: String, _ message: String, hint: String = "") -> DiagnosticError {
    let types = inputs.map { $0.map { builder.type(of: $0) } }
    return DiagnosticError(Diagnostic(code: code, node: node.name, sourceOperator: node.op, inputs: types, message: message, hint: hint))
  }

  func unsupported(_ message: String, hint: String = "") -> DiagnosticError {
    failure(
      "unsupported-operator", message, hint: hint.isEmpty ? "cut the net before it with --outputs, or change it before the export" : hint)
  }

  // MARK: Inputs

  func type(_ value: ValueID) -> TensorType { builder.type(of: value) }
  func shape(_ value: ValueID) -> [Int] { builder.type(of: value).shape }

  func optionalInput(_ index: Int) -> ValueID? { index < inputs.count ? inputs[index] : nil }

  func input(_ index: Int) throws(DiagnosticError) -> ValueID {
    guard let value = optionalInput(index) else {
      throw failure("bad-node", "input \(index) is missing", hint: "check the model with onnx.checker")
    }
    return value
  }

  /// The data of an input, nil where it is absent.
  /// - Throws: where it is computed at run time.
  func optionalConstant(_ index: Int, _ role: String) throws(DiagnosticError) -> Tensor? {
    guard let value = optionalInput(index) else { return nil }
    guard let constant = builder.constant(of: value) else {
      throw unsupported("its \(role) is computed at run time, a constant is needed", hint: "export with static shapes and frozen weights")
    }
    return constant
  }

  func constant(_ index: Int, _ role: String) throws(DiagnosticError) -> Tensor {
    _ = try input(index)
    guard let constant = try optionalConstant(index, role) else { throw failure("bad-node", "input \(index) is missing") }
    return constant
  }

  /// The integers of a constant input such as axes, nil where it is absent.
  func optionalIntegers(_ index: Int, _ role: String) throws(DiagnosticError) -> [Int]? {
    guard let tensor = try optionalConstant(index, role) else { return nil }
    guard let integers = tensor.integers else { throw failure("bad-node", "its \(role) must be integers, found \(tensor.type)") }
    return integers.map { Int($0) }
  }

  /// Integers that older operator sets hold in an attribute and newer ones in an input; nil where both are absent.
  func integers(attribute: String, orInput index: Int) throws(DiagnosticError) -> [Int]? {
    if let values = try node.integers(attribute) { return values }
    return try optionalIntegers(index, attribute)
  }

  /// One number from a constant input, nil where it is absent.
  func optionalScalar(_ index: Int, _ role: String) throws(DiagnosticError) -> Float? {
    guard let tensor = try optionalConstant(index, role) else { return nil }
    guard tensor.count == 1, let value = tensor.floats.first else {
      throw failure("bad-node", "its \(role) must be one number, found \(tensor.type)")
    }
    return value
  }

  /// Weights or biases: constant, floating, finite.
  func weights(_ index: Int, _ role: String) throws(DiagnosticError) -> Tensor {
    let tensor = try constant(index, role)
    guard case .floats(let values) = tensor.elements else {
      throw failure("unsupported-type", "its \(role) must be floats, found \(tensor.type)")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw failure("not-a-number", "its \(role) holds infinity or NaN", hint: "train or export the model again")
    }
    return tensor
  }

  /// An axis counted from the end where negative, checked against `rank`.
  func axis(_ axis: Int, rank: Int) throws(DiagnosticError) -> Int {
    let resolved = axis < 0 ? axis &+ rank : axis
    guard (0..<rank).contains(resolved) else { throw failure("bad-attribute", "axis \(axis) is outside rank \(rank)") }
    return resolved
  }

  /// Axes resolved, ascending; a repeated one is an error.
  func axes(_ axes: [Int], rank: Int) throws(DiagnosticError) -> [Int] {
    var result: Set<Int> = []
    for axis in axes {
      guard result.insert(try self.axis(axis, rank: rank)).inserted else { throw failure("bad-attribute", "axes \(axes) repeat") }
    }
    return result.sorted()
  }

  /// Throws where the net reads an output that the runtime does not compute, such as a dropout mask.
  func refuseOutputs(from index: Int, _ role: String) throws(DiagnosticError) {
    guard !node.outputs.dropFirst(index).contains(where: read.contains) else { throw unsupported("its \(role) output is not supported") }
  }

  // MARK: Results

  /// Appends a node, or computes it where all its inputs are constants.
  ///
  /// - Parameters:
  ///   - part: what this step does where the source node becomes several; empty for the step that bears its name.
  ///   - output: the source node's output that this is; nil for an inner step.
  mutating func emit(
    _ op: some Operator, _ inputs: [ValueID?], part: String = "", output: Int? = 0
  ) throws(DiagnosticError) -> ValueID {
    let result = node.outputs.first ?? node.name
    var outputName = part.isEmpty ? "\(result)/inner" : "\(result)/\(part)"
    if let output, output < node.outputs.count { outputName = node.outputs[output] }
    guard let value = try emit(op, inputs, part: part, outputNames: [outputName]).first else { throw failure("bad-node", "has no output") }
    return value
  }

  /// The same of an operator that gives all of the source node's outputs.
  mutating func emitAll(_ op: some Operator, _ inputs: [ValueID?]) throws(DiagnosticError) -> [ValueID] {
    try emit(op, inputs, part: "", outputNames: node.outputs.map { $0.isEmpty ? "\(node.name)/unused" : $0 })
  }

  private mutating func emit(
    _ op: some Operator, _ inputs: [ValueID?], part: String, outputNames: [String]
  ) throws(DiagnosticError) -> [ValueID] {
    let types = inputs.map { $0.map { builder.type(of: $0) } }
    let outputs: [TensorType]
    do throws(ShapeError) {
      outputs = try op.outputTypes(of: types)
      for type in outputs { _ = try checkedProduct(type.shape) }
    } catch {
      throw failure("bad-shape", error.message, hint: "check the model, or the shapes given with --shape")
    }
    let operands = inputs.map { $0.flatMap { builder.constant(of: $0) } }
    let isConstant = zip(inputs, operands).allSatisfy { $0 == nil || $1 != nil }
    if isConstant {
      if let folded = evaluate(op, operands, expansion: foldingLimit(of: op)) {
        return folded.enumerated().map { builder.addConstant($1, name: outputNames.indices.contains($0) ? outputNames[$0] : node.name) }
      }
      // What is small enough to fold and has no value, such as a quotient by 0 among the shapes, is a fault of the model.
      let isFloat = types.contains { $0?.elementType.elementClass == .float }
      if !isFloat, outputs.allSatisfy({ $0.elementCount <= foldingLimit(of: op) }) {
        throw failure("bad-constant", "cannot be computed on these constants")
      }
    }
    if let bad = op.inputItCannotComputeOn(types) {
      throw failure(
        "unsupported-type", "does not compute on \(bad.elementType.rawValue) at run time", hint: "cast its input to float32 in the source model")
    }
    let name = part.isEmpty ? node.name : "\(node.name)/\(part)"
    return try builder.add(op, inputs, name: name, sourceOperator: node.op, outputNames: outputNames)
  }

  /// Elements that a constant may be unfolded to: masks are made of two ranges.
  private func foldingLimit(of op: some Operator) -> Int {
    op is Compare || op is Select || op is Cast || op is Not || op is Gather ? maximumFoldedCount : 1 << 16
  }

  /// The value of one of the node's outputs, known now.
  mutating func emitConstant(_ tensor: Tensor, part: String = "", output: Int? = 0) -> ValueID {
    let result = node.outputs.first ?? node.name
    let name = output.flatMap { part.isEmpty && $0 < node.outputs.count ? node.outputs[$0] : nil } ?? "\(result)/\(part)"
    return builder.addConstant(tensor, name: name)
  }

  /// A scalar operand.
  mutating func scalar(_ value: Float, _ part: String) -> ValueID {
    emitConstant(Tensor(shape: [], floats: [value]), part: part, output: nil)
  }

  /// The channels of [N, C, ...] moved behind the spatial axes.
  mutating func channelsLast(_ x: ValueID) throws(DiagnosticError) -> ValueID {
    let rank = shape(x).count
    guard (3...5).contains(rank) else { throw unsupported("works on rank \(rank), one to three spatial axes are supported") }
    return try emit(Transpose(permutation: [0] + Array(2..<rank) + [1]), [x], part: "to-nhwc", output: nil)
  }

  /// The node's output from a value whose channels are the last axis.
  mutating func channelsFirst(_ x: ValueID) throws(DiagnosticError) -> ValueID {
    let rank = shape(x).count
    return try emit(Transpose(permutation: [0, rank - 1] + Array(1..<rank - 1)), [x], part: "to-nchw")
  }

  /// Runs an NHWC operator on an NCHW (or NCW) value: transposes around it, an extra height of 1 for one spatial axis.
  mutating func emitSpatial(_ op: some Operator, _ x: ValueID, _ parameters: [ValueID?] = []) throws(DiagnosticError) -> ValueID {
    let rank = shape(x).count
    guard rank == 3 || rank == 4 else { throw unsupported("works on rank \(rank), one or two spatial axes are supported") }
    var value = try channelsLast(x)
    if rank == 3 {
      let nwc = shape(value)
      value = try emit(Reshape(shape: [nwc[0], 1, nwc[1], nwc[2]]), [value], part: "to-2d", output: nil)
    }
    value = try emit(op, [value] + parameters, output: nil)
    if rank == 3 {
      let nhwc = shape(value)
      value = try emit(Reshape(shape: [nhwc[0], nhwc[2], nhwc[3]]), [value], part: "to-1d", output: nil)
    }
    return try channelsFirst(value)
  }
}
