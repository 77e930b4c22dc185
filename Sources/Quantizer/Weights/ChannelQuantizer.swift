import ModelCompiler
package import ModelGraph

/// One output channel's weights and bias in units of the accumulator, with proof that nothing overflows at run time.
package struct QuantizedChannel: Hashable, Sendable {
  package var scale: Float
  package var values: [Int8]
  package var bias: Int64

  /// Largest magnitude that the accumulator, or any partial sum of it, can reach beside int8 inputs: |bias| + 2 * 255 * sum |w|.
  ///
  /// An arena byte is at most 255 from zero in u8 (x86), and folding the zero point into the bias adds as much again.
  package var accumulatorBound: Int {
    Int(bias.magnitude) + 510 * values.reduce(0) { $0 + Int($1.magnitude) }
  }
}

package enum ChannelQuantizer {
  /// input scale * weight scale / output scale stays above this. Whatever a smaller one does to the bias is below 1e-3 of a step.
  static let smallestRequantization: Float = 0x1p-40

  /// Quantizes `weights` with `scale`, or the nearest larger one at which the accumulator provably fits 32 bits.
  ///
  /// - Parameters:
  ///   - width: of the input. Beside int16 sums have 64 bits, and the bias alone has a limit.
  ///   - levels: the integers at `scale`, where they are not the nearest ones.
  ///   - correction: what to subtract from the bias, given the scale and the integers.
  package static func quantize(
    _ weights: ArraySlice<Float>, scale: Float, bias: Double, inputScale: Float, outputScale: Float, width: LevelWidth = .int8,
    levels: [Int8]? = nil, correction: (_ scale: Float, _ values: [Int8]) -> Double = { _, _ in 0 }
  ) -> QuantizedChannel {
    let limit = width == .int8 ? Double(Int32.max) : Double(QuantizationPlan.int16MaximumBias)
    // A channel of zeros is its bias: any scale serves that resolves the bias to 2^-16 of an output step.
    let preferred = scale
    var scale = scale > 0 ? scale : outputScale / inputScale * 0x1p-16
    scale = min(max(scale, smallestRequantization * outputScale / inputScale, 0x1p-100), 0x1p100)
    while true {
      let values = levels.flatMap { scale == preferred ? $0 : nil } ?? weights.map { WeightScale.quantized($0, scale) }
      let unit = Double(inputScale) * Double(scale)
      let steps = ((bias - correction(scale, values)) / unit).rounded(.toNearestOrEven)
      let weightBound = width == .int8 ? 510.0 * values.reduce(0) { $0 + Double($1.magnitude) } : 0
      let bound = steps.magnitude + weightBound
      if bound <= limit || scale >= 0x1p100 {
        // At the largest scale the bias saturates every output: so does its clamped form.
        let room = max(limit - weightBound, 0)
        return QuantizedChannel(scale: scale, values: values, bias: Int64(steps.isNaN ? 0 : min(max(steps, -room), room)))
      }
      scale = min(scale * max(Float(bound / limit), 1) * 1.01, 0x1p100)
    }
  }
}
