import ModelGraph

/// Operators whose result is known when the model is read.

func convertConstant(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let node = c.node
  if let tensor = try node.tensor("value") { return [c.emitConstant(try tensor.decoded(c.external))] }
  if let value = try node.float("value_float") { return [c.emitConstant(Tensor(shape: [], floats: [value]))] }
  if let values = try node.floats("value_floats") { return [c.emitConstant(Tensor(shape: [values.count], floats: values))] }
  if let value = try node.integer("value_int") { return [c.emitConstant(Tensor(shape: [], integers: [Int64(value)]))] }
  if let values = try node.integers("value_ints") {
    return [c.emitConstant(Tensor(shape: [values.count], integers: values.map { Int64($0) }))]
  }
  throw c.unsupported("holds neither a dense tensor nor numbers")
}

func convertConstantOfShape(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  _ = try c.input(0)
  let shape = try c.optionalIntegers(0, "shape") ?? []
  let count = try c.foldedCount(shape)
  guard let value = try c.node.tensor("value")?.decoded(c.external) else {
    return [c.emitConstant(Tensor(shape: shape, floats: Array(repeating: 0, count: count)))]
  }
  guard value.count == 1 else { throw c.failure("bad-attribute", "attribute 'value' must hold one element, found \(value.type)") }
  switch value.elements {
  case .floats(let values):
    return [c.emitConstant(Tensor(shape: shape, floats: Array(repeating: values[0], count: count)))]
  case .integers(let values):
    return [c.emitConstant(Tensor(shape: shape, integers: Array(repeating: values[0], count: count), elementType: value.type.elementType))]
  }
}

/// Shape, with the `start` and `end` of opset 15.
func convertShape(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let shape = c.shape(try c.input(0))
  func bound(_ value: Int) -> Int { min(max(value < 0 ? value &+ shape.count : value, 0), shape.count) }
  let start = bound(try c.node.integer("start") ?? 0)
  let end = bound(try c.node.integer("end") ?? shape.count)
  let values = start < end ? shape[start..<end].map { Int64($0) } : []
  return [c.emitConstant(Tensor(shape: [values.count], integers: values))]
}

func convertSize(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let count = c.type(try c.input(0)).elementCount
  return [c.emitConstant(Tensor(shape: [], integers: [Int64(count)]))]
}

/// start, start + delta, ... before limit.
func convertRange(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let bounds = [try c.constant(0, "start"), try c.constant(1, "limit"), try c.constant(2, "delta")]
  guard bounds.allSatisfy({ $0.count == 1 }) else { throw c.failure("bad-node", "start, limit and delta must be one number each") }
  let numbers = bounds.map { Double($0.floats[0]) }
  let integers = bounds.compactMap { $0.integers?.first }
  let exact = integers.count == 3 ? integers.map(Double.init) : numbers
  guard exact[2] != 0 else { throw c.failure("bad-constant", "delta is 0") }
  let count = max(0, ((exact[1] - exact[0]) / exact[2]).rounded(.up))
  guard count <= Double(maximumFoldedCount) else { throw c.failure("bad-constant", "a range of \(count) elements is too large") }
  let total = Int(count)
  if integers.count == 3 {
    let values = (0..<Int64(total)).map { integers[0] &+ $0 &* integers[2] }
    return [c.emitConstant(Tensor(shape: [total], integers: values, elementType: bounds[0].type.elementType))]
  }
  return [c.emitConstant(Tensor(shape: [total], floats: (0..<total).map { Float(exact[0] + Double($0) * exact[2]) }))]
}

extension ONNXConversion {
  /// The element count of a constant to be made.
  func foldedCount(_ shape: [Int]) throws(DiagnosticError) -> Int {
    do throws(ShapeError) {
      let count = try checkedProduct(shape)
      guard count <= maximumFoldedCount else { throw ShapeError("a constant of shape \(shape) is too large") }
      return count
    } catch {
      throw failure("bad-constant", error.message)
    }
  }
}
