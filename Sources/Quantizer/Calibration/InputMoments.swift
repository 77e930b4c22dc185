import ModelGraph

/// Running mean and mean square of a tensor that a weighted node reads: for each element, or for each channel (last
/// axis) where the tensor is large.
struct InputMoments: Sendable {
  /// Tensors up to this many elements keep each position apart: a spectrogram's mean differs from row to row.
  static let positionLimit = 1 << 16

  /// Number of entries: the tensor's elements, or its channels.
  let period: Int
  let keepsPositions: Bool
  private var sums: [Double]
  private var squares: [Double]
  private var additions = 0

  init(_ type: TensorType) {
    keepsPositions = type.elementCount <= Self.positionLimit
    period = max(keepsPositions ? type.elementCount : type.shape.last ?? 1, 1)
    sums = Array(repeating: 0, count: period)
    squares = sums
  }

  /// Adds one run's values; their count is a multiple of `period`.
  mutating func add(_ values: Span<Float>) {
    var slot = 0
    for index in values.indices {
      let x = Double(values[index])
      sums[slot] += x
      squares[slot] += x * x
      slot += 1
      if slot == period { slot = 0 }
    }
    additions += values.count / period
  }

  /// Mean of the element at a row-major position of the tensor.
  func mean(_ position: Int) -> Double { additions == 0 ? 0 : sums[position % period] / Double(additions) }
  func meanSquare(_ position: Int) -> Double { additions == 0 ? 0 : squares[position % period] / Double(additions) }
}
