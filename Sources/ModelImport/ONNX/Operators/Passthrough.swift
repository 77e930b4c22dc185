import ModelGraph

/// Operators that pass their input on.

func convertIdentity(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] { [try c.input(0)] }

func convertDropout(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  try c.refuseOutputs(from: 1, "mask")
  if let training = try c.optionalConstant(2, "training mode"), training.floats.contains(where: { $0 != 0 }) {
    throw c.unsupported("runs in training mode", hint: "export the model in evaluation mode: model.eval()")
  }
  return [try c.input(0)]
}
