/// An operator that clamps its output on the way: ReLU and clip after it are free.
protocol ClampedOperator: Operator {
  var clamp: ClampRange { get set }
}
extension Binary: ClampedOperator {}
extension Convolution2D: ClampedOperator {}
extension ConvolutionTranspose2D: ClampedOperator {}
extension Dense: ClampedOperator {}
extension MatMul: ClampedOperator {}
extension Normalize: ClampedOperator {}
extension PRelu: ClampedOperator {}
extension Pool2D: ClampedOperator {}

/// A layer with inputs x, weight [channels, ...] and bias [channels], whose channels are the last axis of its output.
protocol WeightedOperator: ClampedOperator {}
extension Convolution2D: WeightedOperator {}
extension ConvolutionTranspose2D: WeightedOperator {}
extension Dense: WeightedOperator {}
