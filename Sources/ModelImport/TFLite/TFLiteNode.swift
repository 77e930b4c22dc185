import ModelGraph

/// One operator of the file while it becomes nodes of the graph: its operands and options, checked as they are read.
struct TFLiteNode {
  let op: TFLiteOperator
  let importer: TFLiteImporter
  /// "CONV_2D", or the custom operator's name.
  let operatorName: String
  /// The first output's tensor name: operators of the format have none of their own.
  let name: String

  init(_ op: TFLiteOperator, in importer: TFLiteImporter) {
    (self.op, self.importer) = (op, importer)
    operatorName = importer.model.operatorCodes[op.code].name
    name = op.outputs.first.map { importer.model.tensors[$0].name } ?? "operator_\(op.index)"
  }

  func importOperator() throws(DiagnosticError) {
    let tensors = importer.model.tensors
    let operands = op.inputs.filter { $0 >= 0 }
    guard let convert = importer.model.operatorCodes[op.code].converter else {
      throw fail("unsupported-operator", "operator \(op.index) is not supported", hint: importer.model.operatorCodes[op.code].unsupportedHint)
    }
    for output in op.outputs { _ = try tensors[output].activationQuantization() }
    for operand in operands where operatorName != "SHAPE" && tensors[operand].typeCode != TFLiteTensor.resourceType && !importer.isConstant(operand) && tensors[operand].elementType == nil {
      let found = TFLiteTensor.name(ofType: tensors[operand].typeCode)
      throw fail(
        "unsupported-type", "operator \(op.index) computes on \(found) at run time ('\(tensors[operand].name)')",
        hint: "cut the net before it with --outputs NAME")
    }
    guard !op.outputs.isEmpty || importer.model.operatorCodes[op.code].hasEffects else { throw fail("bad-node", "operator \(op.index) has no output") }
    try convert(self)
    if let unset = op.outputs.first(where: { !importer.hasValue($0) }) {
      throw fail("bad-node", "operator \(op.index) has \(op.outputs.count) outputs: nothing fills '\(tensors[unset].name)'")
    }
  }

  // MARK: Operands

  func input(_ index: Int, _ role: String) throws(DiagnosticError) -> ValueID {
    guard let value = try optionalInput(index) else { throw fail("bad-node", "\(role) (input \(index)) is missing") }
    return value
  }

  func optionalInput(_ index: Int) throws(DiagnosticError) -> ValueID? {
    guard op.inputs.indices.contains(index), op.inputs[index] >= 0 else { return nil }
    return try importer.value(of: op.inputs[index])
  }

  func type(of value: ValueID) -> TensorType { importer.builder.type(of: value) }

  func shape(of value: ValueID) -> [Int] { type(of: value).shape }

  /// An operand that must be known at compile time.
  func constant(_ index: Int, _ role: String) throws(DiagnosticError) -> Tensor {
    try constant(of: try input(index, role), role)
  }

  func constant(of value: ValueID, _ role: String) throws(DiagnosticError) -> Tensor {
    if let tensor = importer.builder.constant(of: value) { return tensor }
    throw fail("not-constant", "\(role) is computed at run time, a constant is expected", hint: "fix the shapes of the model before export")
  }

  func integers(_ index: Int, _ role: String) throws(DiagnosticError) -> [Int] {
    guard let integers = try constant(index, role).integers else { throw fail("bad-node", "\(role) must hold integers") }
    return integers.map { Int($0) }
  }

  func integer(_ index: Int, _ role: String) throws(DiagnosticError) -> Int {
    let all = try integers(index, role)
    guard all.count == 1 else { throw fail("bad-node", "\(role) must be one integer, found \(all.count)") }
    return all[0]
  }

  /// Resolves a negative axis.
  func axis(_ axis: Int, rank: Int) throws(DiagnosticError) -> Int {
    guard (-rank..<rank).contains(axis) else { throw fail("bad-shape", "axis \(axis) is outside rank \(rank)") }
    return axis < 0 ? axis + rank : axis
  }

  /// The operator's options, where the file has the table that its schema expects.
  func options(_ kind: TFLiteOptionsKind) -> FlatTable? { op.optionsKind == kind.rawValue ? op.options : nil }

  func requiredOptions(_ kind: TFLiteOptionsKind) throws(DiagnosticError) -> FlatTable {
    guard let table = options(kind) else { throw fail("bad-node", "its options are missing", hint: "export the model again") }
    return table
  }

  func activation(_ options: FlatTable?, _ field: Int) throws(DiagnosticError) -> TFLiteActivation {
    let activation = TFLiteActivation(code: try options?.integer(field, default: Int8(0)) ?? 0)
    if case .unknown(let code) = activation {
      throw fail("unsupported-attribute", "fused activation \(code) is not supported, expected NONE, RELU, RELU_N1_TO_1, RELU6 or TANH")
    }
    return activation
  }

  // MARK: Results

  /// Adds a node for part of the operator, or computes it where all its inputs are constants.
  /// - Parameter quantization: levels that its result is rounded to.
  func step(
    _ op: some Operator, _ inputs: [ValueID?], _ part: String, quantization: AffineQuantization? = nil
  ) throws(DiagnosticError) -> ValueID {
    let value = try add(op, inputs, name: "\(name)/\(part)", output: "\(name)/\(part)")
    if let quantization { importer.builder.setQuantization(quantization, of: value) }
    return value
  }

  /// Adds the node that fills output `index`.
  func produce(_ op: some Operator, _ inputs: [ValueID?], output index: Int = 0) throws(DiagnosticError) {
    let tensor = try output(index)
    let name = importer.model.tensors[tensor].name
    try importer.bind(tensor, to: try add(op, inputs, name: name, output: name), isNew: true)
  }

  /// Adds a node that fills all outputs.
  func produceAll(_ op: some Operator, _ inputs: [ValueID?]) throws(DiagnosticError) {
    let names = self.op.outputs.map { importer.model.tensors[$0].name }
    let constants = inputs.map { $0.flatMap { importer.builder.constant(of: $0) } }
    if zip(inputs, constants).allSatisfy({ $0 == nil || $1 != nil }), let folded = evaluate(op, constants) {
      for (index, tensor) in folded.prefix(names.count).enumerated() { try produceConstant(tensor, output: index) }
      return
    }
    try refuseUnsupportedTypes(op, inputs)
    let results = try importer.builder.add(op, inputs, name: name, sourceOperator: operatorName, outputNames: names)
    for (index, value) in results.prefix(names.count).enumerated() { try alias(value, output: index) }
  }

  private func refuseUnsupportedTypes(_ op: some Operator, _ inputs: [ValueID?]) throws(DiagnosticError) {
    guard let bad = op.inputItCannotComputeOn(inputs.map { $0.map { type(of: $0) } }) else { return }
    throw fail(
      "unsupported-type", "operator \(self.op.index) does not compute on \(bad.elementType.rawValue) at run time",
      hint: "cut the net before it with --outputs NAME")
  }

  /// `produce` with a fused activation: a clamp is an attribute of the node, tanh a node of its own.
  func produce(
    _ inputs: [ValueID?], activation: TFLiteActivation, _ op: (ClampRange) -> some Operator
  ) throws(DiagnosticError) {
    if case .clamp(let range) = activation { return try produce(op(range), inputs) }
    try produce(Unary(.tanh), [try step(op(.none), inputs, "linear")])
  }

  /// Fills output `index` with a value that exists already, rounded where the output's levels are others.
  func alias(_ value: ValueID, output index: Int = 0) throws(DiagnosticError) {
    let tensor = try output(index)
    let levels = try importer.model.tensors[tensor].activationQuantization()
    guard levels == nil || levels == importer.builder.quantization(of: value) else {
      return try produce(Unary(.identity), [value], output: index)
    }
    try importer.bind(tensor, to: value)
  }

  /// The levels of output `index`, nil where it is float.
  func outputQuantization(_ index: Int = 0) throws(DiagnosticError) -> AffineQuantization? {
    try importer.model.tensors[try output(index)].activationQuantization()
  }

  func produceConstant(_ tensor: Tensor, output index: Int = 0) throws(DiagnosticError) {
    let output = try output(index)
    try checked { () throws(ShapeError) in try checkExtents(tensor.shape) }
    try importer.bind(output, to: importer.builder.addConstant(tensor, name: importer.model.tensors[output].name), isNew: true)
  }

  func addConstant(_ tensor: Tensor, _ part: String) -> ValueID { importer.builder.addConstant(tensor, name: "\(name)/\(part)") }

  func scalar(_ value: Float, _ part: String) -> ValueID { addConstant(Tensor(shape: [], floats: [value]), part) }

  private func output(_ index: Int) throws(DiagnosticError) -> Int {
    guard op.outputs.indices.contains(index) else {
      throw fail("bad-node", "it has \(op.outputs.count) outputs, expected at least \(index + 1)", hint: "export the model again")
    }
    return op.outputs[index]
  }

  private func add(_ op: some Operator, _ inputs: [ValueID?], name: String, output: String) throws(DiagnosticError) -> ValueID {
    let constants = inputs.map { $0.flatMap { importer.builder.constant(of: $0) } }
    if zip(inputs, constants).allSatisfy({ $0 == nil || $1 != nil }), let folded = evaluate(op, constants)?.first {
      try checked { () throws(ShapeError) in try checkExtents(folded.shape) }
      return importer.builder.addConstant(folded, name: output)
    }
    try refuseUnsupportedTypes(op, inputs)
    let results = try importer.builder.add(op, inputs, name: name, sourceOperator: operatorName, outputNames: [output])
    guard let result = results.first else { throw fail("bad-node", "it computes nothing") }
    try checked { () throws(ShapeError) in try checkExtents(type(of: result).shape) }
    return result
  }

  /// What is wrong with this operator, with its input types as far as they are known.
  func fail(_ code: String, _ message: String, hint: String = "") -> DiagnosticError {
    let types = op.inputs.map { $0 < 0 ? nil : importer.type(of: $0) }
    return DiagnosticError(
      Diagnostic(code: code, node: name, sourceOperator: operatorName, inputs: types, message: message, hint: hint))
  }

  /// Runs a check that reports by `ShapeError`.
  func checked<T>(_ body: () throws(ShapeError) -> T) throws(DiagnosticError) -> T {
    do {
      return try body()
    } catch {
      throw fail(
        "bad-shape", error.message, hint: "check the shapes in the source model, or fix dynamic dimensions with --shape NAME=1,...")
    }
  }
}
