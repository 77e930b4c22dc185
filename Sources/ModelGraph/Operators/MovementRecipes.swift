/// Movements that are chains of simpler ones.

/// One step of a chain, in order: an operator of one input.
package struct MovementStep: Sendable {
  package var name: String
  package var op: any Operator
  package var isLast = false
}

/// Repeats a tensor of `shape` along each axis: axis by axis, a new axis before it is broadcast and merged.
/// - Precondition: one positive number an axis.
package func tiling(_ shape: [Int], _ repeats: [Int]) -> [MovementStep] {
  var (shape, steps) = (shape, [MovementStep]())
  for axis in shape.indices.reversed() where repeats[axis] > 1 {
    let (outer, inner) = (shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *))
    steps.append(MovementStep(name: "axis\(axis)-blocks", op: Reshape(shape: [outer, 1, inner])))
    steps.append(MovementStep(name: "axis\(axis)-repeated", op: Broadcast(shape: [outer, repeats[axis], inner])))
    shape[axis] *= repeats[axis]
    steps.append(MovementStep(name: "axis\(axis)-tiled", op: Reshape(shape: shape)))
  }
  if steps.isEmpty { steps = [MovementStep(name: "tiled", op: Reshape(shape: shape))] }
  steps[steps.count - 1].isLast = true
  return steps
}

/// What padding repeats of the data beside it: the data mirrored without or with its edge, its last element, or the data over again.
package enum MirrorMode: Hashable, Sendable { case reflect, symmetric, edge, wrap }

extension MirrorMode {
  /// Where each element of an axis of `size`, padded by `before` and `after`, comes from; nil where there is nothing to repeat.
  package func sources(size: Int, before: Int, after: Int) -> [Int]? {
    guard size >= 1, before >= 0, after >= 0, self != .reflect || size > 1 || before + after == 0 else { return nil }
    return (-before..<size + after).map { place in
      func modulo(_ a: Int, _ b: Int) -> Int { (a % b + b) % b }
      switch self {
      case .edge: return min(max(place, 0), size - 1)
      case .wrap: return modulo(place, size)
      case .reflect:
        let turn = modulo(place, max(2 * (size - 1), 1))
        return turn < size ? turn : 2 * (size - 1) - turn
      case .symmetric:
        let turn = modulo(place, 2 * size)
        return turn < size ? turn : 2 * size - 1 - turn
      }
    }
  }
}
