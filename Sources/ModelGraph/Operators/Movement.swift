/// Operators that move elements and compute nothing.

/// Joins tensors along `axis` (non-negative).
package struct Concat: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    var result = try required(inputs, 0, "first input")
    guard result.shape.indices.contains(axis) else { throw ShapeError("axis \(axis) is outside rank \(result.rank)") }
    for index in inputs.indices.dropFirst() {
      let next = try required(inputs, index, "input \(index)", rank: result.rank)
      try checkSameClass(result, next)
      for other in result.shape.indices where other != axis && next.shape[other] != result.shape[other] {
        throw ShapeError("inputs differ outside axis \(axis): \(result) and \(next)")
      }
      result.shape[axis] = try checkedSum(result.shape[axis], next.shape[axis])
    }
    return [try checkedType(result.elementType, result.shape)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { true }
}

/// The same elements with another (fully static) shape.
package struct Reshape: Operator {
  package var shape: [Int]
  package init(shape: [Int]) { self.shape = shape }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard try checkedProduct(shape) == x.elementCount else { throw ShapeError("cannot give \(x) the shape \(shape)") }
    return [TensorType(x.elementType, shape)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { true }
}

/// Output axis i is input axis `permutation[i]`.
package struct Transpose: Operator {
  package var permutation: [Int]
  package init(permutation: [Int]) { self.permutation = permutation }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard permutation.sorted() == Array(x.shape.indices) else {
      throw ShapeError("\(permutation) is not a permutation of the axes of \(x)")
    }
    return [try checkedType(x.elementType, permutation.map { x.shape[$0] })]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { true }
}

/// Elements start, start + step, ... (`count` of them) of each axis; one entry an axis, resolved against the shape; steps may be negative.
package struct Slice: Operator {
  package var starts: [Int]
  package var counts: [Int]
  package var steps: [Int]
  package init(starts: [Int], counts: [Int], steps: [Int]) {
    (self.starts, self.counts, self.steps) = (starts, counts, steps)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard starts.count == x.rank, counts.count == x.rank, steps.count == x.rank else {
      throw ShapeError("slice of rank \(starts.count) does not fit \(x)")
    }
    for axis in x.shape.indices {
      let (reach, overflow) = (max(counts[axis], 1) - 1).multipliedReportingOverflow(by: steps[axis])
      let (last, overflowed) = starts[axis].addingReportingOverflow(reach)
      guard counts[axis] >= 1, !overflow, !overflowed, x.shape[axis] > starts[axis], starts[axis] >= 0,
        x.shape[axis] > last, last >= 0
      else {
        throw ShapeError("slice \(starts[axis])..., \(counts[axis]) elements by \(steps[axis]), is empty or leaves axis \(axis) of \(x)")
      }
    }
    return [try checkedType(x.elementType, counts)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { true }
}

/// Adds `before[i]` and `after[i]` elements of `value` to each axis; never negative.
package struct Pad: Operator {
  package var before: [Int]
  package var after: [Int]
  package var value: Float
  package init(before: [Int], after: [Int], value: Float = 0) {
    (self.before, self.after, self.value) = (before, after, value)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard before.count == x.rank, after.count == x.rank, before.allSatisfy({ $0 >= 0 }), after.allSatisfy({ $0 >= 0 }) else {
      throw ShapeError("padding \(before), \(after) does not fit \(x)")
    }
    var shape = x.shape
    for axis in shape.indices { shape[axis] = try checkedSum(try checkedSum(shape[axis], before[axis]), after[axis]) }
    return [try checkedType(x.elementType, shape)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { true }
}

/// Repeats axes of length 1 to `shape` (NumPy broadcasting).
package struct Broadcast: Operator {
  package var shape: [Int]
  package init(shape: [Int]) { self.shape = shape }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard try broadcast(x.shape, shape) == shape else { throw ShapeError("cannot broadcast \(x) to \(shape)") }
    return [TensorType(x.elementType, shape)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { true }
}
