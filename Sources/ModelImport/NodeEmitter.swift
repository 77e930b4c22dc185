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
