extension Graph {
  /// Gives back to operators their names: what exporters wrote as chains of simpler nodes becomes one node again, so that it has one rounding
  /// in int8 and one pass over memory. The chains' other nodes stay where somebody else reads them.
  ///
  /// A graph that arrives quantized keeps its chains: their levels were trained.
  func decompositionsRecognized() -> Graph {
    guard !isQuantized else { return self }
    var editor = GraphEditor(self)
    for position in editor.positions where editor.isLive(position) {
      if editor.recognizeGate(position) { continue }
      if editor.recognizeNormalization(position) { continue }
      if editor.recognizeShiftedNormalization(position) { continue }
      if editor.recognizeGroups(position) { continue }
      if editor.recognizeLengthNormalization(position) { continue }
      if editor.recognizePRelu(position) { continue }
      if editor.recognizeLocalResponse(position) { continue }
      _ = editor.recognizeSoftmax(position)
    }
    var result = editor.finish()
    result.removeDeadCode()
    return result
  }
}

/// What the patterns are made of: a value's producer seen as one kind of node.
extension GraphEditor {
  /// The input of the unary function that makes `id`.
  func operand(of id: ValueID?, _ function: Unary.Function) -> ValueID? {
    guard let position = producer(id), let unary = node(position).op as? Unary, unary.function == function else { return nil }
    return node(position).inputs[0]
  }

  /// Both operands of the binary that makes `id`, without a clamp.
  func operands(of id: ValueID?, _ kind: Binary.Kind) -> (a: ValueID, b: ValueID)? {
    guard let position = producer(id), node(position).op as? Binary == Binary(kind), let a = node(position).inputs[0],
      let b = node(position).inputs[1]
    else { return nil }
    return (a, b)
  }

  /// The one float that all elements of a constant are.
  func uniform(_ id: ValueID?) -> Float? { constant(id)?.uniformValue }

  /// x and c where `id` is x * c with one number c, through products, quotients and negations; (id, 1) where it is none.
  func factored(_ id: ValueID) -> (x: ValueID, factor: Float) {
    var (x, factor) = (id, Float(1))
    while true {
      let next: (ValueID, Float)
      if let (a, b) = operands(of: x, .multiply) {
        if let c = uniform(b), type(a) == type(x) { next = (a, c) } else if let c = uniform(a), type(b) == type(x) { next = (b, c) } else { break }
      } else if let (a, b) = operands(of: x, .divide), let c = uniform(b), c != 0, type(a) == type(x) {
        next = (a, 1 / c)
      } else if let a = operand(of: x, .negate) {
        next = (a, -1)
      } else {
        break
      }
      (x, factor) = (next.0, factor * next.1)
    }
    return (x, factor)
  }

  /// x where `id` is x plus that number.
  func shifted(_ id: ValueID?, by number: Float) -> ValueID? {
    guard let (a, b) = operands(of: id, .add) else { return nil }
    if uniform(b) == number { return a }
    return uniform(a) == number ? b : nil
  }

  /// The input where `id` is a reduction of it over these axes (any, where nil) that keeps them.
  func reduction(_ id: ValueID?, _ kind: Reduce.Kind, axes: [Int]? = nil) -> (x: ValueID, axes: [Int])? {
    guard let position = producer(id), let op = node(position).op as? Reduce, op.kind == kind, op.keepsDimensions,
      axes == nil || axes == op.axes, let x = node(position).inputs[0]
    else { return nil }
    return (x, op.axes)
  }

  /// x where `id` is its square.
  func square(_ id: ValueID?) -> ValueID? {
    if let x = operand(of: id, .square) { return x }
    if let (a, b) = operands(of: id, .multiply), a == b { return a }
    if let (a, b) = operands(of: id, .power), uniform(b) == 2 { return a }
    return nil
  }
}

extension Float {
  /// Whether a constant of a formula, written with the digits that exporters keep, is meant.
  func isNearly(_ other: Float) -> Bool { (self - other).magnitude <= 1e-4 * other.magnitude }
}
