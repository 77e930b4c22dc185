extension Compare: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 2, let a = inputs[0], let b = inputs[1], let output = outputs.first else { return nil }
    let pairs = zip(
      stridedIndices(output.shape, broadcastStrides(a.shape, to: output.shape)),
      stridedIndices(output.shape, broadcastStrides(b.shape, to: output.shape)))
    let flags: [Bool]
    if let x = a.integers, let y = b.integers {
      flags = pairs.map { holds(x[$0], y[$1]) }
    } else {
      let (x, y) = (a.floats, b.floats)
      flags = pairs.map { holds(x[$0], y[$1]) }
    }
    return [Tensor(shape: output.shape, integers: flags.map { $0 ? 1 : 0 }, elementType: .bool)]
  }

  private func holds<Number: Comparable>(_ a: Number, _ b: Number) -> Bool {
    switch kind {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    }
  }
}

extension Not: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }), let values = x.integers else { return nil }
    let type = x.type.elementType
    return [Tensor(shape: x.shape, integers: values.map { type == .bool ? 1 - $0 : type.wrapped(~$0) }, elementType: type)]
  }
}

extension Select: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 3, let condition = inputs[0]?.integers, let a = inputs[1], let b = inputs[2], let output = outputs.first else {
      return nil
    }
    let places = inputs.map { stridedIndices(output.shape, broadcastStrides($0?.shape ?? [], to: output.shape)) }
    func chosen<Element>(_ x: [Element], _ y: [Element]) -> [Element] {
      places[0].indices.map { condition[places[0][$0]] != 0 ? x[places[1][$0]] : y[places[2][$0]] }
    }
    if let x = a.integers, let y = b.integers {
      return [Tensor(shape: output.shape, integers: chosen(x, y), elementType: output.elementType)]
    }
    return [Tensor(shape: output.shape, floats: chosen(a.floats, b.floats), elementType: output.elementType)]
  }
}

extension Cast: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }) else { return nil }
    switch (x.elements, elementType.elementClass) {
    case (_, .float): return [Tensor(shape: x.shape, floats: x.floats, elementType: elementType)]
    case (.integers(let values), _):
      return [Tensor(shape: x.shape, integers: values.map(elementType.wrapped), elementType: elementType)]
    case (.floats(let values), .boolean):
      return [Tensor(shape: x.shape, integers: values.map { $0 == 0 ? 0 : 1 }, elementType: elementType)]
    case (.floats(let values), .integer):
      return [Tensor(shape: x.shape, integers: values.map(elementType.clamped), elementType: elementType)]
    }
  }
}

extension ElementType {
  /// The number cut toward zero, clamped to this integer type; 0 for NaN.
  fileprivate func clamped(_ value: Float) -> Int64 {
    guard !value.isNaN else { return 0 }
    let range: ClosedRange<Int64> =
      switch self {
      case .int8: -128...127
      case .uint8: 0...255
      case .int16: -32768...32767
      case .int32: Int64(Int32.min)...Int64(Int32.max)
      default: Int64.min...Int64.max
      }
    let whole = value.rounded(.towardZero)
    guard let integer = Int64(exactly: whole) else { return whole < 0 ? range.lowerBound : range.upperBound }
    return min(max(integer, range.lowerBound), range.upperBound)
  }
}
