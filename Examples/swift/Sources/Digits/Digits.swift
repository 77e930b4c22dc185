import Foundation
import Swiftlet

let usage = """
  usage: Digits classify MODEL.swl DRAWING.txt   which digit the net sees
         Digits denoise MODEL.swl DRAWING.txt    the drawing with noise, and what the net makes of it
  """

@main struct Digits {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    do {
      switch (arguments.first, arguments.count) {
      case ("classify", 3): try classify(model: arguments[2], drawing: arguments[3])
      case ("denoise", 3): try denoise(model: arguments[2], drawing: arguments[3])
      default:
        print(usage)
        exit(64)
      }
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(1)
    }
  }

  static func classify(model path: String, drawing: String) throws {
    let picture = try read(drawing)
    let session = try Session(Model(contentsOfFile: path))
    let scores = try session.run([picture.pixels])[0]
    print(picture.text)
    // The nets end with logits; softmax makes shares of them.
    let highest = scores.max() ?? 0
    let exponents = scores.map { exp(Double($0 - highest)) }
    let sum = exponents.reduce(0, +)
    for (digit, value) in exponents.enumerated().sorted(by: { $0.element > $1.element }).prefix(3) {
      print("\(digit): \(String(format: "%.1f", 100 * value / sum)) %")
    }
  }

  static func denoise(model path: String, drawing: String) throws {
    let noisy = try read(drawing).noisy()
    let session = try Session(Model(contentsOfFile: path))
    let output = try session.run([noisy.pixels])[0]
    // The autoencoders answer in 0...1.
    let clean = Picture(pixels: output.map { $0 * 255 })
    for (left, right) in zip(noisy.text.split(separator: "\n"), clean.text.split(separator: "\n")) { print("\(left)  |  \(right)") }
  }

  private static func read(_ path: String) throws -> Picture {
    Picture(text: try String(contentsOf: URL(filePath: path), encoding: .utf8))
  }
}
