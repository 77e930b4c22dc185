import ModelGraph

/// What both importers offer to code that turns one source operator into several nodes.
protocol NodeEmitter {
  func shape(_ value: ValueID) -> [Int]
  /// An inner step of the operator, computed at once where its inputs are constants.
  mutating func step(_ op: some Operator, _ inputs: [ValueID?], _ part: String) throws(DiagnosticError) -> ValueID
  /// The data of a value that must be known.
  func known(_ value: ValueID) throws(DiagnosticError) -> Tensor
  mutating func constant(_ tensor: Tensor, _ part: String) -> ValueID
  func refusal(_ message: String) -> DiagnosticError
}

extension NodeEmitter {
  /// For each place of sequences [batch, time] the one that it comes from when the first `lengths[b]` of each run backwards: length - 1 - t
  /// inside, t behind.
  mutating func reversedIndices(_ lengths: ValueID, batch: Int, time: Int, type: ElementType) throws(DiagnosticError) -> ValueID {
    let column = try step(Reshape(shape: [batch, 1]), [lengths], "lengths")
    let places = constant(Tensor(shape: [1, time], integers: (0..<time).map { Int64($0) }, elementType: type), "steps")
    let one = constant(Tensor(shape: [], integers: [1], elementType: type), "one")
    let last = try step(Binary(.subtract), [column, one], "last")
    let mirrored = try step(Binary(.subtract), [last, places], "mirrored")
    let isInside = try step(Compare(.less), [places, column], "is-inside")
    return try step(Select(), [isInside, mirrored, places], "indices")
  }
}

extension ONNXConversion: NodeEmitter {
  mutating func step(_ op: some Operator, _ inputs: [ValueID?], _ part: String) throws(DiagnosticError) -> ValueID {
    try emit(op, inputs, part: part, output: nil)
  }
  func known(_ value: ValueID) throws(DiagnosticError) -> Tensor {
    guard let tensor = builder.constant(of: value) else { throw unsupported("its weights are computed at run time, constants are needed") }
    return tensor
  }
  mutating func constant(_ tensor: Tensor, _ part: String) -> ValueID { emitConstant(tensor, part: part, output: nil) }
  func refusal(_ message: String) -> DiagnosticError {
    failure("bad-shape", message, hint: "check the model, or the shapes given with --shape")
  }
}

extension TFLiteNode: NodeEmitter {
  func shape(_ value: ValueID) -> [Int] { shape(of: value) }
  func step(_ op: some Operator, _ inputs: [ValueID?], _ part: String) throws(DiagnosticError) -> ValueID {
    try step(op, inputs, part, quantization: nil)
  }
  func known(_ value: ValueID) throws(DiagnosticError) -> Tensor { try constant(of: value, "weight") }
  func constant(_ tensor: Tensor, _ part: String) -> ValueID { addConstant(tensor, part) }
  func refusal(_ message: String) -> DiagnosticError { fail("bad-shape", message) }
}
