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
    extended.bottom = try checkedSum(padding.bottom, overhang.height)
    extended.right = try checkedSum(padding.right, overhang.width)
    let size = try windowedSize(
      of: Size2D(x.shape[1], x.shape[2]), kernel: kernel, strides: strides, dilations: dilations, padding: extended)
    guard
      everyWindowHoldsATap(
        size: x.shape[1], windows: size.height, kernel: kernel.height, stride: strides.height, dilation: dilations.height,
        before: padding.top),
      everyWindowHoldsATap(
        size: x.shape[2], windows: size.width, kernel: kernel.width, stride: strides.width, dilation: dilations.width,
        before: padding.left)
    else {
      throw ShapeError("padding \(padding) leaves a window of \(kernel.height)x\(kernel.width) without an element of the image")
    }
    return [try checkedType(x.elementType, [x.shape[0], size.height, size.width, x.shape[3]])]
  }
}
