/// Pixels as 8-bit red, green and blue, row by row from the top.
package struct Image: Hashable, Sendable {
  package let width: Int
  package let height: Int
  /// width * height * 3 bytes.
  package let pixels: [UInt8]

  /// Images of more pixels are refused: the header of a damaged file may claim any size.
  static let pixelLimit = 1 << 28

  /// - Precondition: there are three bytes a pixel.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "byte count does not match the size")
    (self.width, self.height, self.pixels) = (width, height, pixels)
  }
}

/// A file that gives no image.
package struct ImageFileError: Error, Hashable, Sendable, CustomStringConvertible {
  package var file: String
  package var message: String
  package var description: String { "\(file): \(message)" }
}

extension Image {
  /// The image as a net takes it: resized, of one channel (luminance) or three, values 0 ... 255, channels last or first.
  ///
  /// Luminance is (299 R + 587 G + 114 B) / 1000.
  /// Source: Rec. ITU-R BT.601-7, section 2.5.1.
  /// - Parameter channels: 1 or 3.
  package func samples(width: Int, height: Int, channels: Int, channelsFirst: Bool) -> [Float] {
    let planes = channels == 1 ? [plane { (299 * $0 + 587 * $1 + 114 * $2) / 1_000 }] : [plane { red, _, _ in red }, plane { _, green, _ in green }, plane { _, _, blue in blue }]
    let resized = planes.map { resize($0, from: (self.width, self.height), to: (width, height)) }
    if channelsFirst || channels == 1 { return resized.flatMap(\.self) }
    return (0..<width * height * channels).map { resized[$0 % channels][$0 / channels] }
  }

  private func plane(_ value: (Float, Float, Float) -> Float) -> [Float] {
    (0..<width * height).map { value(Float(pixels[3 * $0]), Float(pixels[3 * $0 + 1]), Float(pixels[3 * $0 + 2])) }
  }
}

/// Bilinear: a triangle one pixel wide in the coarser of both grids, so that shrinking averages and aliases nothing. Along rows, then columns.
func resize(_ plane: [Float], from: (width: Int, height: Int), to: (width: Int, height: Int)) -> [Float] {
  let columns = taps(from.width, to.width)
  var narrowed = [Float](repeating: 0, count: to.width * from.height)
  for y in 0..<from.height {
    for (x, tap) in columns.enumerated() {
      var sum: Float = 0
      for (offset, weight) in tap.weights.enumerated() { sum += weight * plane[y * from.width + tap.first + offset] }
      narrowed[y * to.width + x] = sum
    }
  }
  var result = [Float](repeating: 0, count: to.width * to.height)
  for (y, tap) in taps(from.height, to.height).enumerated() {
    for (offset, weight) in tap.weights.enumerated() {
      for x in 0..<to.width { result[y * to.width + x] += weight * narrowed[(tap.first + offset) * to.width + x] }
    }
  }
  return result
}

/// For each target pixel the source pixels that it is made of, and their weights, which sum to 1.
private func taps(_ source: Int, _ target: Int) -> [(first: Int, weights: [Float])] {
  let ratio = Double(source) / Double(target)
  let reach = max(ratio, 1)
  return (0..<target).map { index in
    let center = (Double(index) + 0.5) * ratio
    let first = max(Int((center - reach).rounded(.down)), 0)
    let last = min(Int((center + reach).rounded(.up)), source)
    let weights = (first..<last).map { max(0, 1 - ((Double($0) + 0.5 - center) / reach).magnitude) }
    let sum = weights.reduce(0, +)
    return (first, weights.map { Float($0 / sum) })
  }
}
