/// Max or average over windows of an image [N, H, W, C].
///
/// `ceilMode` is resolved by the importer into bottom and right padding; `countsPadding` (average) divides by the
/// taps inside image and `padding`, otherwise by those inside the image.
package struct Pool2D: Operator {
  package enum Kind: Hashable, Sendable { case max, average }
  package var kind: Kind
  package var kernel: Size2D
  package var strides: Size2D
  package var dilations: Size2D
  package var padding: Padding2D
  package var countsPadding: Bool
  /// Rows and columns that only complete the last window (ceil mode): never counted by an average.
  package var overhang: Size2D
  package var clamp: ClampRange

  package init(
    _ kind: Kind, kernel: Size2D, strides: Size2D = Size2D(1, 1), dilations: Size2D = Size2D(1, 1),
    padding: Padding2D = Padding2D(), countsPadding: Bool = false, overhang: Size2D = Size2D(0, 0), clamp: ClampRange = .none
  ) {
    (self.kind, self.kernel, self.strides, self.dilations) = (kind, kernel, strides, dilations)
    (self.padding, self.countsPadding, self.overhang, self.clamp) = (padding, countsPadding, overhang, clamp)
  }

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] {
    let x = try required(inputs, 0, "input", rank: 4)
    guard overhang.height >= 0, overhang.width >= 0 else { throw ShapeError("negative overhang") }
    var extended = padding
    extended.bottom += overhang.height
    extended.right += overhang.width
    let size = try windowedSize(
      of: Size2D(x.shape[1], x.shape[2]), kernel: kernel, strides: strides, dilations: dilations, padding: extended)
    let reach = Size2D((kernel.height - 1) * dilations.height, (kernel.width - 1) * dilations.width)
    guard padding.top <= reach.height, padding.left <= reach.width,
      (size.height - 1) * strides.height - padding.top < x.shape[1], (size.width - 1) * strides.width - padding.left < x.shape[2]
    else {
      throw ShapeError("padding \(padding) leaves a window of \(kernel.height)x\(kernel.width) wholly outside the image")
    }
    return [TensorType(x.elementType, [x.shape[0], size.height, size.width, x.shape[3]])]
  }
}
