import Foundation

/// A grey 28x28 image, 0...255, that reads and writes itself as text.
struct Picture {
  static let side = 28
  private static let shades = Array(" .:-=+*#%@")

  var pixels: [Float]

  /// Lines of shades, from blank to `@`; whatever lies outside 28x28 is cut, whatever is missing is blank.
  init(text: String) {
    pixels = [Float](repeating: 0, count: Self.side * Self.side)
    for (y, line) in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(Self.side).enumerated() {
      for (x, character) in line.prefix(Self.side).enumerated() {
        pixels[y * Self.side + x] = 255 * Float(Self.shades.firstIndex(of: character) ?? 9) / 9
      }
    }
  }

  init(pixels: [Float]) { self.pixels = pixels }

  var text: String {
    (0..<Self.side).map { y in
      let line = pixels[y * Self.side..<(y + 1) * Self.side]
      return String(line.map { Self.shades[Int((min(max($0 / 255, 0), 1) * 9).rounded())] })
    }.joined(separator: "\n")
  }

  /// With Gaussian noise of standard deviation 0.3 of the range, as the denoisers were trained on.
  func noisy() -> Picture {
    Picture(
      pixels: pixels.map { pixel in
        let radius = (-2 * Float.random(in: Float.leastNormalMagnitude...1).logarithm).squareRoot()
        let noise = radius * Float(cos(2 * Double.pi * Double.random(in: 0...1)))
        return min(max(pixel + 0.3 * 255 * noise, 0), 255)
      })
  }
}

extension Float {
  fileprivate var logarithm: Float { Float(log(Double(self))) }
}
