import ModelGraph

/// Operators that pass their input on.

func convertIdentity(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] { [try c.input(0)] }

func convertDropout(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  if let training = try c.optionalConstant(2, "training mode"), training.floats.contains(where: { $0 != 0 }) {
    throw c.unsupported("runs in training mode", hint: "export the model in evaluation mode: model.eval()")
  }
  let x = try c.input(0)
  guard c.node.outputs.count == 2, c.read.contains(c.node.outputs[1]) else { return [x] }
  // Nothing is dropped: the mask holds everywhere.
  let ones = Array(repeating: Int64(1), count: try c.foldedCount(c.shape(x)))
  let mask =
    c.opset < 10
    ? Tensor(shape: c.shape(x), floats: ones.map { Float($0) }) : Tensor(shape: c.shape(x), integers: ones, elementType: .bool)
  return [x, c.emitConstant(mask, part: "mask", output: 1)]
}
