/// Interpolation along one axis: output position j is the sum over t < taps of `weights[j * taps + t]` * input position `first[j] + t`.
///
/// Input any shape; the output has `first.count` positions along `axis`. An image is resized by one of these an axis.
package struct Resample: Operator {
  package var axis: Int
  package var taps: Int
  package var first: [Int]
  package var weights: [Float]

  package init(axis: Int, taps: Int, first: [Int], weights: [Float]) {
    (self.axis, self.taps, self.first, self.weights) = (axis, taps, first, weights)
  }

  /// Whether every output position is one input position as it is.
  package var isSelection: Bool { taps == 1 && weights.allSatisfy { $0 == 1 } }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard x.shape.indices.contains(axis) else { throw ShapeError("axis \(axis) is outside rank \(x.rank)") }
    let size = x.shape[axis]
    guard taps >= 1, taps <= size, !first.isEmpty, weights.count == clampedProduct([first.count, taps]),
      first.allSatisfy({ $0 >= 0 && $0 <= size - taps })
    else {
      throw ShapeError("\(first.count) positions of \(taps) taps with \(weights.count) weights do not fit axis \(axis) of \(x)")
    }
    var shape = x.shape
    shape[axis] = first.count
    return [try checkedType(x.elementType, shape)]
  }
}
