import ModelGraph

/// Operators that give the same elements another shape.

/// Reshape: 0 keeps the input's dimension (unless `allowzero`), one -1 is worked out. The shape is an attribute before opset 5.
func convertReshape(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard let target = try c.integers(attribute: "shape", orInput: 1) else { throw c.failure("bad-node", "its shape is missing") }
  let source = c.shape(x)
  let keepsZeros = try c.node.flag("allowzero")
  var shape = target
  for (axis, dimension) in target.enumerated() where dimension == 0 && !keepsZeros {
    guard axis < source.count else {
      throw c.failure("bad-shape", "shape \(target) copies axis \(axis), the input has rank \(source.count)")
    }
    shape[axis] = source[axis]
  }
  if let unknown = shape.firstIndex(of: -1) {
    var rest = shape
    rest[unknown] = 1
    let count = c.type(x).elementCount
    let known: Int
    do { known = try checkedProduct(rest) } catch { throw c.failure("bad-shape", error.message) }
    guard known > 0, count % known == 0 else {
      throw c.failure("bad-shape", "cannot give \(c.type(x)) the shape \(target)", hint: "the model may be made for another --shape")
    }
    shape[unknown] = count / known
  }
  return [try c.reshape(x, to: shape)]
}

/// [product of the axes before `axis`, product of the others]
func convertFlatten(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  let axis = try c.node.integer("axis") ?? 1
  let split = axis < 0 ? axis &+ shape.count : axis
  guard (0...shape.count).contains(split) else { throw c.failure("bad-attribute", "axis \(axis) is outside rank \(shape.count)") }
  return [try c.reshape(x, to: [shape.prefix(split).reduce(1, *), shape.dropFirst(split).reduce(1, *)])]
}

func convertSqueeze(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  guard let given = try c.integers(attribute: "axes", orInput: 1) else { return [try c.reshape(x, to: shape.filter { $0 != 1 })] }
  let axes = try c.axes(given, rank: shape.count)
  guard axes.allSatisfy({ shape[$0] == 1 }) else { throw c.failure("bad-shape", "axes \(given) are not all 1") }
  return [try c.reshape(x, to: shape.indices.filter { !axes.contains($0) }.map { shape[$0] })]
}

func convertUnsqueeze(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard let given = try c.integers(attribute: "axes", orInput: 1) else { throw c.failure("bad-node", "its axes are missing") }
  let rank = c.shape(x).count + given.count
  let axes = Set(try c.axes(given, rank: rank))
  var rest = c.shape(x)[...]
  return [try c.reshape(x, to: (0..<rank).map { axes.contains($0) ? 1 : rest.popFirst() ?? 1 })]
}

func convertTranspose(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let permutation = try c.node.integers("perm") ?? Array(c.shape(x).indices.reversed())
  if permutation == Array(c.shape(x).indices) { return [x] }
  return [try c.emit(Transpose(permutation: permutation), [x])]
}

func convertExpand(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  guard let target = try c.optionalIntegers(1, "shape") else { throw c.failure("bad-node", "its shape is missing") }
  let shape = try c.broadcastShape(c.shape(x), target)
  return [shape == c.shape(x) ? x : try c.emit(Broadcast(shape: shape), [x])]
}

extension ONNXConversion {
  /// A reshape, or the value itself where it has the shape already.
  mutating func reshape(_ x: ValueID, to shape: [Int], part: String = "", output: Int? = 0) throws(DiagnosticError) -> ValueID {
    if self.shape(x) == shape { return x }
    // Folding of empty tensors (an exporter's "no padding") needs no data.
    if let tensor = builder.constant(of: x), (try? checkedProduct(shape)) == tensor.count {
      return emitConstant(tensor.reshaped(shape), part: part, output: output)
    }
    return try emit(Reshape(shape: shape), [x], part: part, output: output)
  }
}
