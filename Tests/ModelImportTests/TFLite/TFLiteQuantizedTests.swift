import ModelGraph
import ModelImport
import Testing

@Suite struct TFLiteQuantizedTests {
  private func graph(_ file: TFLiteFile) throws -> Graph { try importTFLite(file.bytes, name: "test", options: ImportOptions()) }
  private func bytes(_ levels: [Int]) -> [UInt8] { levels.map { UInt8(truncatingIfNeeded: $0) } }

  /// x int8 [1, 2, 2, 2] -> CONV_2D 1x1, two channels with their own scales -> y int8
  private func convolution(weightLevels: FlatLevels, bias: [Int] = [7, -300_000_001]) -> TFLiteFile {
    var file = TFLiteFile()
    let x = file.input("x", [1, 2, 2, 2], type: 9, levels: FlatLevels(0.5, -3))
    let weight = file.constant("w", [2, 1, 1, 2], type: 9, bytes: bytes([-128, 127, 5, 0]), levels: weightLevels)
    let b = file.constant("b", bias)
    let options: [Int: FlatValue] = [0: .int8(1), 1: .int32(1), 2: .int32(1), 3: .int8(1)]
    file.add(3, [x, weight, b], [file.output("y", [1, 2, 2, 2], type: 9, levels: FlatLevels(0.25, -128))], options: (1, options))
    return file
  }

  @Test func levelsStayAsTheyAre() throws {
    let graph = try graph(convolution(weightLevels: FlatLevels(scales: [0.25, 2], zeroPoints: [0, 0])))
    #expect(graph.inputs[0].levelType == .int8 && graph.outputs[0].levelType == .int8)
    #expect(graph.inputs[0].type == TensorType(.float32, [1, 2, 2, 2]))
    let node = try #require(graph.nodes.first)
    let inputs = try node.inputs.map { try #require($0) }
    #expect(graph[inputs[0]].quantization == AffineQuantization(scale: 0.5, zeroPoint: -3))
    #expect(graph[node.outputs[0]].quantization == AffineQuantization(scale: 0.25, zeroPoint: -128))
    let weight = try #require(graph[inputs[1]].constant)
    #expect(weight.floats == [-32, 31.75, 10, 0])
    #expect(weight.quantized == QuantizedElements(levels: [-128, 127, 5, 0], scales: [0.25, 2], zeroPoints: [0, 0]))
    let bias = try #require(graph[inputs[2]].constant)
    // More than a float holds, so the floats cannot stand for them.
    #expect(bias.quantized?.levels == [7, -300_000_001] && bias.quantized?.scales == [0.125, 1])
    #expect((node.op as? Convolution2D)?.clamp == .relu)
  }

  @Test func unsignedLevelsAreShifted() throws {
    var file = TFLiteFile()
    let x = file.input("x", [1, 1, 1, 2], type: 3, levels: FlatLevels(1, 128))
    let weight = file.constant("w", [1, 1, 1, 2], type: 3, bytes: [0, 255], levels: FlatLevels(2, 120))
    let bias = file.constant("b", [0, 1])
    let options: [Int: FlatValue] = [0: .int8(1), 1: .int32(1), 2: .int32(1), 3: .int32(1)]
    file.add(4, [x, weight, bias], [file.output("y", [1, 1, 1, 2], type: 3, levels: FlatLevels(1, 0))], options: (2, options))
    let graph = try graph(file)
    #expect(graph.inputs[0].levelType == .uint8 && graph.outputs[0].levelType == .uint8)
    #expect(graph[graph.inputs[0].value].quantization == AffineQuantization(scale: 1, zeroPoint: 0))
    #expect(graph[graph.outputs[0].value].quantization == AffineQuantization(scale: 1, zeroPoint: -128))
    let elements = try #require(graph.nodes[0].inputs[1].flatMap { graph[$0].constant })
    // Depthwise weights come as [1, KH, KW, O] and are held as [O, KH, KW, 1].
    #expect(elements.shape == [2, 1, 1, 1] && elements.floats == [-240, 270])
    #expect(elements.quantized == QuantizedElements(levels: [-128, 127], scales: [2], zeroPoints: [-8]))
  }

  @Test func scalesFollowDepthwiseChannels() throws {
    var file = TFLiteFile()
    let x = file.input("x", [1, 2, 1, 2], type: 9, levels: FlatLevels(1))
    let levels = FlatLevels(scales: [1, 10], zeroPoints: [0, 0], axis: 3)
    let weight = file.constant("w", [1, 2, 1, 2], type: 9, bytes: bytes([1, 2, 3, 4]), levels: levels)
    let options: [Int: FlatValue] = [0: .int8(1), 1: .int32(1), 2: .int32(1), 3: .int32(1)]
    file.add(4, [x, weight], [file.output("y", [1, 1, 1, 2], type: 9, levels: FlatLevels(1))], options: (2, options))
    let graph = try graph(file)
    let elements = try #require(graph.nodes[0].inputs[1].flatMap { graph[$0].constant })
    #expect(elements.floats == [1, 3, 20, 40])
    #expect(elements.quantized == QuantizedElements(levels: [1, 3, 2, 4], scales: [1, 10], zeroPoints: [0, 0], axis: 0))
  }

  /// float -> QUANTIZE -> RELU -> QUANTIZE to other levels -> DEQUANTIZE -> float: two roundings, of which the first is the input's.
  @Test func roundingBetweenLevelsIsANode() throws {
    var file = TFLiteFile()
    let x = file.input("x", [4])
    let a = file.activation("a", [4], type: 9, levels: FlatLevels(0.5))
    let b = file.activation("b", [4], type: 9, levels: FlatLevels(0.5))
    let c = file.activation("c", [4], type: 9, levels: FlatLevels(0.75, 9))
    file.add(114, [x], [a])
    file.add(19, [a], [b])
    file.add(114, [b], [c])
    file.add(6, [c], [file.output("y", [4])])
    let graph = try graph(file).optimized()
    #expect(graph.nodes.map { ($0.op as? Unary)?.function } == [.clip(lower: 0, upper: .infinity), .identity])
    #expect(graph.inputs[0].levelType == nil && graph.outputs[0].levelType == nil)
    #expect(graph[graph.inputs[0].value].quantization == AffineQuantization(scale: 0.5, zeroPoint: 0))
    #expect(graph[graph.outputs[0].value].quantization == AffineQuantization(scale: 0.75, zeroPoint: 9))
  }

  @Test func constantSlopesRoundOnce() throws {
    var file = TFLiteFile()
    let x = file.input("x", [1, 2], type: 9, levels: FlatLevels(1))
    let slope = file.constant("slope", [2], type: 9, bytes: bytes([1, 2]), levels: FlatLevels(0.125))
    file.add(54, [x, slope], [file.output("y", [1, 2], type: 9, levels: FlatLevels(0.5, 3))])
    let graph = try graph(file).optimized()
    let node = try #require(graph.nodes.first)
    #expect(graph.nodes.count == 1 && node.op is PRelu)
    #expect(graph[node.outputs[0]].quantization == AffineQuantization(scale: 0.5, zeroPoint: 3))
    #expect(graph[try #require(node.inputs[1])].constant?.floats == [0.125, 0.25])
  }

  @Test func slopesOfTheRunRoundAfterTheProduct() throws {
    var file = TFLiteFile()
    let x = file.input("x", [1, 2], type: 9, levels: FlatLevels(1))
    let slope = file.input("slope", [2], type: 9, levels: FlatLevels(0.125))
    file.add(54, [x, slope], [file.output("y", [1, 2], type: 9, levels: FlatLevels(0.5, 3))])
    let graph = try graph(file)
    let product = try #require(graph.nodes.first { ($0.op as? Binary)?.kind == .multiply })
    #expect(graph[product.outputs[0]].quantization == AffineQuantization(scale: 0.5, zeroPoint: 3))
    #expect(graph.nodes.filter { $0.op is Unary }.allSatisfy { graph[$0.outputs[0]].quantization == AffineQuantization(scale: 1, zeroPoint: 0) })
  }

  @Test func badLevelsAreRefused() {
    let faulty: [FlatLevels] = [
      FlatLevels(scales: [0.5, 0], zeroPoints: [0, 0]), FlatLevels(scales: [0.5, -1], zeroPoints: [0, 0]),
      FlatLevels(scales: [0.5, .nan], zeroPoints: [0, 0]), FlatLevels(scales: [0.5, .infinity], zeroPoints: [0, 0]),
      FlatLevels(scales: [0.5, 0.5], zeroPoints: [0, 128]), FlatLevels(scales: [0.5, 0.5], zeroPoints: [0, 0, 0]),
      FlatLevels(scales: [1, 1, 1], zeroPoints: [0]), FlatLevels(scales: [1, 1], zeroPoints: [0], axis: 4),
      FlatLevels(scales: [1, 1], zeroPoints: [0], axis: -1),
    ]
    for levels in faulty {
      let found = diagnostics(of: convolution(weightLevels: levels))
      #expect(found.map(\.code) == ["bad-file"] && found[0].node == "w", "\(levels)")
    }
    #expect(diagnostics(of: convolution(weightLevels: FlatLevels(1), bias: [1])).map(\.code) == ["bad-shape"])

    var words = TFLiteFile()
    let x = words.input("x", [2], type: 7, levels: FlatLevels(1, 3))
    words.add(19, [x], [words.output("y", [2], type: 7, levels: FlatLevels(1))])
    #expect(diagnostics(of: words).contains { $0.code == "unsupported-type" && $0.message.contains("zero point 3, expected 0") })

    var twoScales = TFLiteFile()
    let z = twoScales.input("z", [2], type: 9, levels: FlatLevels(scales: [1, 2], zeroPoints: [0, 0]))
    twoScales.add(19, [z], [twoScales.output("y", [2], type: 9, levels: FlatLevels(1))])
    #expect(diagnostics(of: twoScales).contains { $0.message.contains("2 scales") })
  }

  /// int16 activations and an int64 bias, in units of input scale * weight scale.
  @Test func wordsStayAsTheyAre() throws {
    var file = TFLiteFile()
    let x = file.input("x", [1, 2], type: 7, levels: FlatLevels(0.5))
    let weight = file.constant("w", [2, 2], type: 9, bytes: bytes([-127, 127, 5, 0]), levels: FlatLevels(scales: [0.25, 2], zeroPoints: [0, 0]))
    let biases: [Int64] = [7, -30_000_000_001]
    let bias = file.constant("b", [2], type: 4, bytes: biases.flatMap { littleEndian($0) })
    let y = file.activation("y", [1, 2], type: 7, levels: FlatLevels(0.125))
    file.add(9, [x, weight, bias], [y])
    let addend = file.constant("c", [2], type: 7, bytes: [Int16(-32768), 3].flatMap { littleEndian($0) }, levels: FlatLevels(0.75))
    file.add(0, [y, addend], [file.output("z", [1, 2], type: 7, levels: FlatLevels(2))])
    let graph = try graph(file)
    #expect(graph.inputs[0].levelType == .int16 && graph.outputs[0].levelType == .int16)
    func words(_ scale: Float) -> AffineQuantization { AffineQuantization(scale: scale, zeroPoint: 0, width: .int16) }
    let (dense, add) = (try #require(graph.nodes.first), try #require(graph.nodes.last))
    #expect(graph[graph.inputs[0].value].quantization == words(0.5) && graph[dense.outputs[0]].quantization == words(0.125))
    let held = try #require(dense.inputs[2].flatMap { graph[$0].constant?.quantized })
    #expect(held.levels == biases && held.scales == [0.125, 1])
    let constant = try #require(add.inputs[1])
    #expect(graph[constant].quantization == words(0.75) && graph[constant].constant?.floats == [-24576, 2.25])
  }

  @Test func integerBiasNeedsLevels() {
    var file = TFLiteFile()
    let x = file.input("x", [1, 2])
    let weight = file.constant("w", [1, 2], [1, 2])
    file.add(9, [x, weight, file.constant("b", [3])], [file.output("y", [1, 1])])
    #expect(diagnostics(of: file).map(\.code) == ["unsupported-type"])
  }
}
