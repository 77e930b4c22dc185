import ModelCompiler
import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Programs of graphs that arrive quantized, byte for byte against integer arithmetic written out here.
@Suite struct ImportedExecutionTests {
  private struct Net {
    var builder = GraphBuilder(name: "test")
    var random: SeededRandom

    mutating func weight(_ shape: [Int], scales: [Float], zeroPoint: Int32) -> ValueID {
      let count = shape.reduce(1, *)
      var levels = (0..<count).map { _ in Int64.random(in: -128...127, using: &random) }
      levels[0] = -128
      let elements = QuantizedElements(levels: levels, scales: scales, zeroPoints: Array(repeating: zeroPoint, count: scales.count))
      return builder.addConstant(Tensor(shape: shape, quantized: elements), name: "weight")
    }

    mutating func bias(_ levels: [Int64], unit: [Float]) -> ValueID {
      let elements = QuantizedElements(levels: levels, scales: unit, zeroPoints: Array(repeating: 0, count: unit.count))
      return builder.addConstant(Tensor(shape: [levels.count], quantized: elements), name: "bias")
    }
  }

  private func run(_ graph: Graph, _ input: [Int8]) throws -> [Int8] {
    let imported = try importedQuantization(of: try graph.optimized())
    let model = try Model(bytes: try compile(imported.graph, options: CompilerOptions(plan: imported.plan)).bytes)
    let session = try Session(model)
    try session.setInput(0, raw: input.span.bytes)
    try session.run()
    return try session.rawOutput(0)
  }

  /// The normative rule: one product in float, ties to even.
  private func requantized(_ sum: Int64, _ scale: Double, _ output: AffineQuantization, from lowest: Int64 = -128) -> Int8 {
    let rounded = (Float(sum) * Float(scale)).rounded(.toNearestOrEven)
    return Int8(max(lowest, min(127, Int64(max(-1e6, min(1e6, rounded))) + Int64(output.zeroPoint))))
  }

  @Test(arguments: [(0, 1, UInt64(1)), (0, 4, 2), (-32, 1, 3), (13, 4, 4), (-128, 1, 5), (127, 4, 6)] as [(Int32, Int, UInt64)])
  func convolutionsKeepEveryInteger(zeroPoint: Int32, scaleCount: Int, seed: UInt64) throws {
    for isDepthwise in [false, true] {
      var net = Net(random: SeededRandom(seed: seed))
      let (input, output) = (AffineQuantization(scale: 0.02, zeroPoint: 11), AffineQuantization(scale: 0.6, zeroPoint: -100))
      let x = net.builder.addInput("x", TensorType(.int8, [1, 5, 5, 4]), input)
      let scales = (0..<scaleCount).map { 0.01 + Float($0) * 0.007 }
      let depth = isDepthwise ? 1 : 4
      let weight = net.weight([4, 3, 3, depth], scales: scales, zeroPoint: zeroPoint)
      let biases: [Int64] = [0, 1_000, -77_777, 16_777_217]
      let bias = net.bias(biases, unit: scales.map { $0 * input.scale })
      let op = Convolution2D(
        strides: Size2D(2, 1), padding: Padding2D(top: 1, left: 1, bottom: 1, right: 1), groups: isDepthwise ? 4 : 1, clamp: .relu)
      let y = try net.builder.add(op, [x, weight, bias], name: "conv")[0]
      net.builder.setQuantization(output, of: y)
      net.builder.addOutput("y", y, levelType: .int8)
      let levels = try #require(net.builder.constant(of: weight)?.quantized?.levels)
      let image = (0..<100).map { _ in Int8.random(in: -128...127, using: &net.random) }

      var expected: [Int8] = []
      for row in 0..<3 {
        for column in 0..<5 {
          for channel in 0..<4 {
            var sum = biases[channel]
            for ky in 0..<3 {
              for kx in 0..<3 {
                let (py, px) = (2 * row + ky - 1, column + kx - 1)
                guard (0..<5).contains(py), (0..<5).contains(px) else { continue }
                for k in 0..<depth {
                  let pixel = Int64(image[(py * 5 + px) * 4 + (isDepthwise ? channel : k)]) - 11
                  sum += pixel * (levels[((channel * 3 + ky) * 3 + kx) * depth + k] - Int64(zeroPoint))
                }
              }
            }
            let scale = Double(input.scale) * Double(scales[scaleCount == 1 ? 0 : channel]) / Double(output.scale)
            expected.append(requantized(sum, scale, output, from: -100))
          }
        }
      }
      #expect(try run(net.builder.graph, image) == expected, "depthwise \(isDepthwise)")
    }
  }

  @Test(arguments: [0, -32] as [Int32]) func denseLayerAndRequantization(zeroPoint: Int32) throws {
    var net = Net(random: SeededRandom(seed: 9))
    let input = AffineQuantization(scale: 0.05, zeroPoint: -7)
    let (middle, output) = (AffineQuantization(scale: 0.9, zeroPoint: 4), AffineQuantization(scale: 1.3, zeroPoint: -20))
    let x = net.builder.addInput("x", TensorType(.int8, [3, 37]), input)
    let weight = net.weight([19, 37], scales: [0.03], zeroPoint: zeroPoint)
    let hidden = try net.builder.add(Dense(), [x, weight, nil], name: "dense")[0]
    net.builder.setQuantization(middle, of: hidden)
    let y = try net.builder.add(Unary(.identity), [hidden], name: "requantize")[0]
    net.builder.setQuantization(output, of: y)
    net.builder.addOutput("y", y, levelType: .int8)
    let levels = try #require(net.builder.constant(of: weight)?.quantized?.levels)
    let rows = (0..<111).map { _ in Int8.random(in: -128...127, using: &net.random) }
    var expected: [Int8] = []
    for row in 0..<3 {
      for channel in 0..<19 {
        var sum: Int64 = 0
        for k in 0..<37 { sum += (Int64(rows[row * 37 + k]) + 7) * (levels[channel * 37 + k] - Int64(zeroPoint)) }
        let first = requantized(sum, Double(input.scale) * Double(Float(0.03)) / Double(middle.scale), middle)
        let real = Double(Int(first) - 4) * Double(middle.scale)
        expected.append(Int8(max(-128, min(127, (real / Double(output.scale)).rounded(.toNearestOrEven) - 20))))
      }
    }
    #expect(try run(net.builder.graph, rows) == expected)
  }

  @Test func nodeThatComputesInFloatStillRounds() throws {
    var net = Net(random: SeededRandom(seed: 2))
    let (input, output) = (AffineQuantization(scale: 0.1, zeroPoint: -128), AffineQuantization(scale: 0.25, zeroPoint: -128))
    let x = net.builder.addInput("x", TensorType(.int8, [5]), input)
    let exponent = net.builder.addConstant(Tensor(shape: [], floats: [3]), name: "exponent")
    let y = try net.builder.add(Binary(.power), [x, exponent], name: "power")[0]
    net.builder.setQuantization(output, of: y)
    net.builder.addOutput("y", y, levelType: .int8)
    let imported = try importedQuantization(of: try net.builder.graph.optimized())
    #expect(imported.warnings.map(\.code) == ["float-island"])
    #expect(imported.graph.nodes.map(\.name) == ["power", "power/quantize"])
    let layers = imported.report.layers
    #expect(layers.map(\.name) == ["power", "power/quantize"] && layers.map(\.precision) == [.float32, .int8])
    #expect(layers[0].reason?.hasPrefix("float island: ") == true && layers[0].scale == nil && layers[0].lower == nil)
    #expect(layers[1].scale == 0.25 && layers[1].zeroPoint == -128 && layers[1].lower == 0 && layers[1].upper == 63.75)
    #expect(imported.report.islands.map(\.name) == ["power"])
    let levels: [Int8] = [-128, -118, -108, -98, -93]
    let expected = levels.map { level -> Int8 in
      let real = Double(Int(level) + 128) * 0.1
      return Int8(max(-128, min(127, (real * real * real / 0.25).rounded(.toNearestOrEven) - 128)))
    }
    #expect(try run(net.builder.graph, levels) == expected)
  }

  @Test func unsignedBytesAtTheInterface() throws {
    var net = Net(random: SeededRandom(seed: 3))
    let x = net.builder.addInput("x", TensorType(.uint8, [4]), AffineQuantization(scale: 0.5, zeroPoint: 0))
    let y = try net.builder.add(Unary(.clip(lower: 0, upper: 20)), [x], name: "clip")[0]
    net.builder.setQuantization(AffineQuantization(scale: 0.5, zeroPoint: -128), of: y)
    net.builder.addOutput("y", y, levelType: .uint8)
    let imported = try importedQuantization(of: try net.builder.graph.optimized())
    let model = try Model(bytes: try compile(imported.graph, options: CompilerOptions(plan: imported.plan)).bytes)
    #expect(model.inputs[0].elementType == .uint8 && model.inputs[0].sourceType == .uint8 && model.inputs[0].zeroPoint == 128)
    #expect(model.outputs[0].elementType == .uint8 && model.outputs[0].zeroPoint == 0)
    let session = try Session(model)
    let bytes: [UInt8] = [0, 128, 138, 255]
    try session.setInput(0, raw: bytes.span.bytes)
    try session.run()
    #expect(try session.rawOutput(0).map { UInt8(bitPattern: $0) } == [0, 0, 10, 40])
    #expect(try session.run([[-64, 0, 5, 63.5]]) == [[0, 0, 5, 20]])
  }

  @Test func biasBeyond32BitsIsNamed() throws {
    var net = Net(random: SeededRandom(seed: 4))
    let x = net.builder.addInput("x", TensorType(.int8, [1, 2]), AffineQuantization(scale: 1e-4, zeroPoint: 0))
    let weight = net.weight([1, 2], scales: [1e-4], zeroPoint: 0)
    let bias = net.builder.addConstant(Tensor(shape: [1], floats: [1_000]), name: "bias")
    let y = try net.builder.add(Dense(), [x, weight, bias], name: "dense")[0]
    net.builder.setQuantization(AffineQuantization(scale: 1, zeroPoint: 0), of: y)
    net.builder.addOutput("y", y)
    let graph = try net.builder.graph.optimized()
    let error = #expect(throws: DiagnosticError.self) { try importedQuantization(of: graph) }
    #expect(error?.diagnostics.map(\.code) == ["bad-quantization"] && error?.diagnostics.first?.node == "dense")
  }
}
