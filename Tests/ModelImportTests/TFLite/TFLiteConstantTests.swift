import ModelGraph
import ModelImport
import Testing

@Suite struct TFLiteConstantTests {
  @Test func halfWeightsBecomeFloat() throws {
    // 1, -2, 65504, the smallest subnormal
    let half = [0x3C00, 0xC000, 0x7BFF, 0x0001].flatMap { littleEndian(UInt16($0)) }
    var file = TFLiteFile()
    let x = file.input("x", [1, 4])
    let weight = file.activation("w32", [4])
    file.add(6, [file.constant("w16", [4], type: 1, bytes: half)], [weight])
    file.add(18, [x, weight], [file.output("y", [1, 4])])
    let graph = try importTFLite(file.bytes, name: "test", options: ImportOptions())
    #expect(graph.nodes.count == 1)
    #expect(try run(graph, [[1, 1, 1, 1]])[0].floats == [1, -2, 65504, 0x1p-24])
  }

  /// What Keras writes for Flatten: the batch is read from the input and joined with the known product.
  @Test(arguments: [1, 3]) func shapeArithmeticFolds(batch: Int) throws {
    var file = TFLiteFile()
    let x = file.input("x", [1, 2, 3], signature: [-1, 2, 3])
    let shape = file.activation("shape", [3], type: 2)
    file.add(77, [x], [shape], options: (55, [0: .int8(2)]))
    let bounds = [file.constant("zero", [0]), file.constant("one", [1]), file.constant("step", [1])]
    let first = file.activation("first", [], type: 2)
    file.add(45, [shape] + bounds, [first], options: (32, [4: .int32(1)]))
    let product = file.activation("product", [], type: 2)
    file.add(18, [file.constant("two", [2], shape: []), file.constant("three", [3], shape: [])], [product], options: (21, [:]))
    let target = file.activation("target", [2], type: 2)
    file.add(83, [first, product], [target], options: (59, [0: .int32(2)]))
    file.add(22, [x, target], [file.output("y", [1, 6])])
    let graph = try importTFLite(file.bytes, name: "test", options: ImportOptions(shapes: batch == 1 ? [:] : ["x": [batch, 2, 3]]))
    #expect(graph.nodes.map(\.sourceOperator) == ["RESHAPE"])
    #expect(graph.outputs[0].type.shape == [batch, 6])
  }

  @Test func foldsIndexOperators() throws {
    var file = TFLiteFile()
    let x = file.input("x", [3, 4])
    let range = file.activation("range", [3], type: 2)  // 2 1 0
    file.add(96, [file.constant("a", [2], shape: []), file.constant("b", [-1], shape: []), file.constant("d", [-1], shape: [])], [range])
    let fill = file.activation("fill", [3], type: 2)  // 2 2 2
    file.add(94, [file.constant("n", [3]), file.constant("v", [2], shape: [])], [fill])
    let gathered = file.activation("gathered", [3], type: 2)  // 0 2 2 of the table 2 3 0 -> [2, 1, 0] picks 0 3 2
    file.add(36, [file.constant("table", [2, 3, 0]), range], [gathered], options: (23, [:]))
    let sum = file.activation("sum", [3], type: 2)  // 2 5 4
    file.add(0, [gathered, fill], [sum], options: (11, [:]))
    let floats = file.activation("floats", [3])
    file.add(53, [sum], [floats], options: (37, [0: .int8(2), 1: .int8(0)]))
    let column = file.activation("column", [3])
    file.add(36, [x, file.constant("i", [2], shape: [])], [column], options: (23, [0: .int32(1)]))
    file.add(0, [column, floats], [file.output("y", [3])], options: (11, [:]))
    #expect(try run(file, counting(12))[0] == Tensor(shape: [3], floats: [4, 11, 14]))
  }

  @Test func indicesOutsideAreRefused() {
    let gather = one(36, [3, 2]) { [$0.constant("i", [3], shape: [])] }
    #expect(diagnostics(of: gather).map(\.code) == ["bad-shape"])
    var huge = TFLiteFile()
    let x = huge.input("x", [1])
    let fill = huge.activation("fill", [1])
    huge.add(94, [huge.constant("n", [1 << 30, 64]), huge.constant("v", [], [1])], [fill])
    huge.add(0, [x, fill], [huge.output("y", [1])])
    #expect(diagnostics(of: huge).map(\.node) == ["fill"])
  }
}
