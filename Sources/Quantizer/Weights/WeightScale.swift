/// Symmetric int8 scale of one channel's weights.
package enum WeightScale {
  /// Largest magnitude / 127: no weight is clipped. 0 where all are zero.
  package static func covering(_ weights: ArraySlice<Float>) -> Float {
    (weights.lazy.map(\.magnitude).max() ?? 0) / 127
  }

  /// Of 0.5...1 times the covering scale, the one of least sum over k of importance[k] * (w[k] - q[k] * scale)^2.
  ///
  /// With importance[k] = E[x[k]^2] that is the expected squared error of the output for uncorrelated inputs.
  package static func ofLeastError(_ weights: ArraySlice<Float>, importance: [Double]) -> Float {
    let full = covering(weights)
    guard full > 0 else { return 0 }
    // Inputs that calibration never moved still count a little: they may move later.
    let floor = max(importance.reduce(0, +) / Double(max(importance.count, 1)) * 1e-3, .leastNormalMagnitude)
    var best = full
    var bestError = Double.infinity
    for step in stride(from: 100, through: 50, by: -1) {
      let scale = full * (Float(step) / 100)
      guard scale > 0 else { break }
      var error = 0.0
      for (weight, importance) in zip(weights, importance) {
        let difference = Double(weight - Float(quantized(weight, scale)) * scale)
        error += max(importance, floor) * difference * difference
      }
      if error < bestError { (best, bestError) = (scale, error) }
    }
    return best
  }

  /// round(weight / scale), ties to even, in [-127, 127]; 0 where the scale is 0.
  package static func quantized(_ weight: Float, _ scale: Float) -> Int8 {
    let steps = (weight / scale).rounded(.toNearestOrEven)
    return steps.isNaN ? 0 : Int8(max(-127, min(127, steps)))
  }
}
