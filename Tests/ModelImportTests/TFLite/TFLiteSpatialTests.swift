import ModelGraph
import ModelImport
import Testing
import _TestSupport

/// Spatial operators other than plain windows, in the format's own layouts.
@Suite struct TFLiteSpatialTests {
  @Test(arguments: [(true, 2, 3), (false, 2, 3), (true, 1, 3), (false, 3, 2), (true, 2, 4)])
  func transposedConvolution(isSame: Bool, stride: Int, kernel: Int) throws {
    var random = SeededRandom(seed: 3)
    let (height, width, channels, outputs) = (3, 4, 2, 3)
    let size = [height, width].map { isSame ? $0 * stride : ($0 - 1) * stride + kernel }
    let x = randomFloats(height * width * channels, &random), bias = randomFloats(outputs, &random)
    let w = randomFloats(outputs * kernel * kernel * channels, &random)
    var file = TFLiteFile()
    let operands = [
      file.constant("size", [1] + size + [outputs]), file.constant("w", [outputs, kernel, kernel, channels], w),
      file.input("x", [1, height, width, channels]), file.constant("b", [outputs], bias),
    ]
    let options: [Int: FlatValue] = [0: .int8(isSame ? 0 : 1), 1: .int32(stride), 2: .int32(stride), 3: .int8(1)]
    file.add(67, operands, [file.output("y", [1] + size + [outputs])], options: (49, options))
    var expected = (0..<size[0] * size[1] * outputs).map { bias[$0 % outputs] }
    let crop = size.map { isSame ? max(0, (($0 + stride - 1) / stride - 1) * stride + kernel - $0) / 2 : 0 }
    for row in 0..<height {
      for column in 0..<width {
        for ky in 0..<kernel {
          for kx in 0..<kernel {
            let (y, across) = (row * stride + ky - crop[0], column * stride + kx - crop[1])
            guard (0..<size[0]).contains(y), (0..<size[1]).contains(across) else { continue }
            for o in 0..<outputs {
              for c in 0..<channels {
                expected[(y * size[1] + across) * outputs + o] +=
                  x[(row * width + column) * channels + c] * w[((o * kernel + ky) * kernel + kx) * channels + c]
              }
            }
          }
        }
      }
    }
    let result = try run(file, x)[0]
    #expect(result.shape == [1] + size + [outputs])
    expectClose(result.floats, expected.map { max($0, 0) })
  }

  /// Values of TensorFlow's own definition: positions x * scale, or (x + 1/2) * scale - 1/2.
  @Test func bilinearResizeInItsThreeModes() throws {
    func row(_ width: Int, aligned: Int8 = 0, half: Int8 = 0) throws -> [Float] {
      let file = one(23, [1, 1, 3, 1], options: (15, [2: .int8(aligned), 3: .int8(half)])) { [$0.constant("size", [1, width])] }
      return try run(file, [0, 6, 12])[0].floats
    }
    expectClose(try row(6), [0, 3, 6, 9, 12, 12])
    expectClose(try row(5, aligned: 1), [0, 3, 6, 9, 12])
    expectClose(try row(6, half: 1), [0, 1.5, 4.5, 7.5, 10.5, 12])
    expectClose(try row(1), [0])
  }

  @Test func nearestResizeInItsThreeModes() throws {
    func column(_ height: Int, aligned: Int8 = 0, half: Int8 = 0) throws -> [Float] {
      let file = one(97, [1, 4, 1, 1], options: (74, [0: .int8(aligned), 1: .int8(half)])) { [$0.constant("size", [height, 1])] }
      return try run(file, [0, 1, 2, 3])[0].floats
    }
    #expect(try column(8) == [0, 0, 1, 1, 2, 2, 3, 3])
    #expect(try column(2) == [0, 2])
    #expect(try column(2, half: 1) == [1, 3])
    // 0, 0.5, 1, 1.5, ... with halves rounded up.
    #expect(try column(7, aligned: 1) == [0, 1, 1, 2, 2, 3, 3])
  }

  /// Dilation as TensorFlow 1 wrote it: phases as batches, a plain convolution, and back.
  @Test(arguments: [[2, 3, 2, 3], [1, 0, 3, 1]]) func batchesOfPhasesAreADilation(pads: [Int]) throws {
    var random = SeededRandom(seed: 5)
    let x = randomFloats(7 * 7 * 2, &random), w = randomFloats(3 * 3 * 3 * 2, &random)
    let size = [7 + pads[0] + pads[1], 7 + pads[2] + pads[3]]
    let padding = [pads[0], pads[1] + size[0] % 2, pads[2], pads[3] + size[1] % 2], crops = [0, size[0] % 2, 0, size[1] % 2]
    let whole = size.map { $0 + $0 % 2 }
    func file(folds: Bool) -> TFLiteFile {
      var file = TFLiteFile()
      let image = file.input("x", [1, 7, 7, 2])
      let phases = file.activation("phases", [4, whole[0] / 2, whole[1] / 2, 2])
      file.add(38, [image, file.constant("block", [2, 2]), file.constant("pads", padding, shape: [2, 2])], [phases], options: (25, [:]))
      let result = file.activation("conv", [4, whole[0] / 2 - 2, whole[1] / 2 - 2, 3])
      file.add(
        3, [phases, file.constant("w", [3, 3, 3, 2], w)], [result], options: (1, [0: .int8(1), 1: .int32(1), 2: .int32(1)]))
      let back = file.output("y", [])
      // Behind an addition of 0 there is no convolution to fold into.
      let shifted = file.activation("shifted", [])
      if !folds { file.add(0, [result, file.constant("zero", [1], [0])], [shifted], options: (11, [:])) }
      file.add(
        37, [folds ? result : shifted, file.constant("block", [2, 2]), file.constant("crops", crops, shape: [2, 2])], [back],
        options: (24, [:]))
      return file
    }
    let graph = try importTFLite(file(folds: true).bytes, name: "test", options: ImportOptions()).optimized()
    #expect(graph.nodes.map { type(of: $0.op).name } == ["Convolution2D"])
    #expect((graph.nodes[0].op as? Convolution2D)?.dilations == Size2D(2, 2))
    let (folded, plain) = (try run(file(folds: true), x)[0], try run(file(folds: false), x)[0])
    #expect(folded.shape == [1, size[0] - 4, size[1] - 4, 3] && folded.shape == plain.shape)
    expectClose(folded.floats, plain.floats)
    // One output by hand: the taps of pixel (2, 2) lie two apart.
    var sum: Float = 0
    for ky in 0..<3 {
      for kx in 0..<3 {
        let (y, across) = (2 + 2 * ky - pads[0], 2 + 2 * kx - pads[2])
        guard (0..<7).contains(y), (0..<7).contains(across) else { continue }
        for c in 0..<2 { sum += x[(y * 7 + across) * 2 + c] * w[(ky * 3 + kx) * 2 + c] }
      }
    }
    let width = folded.shape[2]
    expectClose([folded.floats[(2 * width + 2) * 3]], [sum])
  }

  @Test func l2PoolIsTheRootOfTheMeanSquare() throws {
    let fields: [Int: FlatValue] = [0: .int8(0), 1: .int32(2), 2: .int32(2), 3: .int32(2), 4: .int32(2), 5: .int8(0)]
    let file = one(12, [1, 3, 3, 1], options: (5, fields))
    let found = try run(file, [3, 4, 0, 0, 0, 1, 2, 2, 5])[0].floats
    expectClose(found, [2.5, 0.5.squareRoot(), 2, 5].map { Float($0) })
  }

  @Test func convolutionOfVolumesAndItsTranspose() throws {
    var random = SeededRandom(seed: 8)
    let x = randomFloats(3 * 3 * 4 * 2, &random), w = randomFloats(2 * 2 * 3 * 2 * 3, &random)
    let fields: [Int: FlatValue] = [0: .int8(1), 1: .int32(1), 2: .int32(1), 3: .int32(1), 4: .int8(0)]
    let file = one(132, [1, 3, 3, 4, 2], options: (106, fields)) { [$0.constant("w", [2, 2, 3, 2, 3], w)] }
    let y = try run(file, x)[0]
    #expect(y.shape == [1, 2, 2, 2, 3])
    var sum: Float = 0
    for d in 0..<2 {
      for h in 0..<2 {
        for k in 0..<3 {
          for c in 0..<2 { sum += x[(((d + 1) * 3 + h) * 4 + k + 1) * 2 + c] * w[(((d * 2 + h) * 3 + k) * 2 + c) * 3 + 2] }
        }
      }
    }
    // Output (1, 0, 1), channel 2.
    expectClose([y.floats[((1 * 2 + 0) * 2 + 1) * 3 + 2]], [sum])

    // <conv(x), g> = <x, transposed(g)> for every g.
    let g = randomFloats(y.count, &random)
    var transposed = TFLiteFile()
    let operands = [
      transposed.constant("size", [1, 3, 3, 4, 2]), transposed.constant("w", [2, 2, 3, 2, 3], w), transposed.input("g", [1, 2, 2, 2, 3]),
    ]
    transposed.add(141, operands, [transposed.output("y", [])], options: (106, fields))
    let back = try run(transposed, g)[0]
    #expect(back.shape == [1, 3, 3, 4, 2])
    func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    expectClose([dot(y.floats, g)], [dot(x, back.floats)])
  }

  @Test func badShapesAreRefused() {
    func codes(_ code: Int, _ shape: [Int], _ options: (kind: Int, fields: [Int: FlatValue])?, _ constants: (inout TFLiteFile) -> [Int])
      -> [String]
    {
      diagnostics(of: one(code, shape, options: options, constants: constants)).map(\.code)
    }
    #expect(codes(23, [1, 4, 4, 1], (15, [:])) { [$0.constant("size", [0, 4])] } == ["bad-shape"])
    #expect(codes(23, [1, 4, 4], (15, [:])) { [$0.constant("size", [4, 4])] } == ["bad-shape"])
    #expect(
      codes(38, [1, 5, 4, 1], (25, [:])) { [$0.constant("block", [2, 2]), $0.constant("pads", [0, 0, 0, 0], shape: [2, 2])] } == [
        "bad-shape"
      ])
    #expect(
      codes(38, [1, 4, 4, 1], (25, [:])) { [$0.constant("block", [0, 2]), $0.constant("pads", [0, 0, 0, 0], shape: [2, 2])] } == [
        "bad-attribute"
      ])
    #expect(
      codes(37, [3, 4, 4, 1], (24, [:])) { [$0.constant("block", [2, 2]), $0.constant("crops", [0, 0, 0, 0], shape: [2, 2])] } == [
        "bad-shape"
      ])
    #expect(
      codes(37, [4, 1, 1, 1], (24, [:])) { [$0.constant("block", [2, 2]), $0.constant("crops", [9, 0, 0, 0], shape: [2, 2])] } == [
        "bad-shape"
      ])
    #expect(codes(132, [1, 3, 3, 4], (106, [:])) { [$0.constant("w", [1, 1, 1, 1, 1], [1])] } == ["bad-shape"])
    #expect(codes(67, [1, 3, 3, 4], (49, [:])) { [$0.constant("w", [1, 1, 1, 1], [1])] } != [])
  }
}
