import Foundation
import ModelCompiler
import ModelGraph
import Quantizer
import Swiftlet
import Testing
import _TestSupport

/// Programs of graphs that arrive with int16 activations and int8 weights, level for level against integer arithmetic written out here.
@Suite struct ImportedInt16Tests {
  private struct Net {
    var builder = GraphBuilder(name: "test")
    var random: SeededRandom

    mutating func weight(_ shape: [Int], scales: [Float]) -> ValueID {
      let levels = (0..<shape.reduce(1, *)).map { _ in Int64.random(in: -127...127, using: &random) }
      let elements = QuantizedElements(levels: levels, scales: scales, zeroPoints: Array(repeating: 0, count: scales.count))
      return builder.addConstant(Tensor(shape: shape, quantized: elements), name: "weight")
    }

    mutating func bias(_ levels: [Int64], unit: [Float]) -> ValueID {
      let elements = QuantizedElements(levels: levels, scales: unit, zeroPoints: Array(repeating: 0, count: unit.count))
      return builder.addConstant(Tensor(shape: [levels.count], quantized: elements), name: "bias")
    }

    mutating func add(_ op: some Operator, _ inputs: [ValueID?], _ quantization: AffineQuantization?, name: String) throws -> ValueID {
      let output = try builder.add(op, inputs, name: name)[0]
      builder.setQuantization(quantization, of: output)
      return output
    }

    mutating func levels(_ count: Int) -> [Int] { (0..<count).map { _ in Int.random(in: -32768...32767, using: &random) } }
  }

  private static func words(_ scale: Float) -> AffineQuantization { AffineQuantization(scale: scale, zeroPoint: 0, width: .int16) }

  private func compiled(_ graph: Graph) throws -> (model: Model, warnings: [String]) {
    let imported = try importedQuantization(of: try graph.optimized())
    let bytes = try compile(imported.graph, options: CompilerOptions(plan: imported.plan)).bytes
    return (try Model(bytes: bytes), imported.warnings.map { "\($0.code) \($0.node)" })
  }

  private func run(_ model: Model, _ inputs: [Int]...) throws -> [[Int]] {
    let session = try Session(model)
    for (index, levels) in inputs.enumerated() {
      let isWords = model.inputs[index].elementType == .int16
      let bytes = levels.flatMap { level in withUnsafeBytes(of: Int16(level).littleEndian) { Array($0.prefix(isWords ? 2 : 1)) } }
      try session.setInput(index, raw: bytes.span.bytes)
    }
    try session.run()
    return try model.outputs.indices.map { try session.integerOutput($0) }
  }

  /// The normative rule: the sum rounds to a float, one product in float, ties to even.
  private func requantized(_ sum: Int64, _ scale: Double, in bounds: ClosedRange<Int> = -32768...32767, zeroPoint: Int = 0) -> Int {
    let rounded = (Float(sum) * Float(scale)).rounded(.toNearestOrEven)
    return min(max(Int(max(-1e6, min(1e6, rounded))) + zeroPoint, bounds.lowerBound), bounds.upperBound)
  }

  @Test(arguments: [(false, UInt64(1)), (true, 2)]) func convolutionsKeepEveryInteger(isDepthwise: Bool, seed: UInt64) throws {
    var net = Net(random: SeededRandom(seed: seed))
    let (input, output) = (Self.words(0.0004), Self.words(0.003))
    let x = net.builder.addInput("x", TensorType(.int16, [1, 5, 5, 4]), input)
    let scales = (0..<4).map { 0.01 + Float($0) * 0.007 }
    let depth = isDepthwise ? 1 : 4
    let weight = net.weight([4, 3, 3, depth], scales: scales)
    // The last is more than 32 bits hold.
    let biases: [Int64] = [0, 100_000, -7_777_777, -3_000_000_000]
    let bias = net.bias(biases, unit: scales.map { $0 * input.scale })
    let op = Convolution2D(
      strides: Size2D(2, 1), padding: Padding2D(top: 1, left: 1, bottom: 1, right: 1), groups: isDepthwise ? 4 : 1, clamp: .relu)
    net.builder.addOutput("y", try net.add(op, [x, weight, bias], output, name: "conv"), levelType: .int16)
    let levels = try #require(net.builder.constant(of: weight)?.quantized?.levels)
    let image = net.levels(100)
    var expected: [Int] = []
    for (row, column) in (0..<3).flatMap({ row in (0..<5).map { (row, $0) } }) {
      for channel in 0..<4 {
        var sum = biases[channel]
        for (ky, kx) in (0..<3).flatMap({ ky in (0..<3).map { (ky, $0) } }) {
          let (py, px) = (2 * row + ky - 1, column + kx - 1)
          guard (0..<5).contains(py), (0..<5).contains(px) else { continue }
          for k in 0..<depth {
            let tap = ((channel * 3 + ky) * 3 + kx) * depth + k
            sum += Int64(image[(py * 5 + px) * 4 + (isDepthwise ? channel : k)]) * levels[tap]
          }
        }
        let scale = Double(input.scale) * Double(scales[channel]) / Double(output.scale)
        expected.append(requantized(sum, scale, in: 0...32767))
      }
    }
    let (model, warnings) = try compiled(net.builder.graph)
    #expect(warnings.isEmpty)
    #expect(model.instructions.map(\.operatorName) == [isDepthwise ? "dwconv2d_s16" : "conv2d_s16"])
    #expect(model.inputs[0].elementType == .int16 && model.outputs[0].sourceType == .int16)
    #expect(try run(model, image) == [expected])
  }

  /// Dense layers from int8 to int16, within it, back to int8, and to floats: what QUANTIZE between them does is fused where an operator can.
  @Test func widthsChangeBetweenLayers() throws {
    var net = Net(random: SeededRandom(seed: 9))
    let bytes = AffineQuantization(scale: 0.05, zeroPoint: -7)
    let narrow = AffineQuantization(scale: 1.1, zeroPoint: 13)
    let x = net.builder.addInput("x", TensorType(.int8, [3, 37]), bytes)
    let weights = [net.weight([19, 37], scales: [0.03]), net.weight([8, 19], scales: [0.02]), net.weight([5, 8], scales: [0.01])]
    let a = try net.add(Dense(), [x, weights[0], nil], Self.words(0.004), name: "a")
    let b = try net.add(Dense(), [a, weights[1], nil], narrow, name: "b")
    let wide = try net.add(Unary(.identity), [b], Self.words(0.0005), name: "wide")
    let c = try net.add(Dense(), [wide, weights[2], nil], nil, name: "c")
    net.builder.addOutput("b", b, levelType: .int8)
    net.builder.addOutput("c", c)
    let constants = try weights.map { try #require(net.builder.constant(of: $0)?.quantized?.levels) }
    let rows = (0..<111).map { _ in Int.random(in: -128...127, using: &net.random) }

    func product(_ x: [Int], _ layer: Int, _ n: Int, _ k: Int, zeroPoint: Int = 0) -> [Int64] {
      (0..<3).flatMap { row in
        (0..<n).map { channel in
          (0..<k).reduce(Int64(0)) { $0 + Int64(x[row * k + $1] - zeroPoint) * constants[layer][channel * k + $1] }
        }
      }
    }
    // Floats come straight from the first layer's int32 sums and round to int16 then: two products.
    let first = product(rows, 0, 19, 37, zeroPoint: -7).map { sum -> Int in
      let real = Float(sum) * Float(Double(bytes.scale) * Double(Float(0.03)))
      return Int(max(-32768, min(32767, (real * Float(1 / Double(Float(0.004)))).rounded(.toNearestOrEven))))
    }
    let second = product(first, 1, 8, 19).map {
      requantized($0, Double(Float(0.004)) * Double(Float(0.02)) / Double(narrow.scale), in: -128...127, zeroPoint: 13)
    }
    let widened = second.map { requantized(Int64($0 - 13), Double(narrow.scale) / Double(Float(0.0005))) }
    let third = product(widened, 2, 5, 8).map { Float($0) * Float(Double(Float(0.0005)) * Double(Float(0.01))) }
    let (model, warnings) = try compiled(net.builder.graph)
    #expect(warnings.isEmpty)
    #expect(model.instructions.map(\.operatorName) == ["gemm_s8", "quantize_f32_s16", "gemm_s16", "requantize", "gemm_s16"])
    #expect(model.instructions.map(\.precision) == [.int8, .int16, .int16, .int16, .int16])
    #expect(try run(model, rows)[0] == second)
    let session = try Session(model)
    let levels = rows.map { Int8($0) }
    try session.setInput(0, raw: levels.span.bytes)
    try session.run()
    #expect(try session.floatOutputs()[1] == third)
  }

  @Test func elementwiseMovementAndPooling() throws {
    var net = Net(random: SeededRandom(seed: 5))
    let (p, q, r) = (Self.words(0.001), Self.words(0.0007), Self.words(0.0013))
    let x = net.builder.addInput("x", TensorType(.int16, [1, 4, 4, 3]), p)
    let y = net.builder.addInput("y", TensorType(.int16, [1, 4, 4, 3]), q)
    let sum = try net.add(Binary(.add), [x, y], r, name: "sum")
    let product = try net.add(Binary(.multiply), [x, y], Self.words(0.00002), name: "product")
    let clipped = try net.add(Unary(.clip(lower: 0, upper: 6)), [sum], Self.words(0.0002), name: "relu6")
    let joined = try net.add(Concat(axis: 3), [x, y], r, name: "joined")
    let padded = try net.add(Pad(before: [0, 1, 0, 0], after: [0, 0, 1, 0], value: 0.5), [x], p, name: "padded")
    let largest = try net.add(Pool2D(.max, kernel: Size2D(2, 2), strides: Size2D(2, 2)), [x], p, name: "largest")
    let average = try net.add(Pool2D(.average, kernel: Size2D(2, 2), strides: Size2D(2, 2)), [x], q, name: "average")
    let mean = try net.add(Reduce(.mean, axes: [1, 2], keepsDimensions: false), [x], AffineQuantization(scale: 0.1, zeroPoint: 3), name: "mean")
    for (name, value) in [
      ("sum", sum), ("product", product), ("relu6", clipped), ("joined", joined), ("padded", padded), ("largest", largest), ("average", average),
    ] { net.builder.addOutput(name, value, levelType: .int16) }
    net.builder.addOutput("mean", mean, levelType: .int8)
    let (a, b) = (net.levels(48), net.levels(48))

    func factor(_ from: AffineQuantization, _ to: Float) -> Float { Float(Double(from.scale) / Double(to)) }
    func rounded(_ value: Float) -> Int { Int(max(-32768, min(32767, value.rounded(.toNearestOrEven)))) }
    var (sums, products, clips, joins, pads): ([Int], [Int], [Int], [Int], [Int]) = ([], [], [], [], [])
    let productScale = Float(Double(p.scale) * Double(q.scale) / Double(Float(0.00002)))
    for (left, right) in zip(a, b) {
      let total: Float = Float(left) * factor(p, r.scale) + Float(right) * factor(q, r.scale)
      sums.append(rounded(total))
      products.append(rounded(Float(left * right) * productScale))
      clips.append(min(max(rounded(Float(rounded(total)) * factor(r, 0.0002)), 0), 30000))
    }
    for pixel in 0..<16 {
      for channel in 0..<3 { joins.append(rounded(Float(a[3 * pixel + channel]) * factor(p, r.scale))) }
      for channel in 0..<3 { joins.append(rounded(Float(b[3 * pixel + channel]) * factor(q, r.scale))) }
    }
    for row in 0..<5 {
      for column in 0..<15 { pads.append(row == 0 || column >= 12 ? 500 : a[(row - 1) * 12 + column]) }
    }
    var (maxima, averages, means): ([Int], [Int], [Int]) = ([], [], [])
    for corner in [0, 2, 8, 10] {
      for channel in 0..<3 {
        let window = [0, 1, 4, 5].map { a[3 * (corner + $0) + channel] }
        maxima.append(window.max() ?? 0)
        averages.append(rounded(Float(window.reduce(0, +)) * (factor(p, q.scale) / 4)))
      }
    }
    for channel in 0..<3 {
      var total: Int64 = 0
      for pixel in 0..<16 { total += Int64(a[3 * pixel + channel]) }
      means.append(requantized(total, Double(p.scale) / Double(Float(0.1)) / 16, in: -128...127, zeroPoint: 3))
    }
    let expected = [sums, products, clips, joins, pads, maxima, averages, means]
    let (model, warnings) = try compiled(net.builder.graph)
    #expect(warnings.isEmpty)
    #expect(model.instructions.allSatisfy { $0.precision == .int16 })
    for (index, found) in try run(model, a, b).enumerated() { #expect(found == expected[index], "\(model.outputs[index].name)") }
  }

  /// A function without an int16 form runs in float, is reported, and still rounds to the model's levels.
  @Test func otherFunctionsAreIslands() throws {
    var net = Net(random: SeededRandom(seed: 6))
    let x = net.builder.addInput("x", TensorType(.int16, [2, 9]), Self.words(0.0002))
    let y = try net.add(Softmax(axis: 1), [x], Self.words(1 / 32768), name: "softmax")
    net.builder.addOutput("y", y, levelType: .int16)
    let levels = net.levels(18)
    let (model, warnings) = try compiled(net.builder.graph)
    #expect(warnings == ["float-island softmax"])
    #expect(model.instructions.map(\.operatorName) == ["dequantize_s16_f32", "softmax_f32", "quantize_f32_s16"])
    let found = try run(model, levels)[0]
    for row in 0..<2 {
      let reals = levels[9 * row..<9 * row + 9].map { Double($0) * Double(Float(0.0002)) }
      let powers = reals.map { exp($0 - (reals.max() ?? 0)) }
      for (column, power) in powers.enumerated() {
        let exact = min(power / powers.reduce(0, +) * 32768, 32767)
        #expect(abs(Double(found[9 * row + column]) - exact) <= 0.52)
      }
    }
  }

  @Test func whatInt16KernelsCannotTakeIsNamed() throws {
    func codes(_ change: (inout Net, ValueID) -> ValueID) throws -> [String] {
      var net = Net(random: SeededRandom(seed: 7))
      let x = net.builder.addInput("x", TensorType(.int16, [1, 2]), Self.words(0.001))
      let weight = change(&net, x)
      let y = try net.add(Dense(), [x, weight, nil], Self.words(0.01), name: "dense")
      net.builder.addOutput("y", y, levelType: .int16)
      let imported = try importedQuantization(of: try net.builder.graph.optimized())
      do throws(DiagnosticError) {
        _ = try compile(imported.graph, options: CompilerOptions(plan: imported.plan))
        return []
      } catch { return error.diagnostics.map { "\($0.code) \($0.node)" } }
    }
    #expect(
      try codes { net, _ in
        let elements = QuantizedElements(levels: [1, 2], scales: [0.1], zeroPoints: [3])
        return net.builder.addConstant(Tensor(shape: [1, 2], quantized: elements), name: "weight")
      } == ["bad-quantization dense"])
    #expect(try codes { net, _ in net.weight([1, 2], scales: [0.1]) } == [])
  }
}
