/// The integers of a constant in a model that arrived quantized: element = (level - zero point) * scale.
///
/// 8-bit levels are in the s8 domain: those of a uint8 tensor, and its zero points, have had 128 subtracted.
package struct QuantizedElements: Hashable, Sendable {
  /// In row-major order of the tensor that holds them.
  package var levels: [Int64]
  /// Positive and finite: one, or one an index of `axis`.
  package var scales: [Float]
  /// As many as scales.
  package var zeroPoints: [Int32]
  /// The axis that the scales run along; 0 where there is one.
  package var axis: Int
  /// int16 where the elements are activations of such a tensor.
  package var width: LevelWidth

  package init(levels: [Int64], scales: [Float], zeroPoints: [Int32], axis: Int = 0, width: LevelWidth = .int8) {
    (self.levels, self.scales, self.zeroPoints, self.axis, self.width) = (levels, scales, zeroPoints, axis, width)
  }

  /// The one scale and zero point of all elements, nil where channels differ.
  package var affine: AffineQuantization? {
    scales.count == 1 ? AffineQuantization(scale: scales[0], zeroPoint: zeroPoints[0], width: width) : nil
  }

  /// The position in `scales` of the element at `index` of a tensor of this shape.
  package func channel(of index: Int, in shape: [Int]) -> Int {
    guard scales.count > 1 else { return 0 }
    return index / shape[(axis + 1)...].reduce(1, *) % shape[axis]
  }

  /// The same levels in another shape; nil where no axis of it has the channels of this one.
  func reshaped(from old: [Int], to new: [Int]) -> QuantizedElements? {
    guard scales.count > 1 else { return self }
    let inner = old[(axis + 1)...].reduce(1, *)
    let place = new.indices.first { new[$0] == old[axis] && new[($0 + 1)...].reduce(1, *) == inner }
    guard let place else { return nil }
    var result = self
    result.axis = place
    return result
  }
}
