extension Tensor {
  /// The indices, resolved against an axis of `size`; nil where one lies outside of it.
  fileprivate func indices(into size: Int) -> [Int]? {
    guard let integers else { return nil }
    let resolved = integers.map { Int($0 < 0 ? $0 &+ Int64(size) : $0) }
    return resolved.allSatisfy((0..<size).contains) ? resolved : nil
  }
}

/// Tuples of indices as places in row-major order; nil where one lies outside `shape`.
private func places(of tuples: Tensor, in shape: ArraySlice<Int>) -> [Int]? {
  guard let integers = tuples.integers, !shape.isEmpty else { return nil }
  var places: [Int] = []
  for start in stride(from: 0, to: integers.count, by: shape.count) {
    var place = 0
    for (offset, size) in shape.enumerated() {
      let given = integers[start + offset], index = given < 0 ? given &+ Int64(size) : given
      guard (0..<Int64(size)).contains(index) else { return nil }
      place = place * size + Int(index)
    }
    places.append(place)
  }
  return places
}

extension Gather: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 2, let x = inputs[0], let indices = inputs[1], let output = outputs.first,
      let chosen = indices.indices(into: x.shape[axis])
    else { return nil }
    let batches = x.shape[..<batchDimensions].reduce(1, *)
    let outer = x.shape[batchDimensions..<axis].reduce(1, *)
    let inner = x.shape[(axis + 1)...].reduce(1, *)
    let count = chosen.count / max(batches, 1)
    var from: [Int] = []
    from.reserveCapacity(batches * outer * count * inner)
    for block in 0..<batches * outer {
      for index in chosen[(block / outer * count)..<(block / outer + 1) * count] {
        let start = (block * x.shape[axis] + index) * inner
        from += start..<start + inner
      }
    }
    return x.gathered(from, shape: output.shape).map { [$0] }
  }
}

extension GatherElements: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 2, let x = inputs[0], let indices = inputs[1], let chosen = indices.indices(into: x.shape[axis]) else { return nil }
    let from = elementPlaces(x.shape, axis, indices.shape, chosen)
    return x.gathered(from, shape: indices.shape).map { [$0] }
  }
}

/// For each index its element's place in a tensor of `shape`.
private func elementPlaces(_ shape: [Int], _ axis: Int, _ walked: [Int], _ chosen: [Int]) -> [Int] {
  var strides = rowMajorStrides(shape)
  let stride = strides[axis]
  strides[axis] = 0
  return zip(stridedIndices(walked, strides), chosen).map { $0 + $1 * stride }
}

extension GatherND: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 2, let x = inputs[0], let indices = inputs[1], let output = outputs.first, let depth = indices.shape.last else {
      return nil
    }
    let indexed = x.shape[batchDimensions..<batchDimensions + depth]
    guard let places = places(of: indices, in: indexed) else { return nil }
    let slice = x.shape[(batchDimensions + depth)...].reduce(1, *)
    let count = indices.shape[batchDimensions...].dropLast().reduce(1, *)
    let size = indexed.reduce(1, *)
    let from = places.enumerated().flatMap { row, place -> Range<Int> in
      let start = (row / max(count, 1) * size + place) * slice
      return start..<start + slice
    }
    return x.gathered(from, shape: output.shape).map { [$0] }
  }
}

extension ScatterKind {
  fileprivate var binary: Binary.Kind? {
    switch self {
    case .set: nil
    case .add: .add
    case .multiply: .multiply
    case .maximum: .maximum
    case .minimum: .minimum
    }
  }

  /// `data` with update i joined at place i.
  fileprivate func joined(_ data: Tensor, _ updates: Tensor, _ places: [Int]) -> Tensor? {
    switch (data.elements, updates.elements) {
    case (.floats(var values), .floats(let new)):
      for (place, update) in zip(places, new) { values[place] = binary?.applied(values[place], update) ?? update }
      return Tensor(shape: data.shape, floats: values, elementType: data.type.elementType)
    case (.integers(var values), .integers(let new)):
      for (place, update) in zip(places, new) {
        guard let joined = binary.map({ $0.applied(values[place], update) }) ?? update else { return nil }
        values[place] = data.type.elementType.wrapped(joined)
      }
      return Tensor(shape: data.shape, integers: values, elementType: data.type.elementType)
    default: return nil
    }
  }
}

extension ScatterElements: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 3, let x = inputs[0], let indices = inputs[1], let updates = inputs[2],
      let chosen = indices.indices(into: x.shape[axis])
    else { return nil }
    return kind.joined(x, updates, elementPlaces(x.shape, axis, indices.shape, chosen)).map { [$0] }
  }
}

extension ScatterND: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard inputs.count == 3, let x = inputs[0], let indices = inputs[1], let updates = inputs[2], let depth = indices.shape.last,
      let places = places(of: indices, in: x.shape[..<depth])
    else { return nil }
    let slice = x.shape[depth...].reduce(1, *)
    return kind.joined(x, updates, places.flatMap { $0 * slice..<($0 + 1) * slice }).map { [$0] }
  }
}

/// Whether element i is larger than element j: NaN is the largest.
private func isLarger(_ x: Tensor, _ i: Int, _ j: Int) -> Bool {
  switch x.elements {
  case .floats(let values): values[i] > values[j] || values[i].isNaN && !values[j].isNaN
  case .integers(let values): values[i] > values[j]
  }
}

/// Whether element i is smaller than element j, neither being NaN.
private func isSmaller(_ x: Tensor, _ i: Int, _ j: Int) -> Bool { isLarger(x, j, i) }

/// For each line along `axis`: the places of its elements.
private func lines(_ shape: [Int], _ axis: Int) -> [[Int]] {
  let strides = rowMajorStrides(shape)
  let others = shape.indices.filter { $0 != axis }
  return stridedIndices(others.map { shape[$0] }, others.map { strides[$0] }).map { start in
    (0..<shape[axis]).map { start + $0 * strides[axis] }
  }
}

extension ArgReduce: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }), let output = outputs.first else { return nil }
    let found = lines(x.shape, axis).map { line -> Int64 in
      var best = 0
      for index in line.indices.dropFirst() {
        let (a, b) = (line[index], line[best])
        let isEqual = !isLarger(x, a, b) && !isLarger(x, b, a)
        let isNaN = x.floats[a].isNaN && !x.floats[b].isNaN
        let isBetter = kind == .max ? isLarger(x, a, b) : isNaN || (isSmaller(x, a, b) && !x.floats[b].isNaN)
        if isBetter || (isEqual && takesLast) { best = index }
      }
      return Int64(best)
    }
    // Lines are in the order of the other axes, which is the output's: its own axis has one element.
    return [Tensor(shape: output.shape, integers: found, elementType: output.elementType)]
  }
}

extension TopK: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }), outputs.count == 2 else { return nil }
    let targets = lines(outputs[0].shape, axis)
    var from = [Int](repeating: 0, count: outputs[0].elementCount)
    var found = [Int64](repeating: 0, count: from.count)
    for (line, target) in zip(lines(x.shape, axis), targets) {
      let order = line.indices.sorted { a, b in
        let (larger, smaller) = (isLarger(x, line[a], line[b]), isLarger(x, line[b], line[a]))
        return larger == smaller ? a < b : (takesLargest ? larger : smaller)
      }
      for (place, index) in zip(target, order) { (from[place], found[place]) = (line[index], Int64(index)) }
    }
    guard let values = x.gathered(from, shape: outputs[0].shape) else { return nil }
    return [values, Tensor(shape: outputs[1].shape, integers: found, elementType: outputs[1].elementType)]
  }
}

extension CumulativeSum: Foldable {
  func evaluated(_ inputs: [Tensor?], _ outputs: [TensorType]) -> [Tensor]? {
    guard let x = inputs.first.flatMap({ $0 }) else { return nil }
    let walks = lines(x.shape, axis).map { isReverse ? $0.reversed() : $0 }
    switch x.elements {
    case .floats(var values):
      for walk in walks {
        var sum: Float = 0
        for place in walk {
          let before = sum
          sum += values[place]
          values[place] = isExclusive ? before : sum
        }
      }
      return [Tensor(shape: x.shape, floats: values, elementType: x.type.elementType)]
    case .integers(var values):
      for walk in walks {
        var sum: Int64 = 0
        for place in walk {
          let before = sum
          sum &+= values[place]
          values[place] = x.type.elementType.wrapped(isExclusive ? before : sum)
        }
      }
      return [Tensor(shape: x.shape, integers: values, elementType: x.type.elementType)]
    }
  }
}
