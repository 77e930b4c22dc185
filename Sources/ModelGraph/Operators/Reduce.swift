/// Reduction over axes (non-negative, ascending, unique). Global average pooling is `mean` over axes 1 and 2.
package struct Reduce: Operator {
  package enum Kind: Hashable, Sendable { case mean, sum, max, min, product }
  package var kind: Kind
  package var axes: [Int]
  package var keepsDimensions: Bool
  package init(_ kind: Kind, axes: [Int], keepsDimensions: Bool) {
    (self.kind, self.axes, self.keepsDimensions) = (kind, axes, keepsDimensions)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input")
    guard axes == Set(axes).sorted(), axes.allSatisfy({ x.shape.indices.contains($0) }) else {
      throw ShapeError("axes \(axes) must be ascending, unique and inside rank \(x.rank)")
    }
    var shape: [Int] = []
    for (axis, dimension) in x.shape.enumerated() {
      if !axes.contains(axis) { shape.append(dimension) } else if keepsDimensions { shape.append(1) }
    }
    return [try checkedType(x.elementType, shape)]
  }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool {
    elementClass != .boolean || kind == .max || kind == .min
  }
}
