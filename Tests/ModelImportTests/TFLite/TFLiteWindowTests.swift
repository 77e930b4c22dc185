import Foundation
import ModelGraph
import Testing
import _TestSupport

/// CONV_2D, DEPTHWISE_CONV_2D and the pools against a direct computation in the format's own layouts.
@Suite struct TFLiteWindowTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var image = (5, 6), channels = 4, outputs = 6, kernel = (3, 3), stride = (1, 1), dilation = (1, 1)
    var isSame = true, groups = 1, activation = 0
    var testDescription: String {
      "\(image) c\(channels) o\(outputs) k\(kernel) s\(stride) d\(dilation) \(isSame ? "SAME" : "VALID") g\(groups) a\(activation)"
    }
  }

  static let cases = [
    Case(), Case(isSame: false), Case(stride: (2, 2)), Case(image: (6, 6), stride: (2, 2), activation: 3),
    Case(image: (7, 5), kernel: (2, 4), stride: (2, 3), activation: 1), Case(dilation: (2, 1)),
    Case(image: (9, 9), dilation: (2, 3), isSame: false, activation: 2), Case(groups: 2, activation: 4),
    Case(kernel: (1, 1), stride: (3, 2)),
  ]

  @Test(arguments: cases) func convolution(_ c: Case) throws {
    var random = SeededRandom(seed: 11)
    let depth = c.channels / c.groups
    let x = randomFloats(c.image.0 * c.image.1 * c.channels, &random)
    let w = randomFloats(c.outputs * c.kernel.0 * c.kernel.1 * depth, &random)
    let bias = randomFloats(c.outputs, &random)
    let file = one(
      3, [1, c.image.0, c.image.1, c.channels],
      options: (
        1,
        [
          0: .int8(c.isSame ? 0 : 1), 1: .int32(c.stride.1), 2: .int32(c.stride.0), 3: .int8(Int8(c.activation)),
          4: .int32(c.dilation.1), 5: .int32(c.dilation.0),
        ]
      )
    ) {
      [$0.constant("w", [c.outputs, c.kernel.0, c.kernel.1, depth], w), $0.constant("b", [c.outputs], bias)]
    }
    let expected = slide(c) { taps, output in
      let group = output / (c.outputs / c.groups)
      return bias[output]
        + taps.reduce(into: Float(0)) { sum, tap in
          for k in 0..<depth {
            sum += x[tap.pixel * c.channels + group * depth + k] * w[(output * c.kernel.0 * c.kernel.1 + tap.index) * depth + k]
          }
        }
    }
    expectClose(try run(file, x)[0].floats, expected)
  }

  @Test(arguments: [
    Case(channels: 3, outputs: 3), Case(channels: 3, outputs: 6, stride: (2, 2), activation: 3),
    Case(channels: 1, outputs: 4, isSame: false),
  ])
  func depthwise(_ c: Case) throws {
    var random = SeededRandom(seed: 12)
    let x = randomFloats(c.image.0 * c.image.1 * c.channels, &random)
    let w = randomFloats(c.kernel.0 * c.kernel.1 * c.outputs, &random)
    let bias = randomFloats(c.outputs, &random)
    let multiplier = c.outputs / c.channels
    let file = one(
      4, [1, c.image.0, c.image.1, c.channels],
      options: (
        2,
        [
          0: .int8(c.isSame ? 0 : 1), 1: .int32(c.stride.1), 2: .int32(c.stride.0), 3: .int32(multiplier), 4: .int8(Int8(c.activation)),
        ]
      )
    ) {
      [$0.constant("w", [1, c.kernel.0, c.kernel.1, c.outputs], w), $0.constant("b", [c.outputs], bias)]
    }
    let expected = slide(c) { taps, output in
      bias[output] + taps.reduce(Float(0)) { $0 + x[$1.pixel * c.channels + output / multiplier] * w[$1.index * c.outputs + output] }
    }
    expectClose(try run(file, x)[0].floats, expected)
  }

  @Test(
    arguments: [
      Case(channels: 2, outputs: 2), Case(channels: 2, outputs: 2, stride: (2, 2), isSame: false),
      Case(channels: 2, outputs: 2, kernel: (2, 3), stride: (2, 2), activation: 1),
    ], [1, 17])
  func pool(_ c: Case, code: Int) throws {
    var random = SeededRandom(seed: 13)
    let x = randomFloats(c.image.0 * c.image.1 * c.channels, &random)
    let file = one(
      code, [1, c.image.0, c.image.1, c.channels],
      options: (
        5,
        [
          0: .int8(c.isSame ? 0 : 1), 1: .int32(c.stride.1), 2: .int32(c.stride.0), 3: .int32(c.kernel.1), 4: .int32(c.kernel.0),
          5: .int8(Int8(c.activation)),
        ]
      ))
    let expected = slide(c) { taps, channel in
      let values = taps.map { x[$0.pixel * c.channels + channel] }
      return code == 17 ? values.reduce(-.infinity, max) : values.reduce(0, +) / Float(values.count)
    }
    expectClose(try run(file, x)[0].floats, expected)
  }

  /// Every output of a window, from the taps that lie inside the image.
  private func slide(_ c: Case, _ output: ([(pixel: Int, index: Int)], Int) -> Float) -> [Float] {
    func extent(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> (count: Int, before: Int) {
      let reach = (kernel - 1) * dilation + 1
      guard c.isSame else { return ((size - reach + stride) / stride, 0) }
      let count = (size + stride - 1) / stride
      return (count, max(0, (count - 1) * stride + reach - size) / 2)
    }
    let rows = extent(c.image.0, c.kernel.0, c.stride.0, c.dilation.0)
    let columns = extent(c.image.1, c.kernel.1, c.stride.1, c.dilation.1)
    var result: [Float] = []
    for row in 0..<rows.count {
      for column in 0..<columns.count {
        var taps: [(pixel: Int, index: Int)] = []
        for ky in 0..<c.kernel.0 {
          for kx in 0..<c.kernel.1 {
            let y = row * c.stride.0 + ky * c.dilation.0 - rows.before
            let x = column * c.stride.1 + kx * c.dilation.1 - columns.before
            if (0..<c.image.0).contains(y), (0..<c.image.1).contains(x) { taps.append((y * c.image.1 + x, ky * c.kernel.1 + kx)) }
          }
        }
        for channel in 0..<c.outputs {
          let value = output(taps, channel)
          switch c.activation {
          case 1: result.append(max(value, 0))
          case 2: result.append(min(max(value, -1), 1))
          case 3: result.append(min(max(value, 0), 6))
          case 4: result.append((1 - 2 / (1 + exp2(2.885_390_1 * value))))
          default: result.append(value)
          }
        }
      }
    }
    return result
  }

  @Test func windowThatDoesNotFitIsRefused() {
    for (stride, kernel) in [(0, 3), (1, 9), (-1, 3), (Int(Int32.max), 0)] {
      let fields: [Int: FlatValue] = [
        0: .int8(1), 1: .int32(stride), 2: .int32(stride), 3: .int32(kernel), 4: .int32(kernel),
      ]
      let file = one(17, [1, 5, 5, 2], options: (5, fields))
      #expect(diagnostics(of: file).map(\.code) == ["bad-shape"], "stride \(stride), kernel \(kernel)")
    }
  }
}
