/// Operators that follow indices, in the data or found by comparing it. Indices are integers; a negative one counts from the end of its axis.

extension TensorType {
  /// - Throws: where the elements are not integers.
  func checkedIndices(_ role: String) throws(ShapeError) {
    guard elementType.elementClass == .integer else { throw ShapeError("the \(role) must be integers, found \(self)") }
  }
}

/// Slices of input 0 along `axis`, chosen by the indices of input 1: output [..., indices..., ...]. The first `batchDimensions` axes of both are
/// the same and walked together.
package struct Gather: Operator {
  package var axis: Int
  package var batchDimensions: Int
  package init(axis: Int, batchDimensions: Int = 0) { (self.axis, self.batchDimensions) = (axis, batchDimensions) }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let (x, indices) = (try required(inputs, 0, "input"), try required(inputs, 1, "indices"))
    try indices.checkedIndices("indices")
    guard x.shape.indices.contains(axis), (0...min(axis, indices.rank)).contains(batchDimensions),
      x.shape.prefix(batchDimensions).elementsEqual(indices.shape.prefix(batchDimensions))
    else {
      throw ShapeError("cannot gather from \(x) along axis \(axis) by \(indices), \(batchDimensions) batch axes")
    }
    return [try checkedType(x.elementType, Array(x.shape[..<axis] + indices.shape[batchDimensions...] + x.shape[(axis + 1)...]))]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { input == 0 || elementClass == .integer }
}

/// One element of input 0 for each index of input 1, which replaces the position along `axis`.
package struct GatherElements: Operator {
  package var axis: Int
  package init(axis: Int) { self.axis = axis }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let (x, indices) = (try required(inputs, 0, "input"), try required(inputs, 1, "indices"))
    try indices.checkedIndices("indices")
    guard x.shape.indices.contains(axis), indices.rank == x.rank,
      x.shape.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= x.shape[$0] })
    else { throw ShapeError("the indices \(indices) do not fit \(x) along axis \(axis)") }
    return [TensorType(x.elementType, indices.shape)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { input == 0 || elementClass == .integer }
}

/// Slices of input 0 chosen by tuples, the last axis of input 1, behind `batchDimensions` axes that both share.
package struct GatherND: Operator {
  package var batchDimensions: Int
  package init(batchDimensions: Int = 0) { self.batchDimensions = batchDimensions }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let (x, indices) = (try required(inputs, 0, "input"), try required(inputs, 1, "indices"))
    try indices.checkedIndices("indices")
    guard let depth = indices.shape.last, (0..<indices.rank).contains(batchDimensions), depth >= 1, batchDimensions + depth <= x.rank,
      depth <= 6, x.shape.prefix(batchDimensions).elementsEqual(indices.shape.prefix(batchDimensions))
    else { throw ShapeError("the tuples of \(indices) do not index \(x) behind \(batchDimensions) batch axes") }
    return [try checkedType(x.elementType, Array(indices.shape.dropLast() + x.shape[(batchDimensions + depth)...]))]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { input == 0 || elementClass == .integer }
}

/// How an update joins what is there; updates of one place follow each other.
package enum ScatterKind: Hashable, Sendable, CaseIterable { case set, add, multiply, maximum, minimum }

/// Input 0 with the elements that input 1 indexes along `axis` replaced by, or joined with, those of input 2.
package struct ScatterElements: Operator {
  package var axis: Int
  package var kind: ScatterKind
  package init(axis: Int, kind: ScatterKind = .set) { (self.axis, self.kind) = (axis, kind) }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let (x, indices) = (try required(inputs, 0, "data"), try required(inputs, 1, "indices"))
    let updates = try required(inputs, 2, "updates")
    try indices.checkedIndices("indices")
    try checkSameClass(x, updates)
    guard x.shape.indices.contains(axis), indices.rank == x.rank, updates.shape == indices.shape,
      x.shape.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= x.shape[$0] })
    else { throw ShapeError("the indices \(indices) and updates \(updates) do not fit \(x) along axis \(axis)") }
    return [x]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool {
    input == 1 ? elementClass == .integer : kind == .set || elementClass != .boolean
  }
}

/// Input 0 with the slices that the tuples of input 1 index replaced by, or joined with, those of input 2.
package struct ScatterND: Operator {
  package var kind: ScatterKind
  package init(kind: ScatterKind = .set) { self.kind = kind }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let (x, indices) = (try required(inputs, 0, "data"), try required(inputs, 1, "indices"))
    let updates = try required(inputs, 2, "updates")
    try indices.checkedIndices("indices")
    try checkSameClass(x, updates)
    guard let depth = indices.shape.last, (1...6).contains(depth), depth <= x.rank,
      updates.shape == Array(indices.shape.dropLast() + x.shape[depth...])
    else { throw ShapeError("the tuples of \(indices) and updates \(updates) do not fit \(x)") }
    return [x]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool {
    input == 1 ? elementClass == .integer : kind == .set || elementClass != .boolean
  }
}

/// Where the largest or smallest element along `axis` lies; that axis keeps length 1. NaN is the most extreme.
package struct ArgReduce: Operator {
  package enum Kind: Hashable, Sendable { case max, min }
  package var kind: Kind
  package var axis: Int
  package var takesLast: Bool
  /// Of the output: an integer type.
  package var elementType: ElementType
  package init(_ kind: Kind, axis: Int, takesLast: Bool = false, elementType: ElementType = .int64) {
    (self.kind, self.axis, self.takesLast, self.elementType) = (kind, axis, takesLast, elementType)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard x.shape.indices.contains(axis) else { throw ShapeError("axis \(axis) is outside rank \(x.rank)") }
    var shape = x.shape
    shape[axis] = 1
    return [TensorType(elementType, shape)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { elementClass != .boolean }
}

/// The `count` largest (or smallest) elements along `axis`, in order, and their indices; equal ones by ascending index. NaN is the largest.
package struct TopK: Operator {
  package var axis: Int
  package var count: Int
  package var takesLargest: Bool
  /// Of the indices.
  package var elementType: ElementType
  package init(axis: Int, count: Int, takesLargest: Bool = true, elementType: ElementType = .int64) {
    (self.axis, self.count, self.takesLargest, self.elementType) = (axis, count, takesLargest, elementType)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard x.shape.indices.contains(axis), (1...max(x.shape[axis], 1)).contains(count) else {
      throw ShapeError("cannot take \(count) elements along axis \(axis) of \(x)")
    }
    var shape = x.shape
    shape[axis] = count
    return [TensorType(x.elementType, shape), TensorType(elementType, shape)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { elementClass != .boolean }
}

/// Running sums along `axis`.
package struct CumulativeSum: Operator {
  package var axis: Int
  /// Leaves out the element itself.
  package var isExclusive: Bool
  /// Runs from the end.
  package var isReverse: Bool
  package init(axis: Int, isExclusive: Bool = false, isReverse: Bool = false) {
    (self.axis, self.isExclusive, self.isReverse) = (axis, isExclusive, isReverse)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard x.shape.indices.contains(axis) else { throw ShapeError("axis \(axis) is outside rank \(x.rank)") }
    return [x]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { elementClass != .boolean }
}
