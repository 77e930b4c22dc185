package struct Size2D: Hashable, Sendable {
  package var height: Int
  package var width: Int
  package init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }
}

/// Rows and columns added around an image; never negative.
package struct Padding2D: Hashable, Sendable {
  package var top, left, bottom, right: Int
  package init(top: Int = 0, left: Int = 0, bottom: Int = 0, right: Int = 0) {
    (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
  }
}

/// A fused activation: outputs are clamped to [lower, upper]. ReLU is [0, inf), ReLU6 [0, 6].
package struct ClampRange: Hashable, Sendable {
  package var lower: Float
  package var upper: Float
  package init(lower: Float, upper: Float) { (self.lower, self.upper) = (lower, upper) }
  package static let none = ClampRange(lower: -.infinity, upper: .infinity)
  package static let relu = ClampRange(lower: 0, upper: .infinity)
}
