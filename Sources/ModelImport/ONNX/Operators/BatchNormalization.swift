import ModelGraph

/// y = (x - mean) / sqrt(var + epsilon) * scale + B, as one multiplication and one addition a channel.
func convertBatchNormalization(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  try c.refuseOutputs(from: 1, "training")
  let x = try c.input(0)
  let shape = c.shape(x)
  guard shape.count >= 2 else { throw c.failure("bad-shape", "needs a channel axis, the input has rank \(shape.count)") }
  guard try !c.node.flag("training_mode"), try c.node.flag("spatial", default: true) else {
    throw c.unsupported("runs in training mode", hint: "export the model in evaluation mode: model.eval()")
  }
  let epsilon = Double(try c.node.float("epsilon") ?? 1e-5)
  let channels = shape[1]
  var parameters: [[Double]] = []
  for (index, role) in ["scale", "bias", "mean", "variance"].enumerated() {
    let tensor = try c.weights(index + 1, role)
    guard tensor.shape == [channels] else {
      throw c.failure("bad-shape", "its \(role) must have shape [\(channels)], found \(tensor.type)")
    }
    parameters.append(tensor.floats.map(Double.init))
  }
  let factors = zip(parameters[0], parameters[3]).map { $0 / ($1 + epsilon).squareRoot() }
  let offsets = zip(parameters[1], zip(parameters[2], factors)).map { $0 - $1.0 * $1.1 }
  guard (factors + offsets).allSatisfy({ Float($0).isFinite }) else {
    throw c.failure("not-a-number", "a variance is negative, or too small for its scale", hint: "train or export the model again")
  }
  let side = [channels] + Array(repeating: 1, count: shape.count - 2)
  let factor = c.emitConstant(Tensor(shape: side, floats: factors.map { Float($0) }), part: "factor", output: nil)
  let offset = c.emitConstant(Tensor(shape: side, floats: offsets.map { Float($0) }), part: "offset", output: nil)
  let scaled = try c.emit(Binary(.multiply), [x, factor], output: nil)
  return [try c.emit(Binary(.add), [scaled, offset], part: "add")]
}
