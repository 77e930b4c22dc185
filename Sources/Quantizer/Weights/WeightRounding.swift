/// Rounds the weights of an output channel one after another, each making up for the errors of those before it.
///
/// With H = E[x x^T] of the inputs, weight errors d cost d^T H d at the output. H = L L^T makes that the square of L^T d, whose entry a depends on
/// d[a] and the later ones alone: so from the last to the first, q[a] = round((w[a] + sum over b > a of L[b][a] d[b] / L[a][a]) / scale).
/// Weights whose inputs are largest are rounded first, while others are free to make up for them.
///
/// Source: Frantar et al., GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers, 2022, section 3 (there through the
/// inverse of H, column by column; the result is the same).
package struct WeightRounding {
  /// Weights in ascending order of their inputs' second moment.
  private let order: [Int]
  /// L^T, row-major: row a holds L[b][a] for b >= a.
  private let factors: [Float]

  /// Share of H's mean diagonal that is added to it: what calibration never saw may still occur.
  static let damping: Float = 0.01

  /// - Parameter moments: H, row-major and symmetric, of which the part right of the diagonal and the diagonal are read.
  /// - Returns: nil where H is not positive definite even with damping.
  package init?(moments: [Float], count: Int) {
    let diagonal = (0..<count).map { moments[$0 * count + $0] }
    let mean = diagonal.reduce(0, +) / Float(max(count, 1))
    guard mean > 0, mean.isFinite else { return nil }
    order = (0..<count).sorted { (diagonal[$0], $0) < (diagonal[$1], $1) }
    // Right-looking Cholesky on the upper triangle: row a is done before the rows below it lose their share of it.
    var u = [Float](repeating: 0, count: count * count)
    for a in 0..<count {
      for b in a..<count {
        let (i, j) = (min(order[a], order[b]), max(order[a], order[b]))
        u[a * count + b] = moments[i * count + j]
      }
      u[a * count + a] += mean * Self.damping
    }
    var isDefinite = true
    u.withUnsafeMutableBufferPointer { u in
      for a in 0..<count {
        let pivot = u[a * count + a]
        guard pivot > 0, pivot.isFinite else {
          isDefinite = false
          return
        }
        let inverse = 1 / pivot.squareRoot()
        for b in a..<count { u[a * count + b] *= inverse }
        for row in (a + 1)..<max(count, a + 1) {
          let factor = u[a * count + row]
          guard factor != 0 else { continue }
          let (from, to) = (a * count, row * count)
          for b in row..<count { u[to + b] -= factor * u[from + b] }
        }
      }
    }
    guard isDefinite else { return nil }
    factors = u
  }

  /// Levels in [-127, 127] of weights in their own order.
  package func rounded(_ weights: ArraySlice<Float>, scale: Float) -> [Int8] {
    let count = order.count
    var levels = [Int8](repeating: 0, count: count)
    guard scale > 0 else { return levels }
    var errors = [Float](repeating: 0, count: count)
    factors.withUnsafeBufferPointer { factors in
      for a in (0..<count).reversed() {
        let row = a * count
        var carried: Float = 0
        for b in a + 1..<max(count, a + 1) { carried += factors[row + b] * errors[b] }
        let weight = weights[weights.startIndex + order[a]]
        let level = WeightScale.quantized(weight + carried / factors[row + a], scale)
        levels[order[a]] = level
        errors[a] = weight - Float(level) * scale
      }
    }
    return levels
  }
}
