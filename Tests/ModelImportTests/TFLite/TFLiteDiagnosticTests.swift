import ModelGraph
import ModelImport
import Testing

@Suite struct TFLiteDiagnosticTests {
  /// x -> RELU -> a -> HASHTABLE_LOOKUP -> b -> custom -> c -> ADD, RELU -> y
  private func unsupportedChain() -> TFLiteFile {
    var file = TFLiteFile()
    let x = file.input("x", [1, 4])
    let (a, b) = (file.activation("a", [1, 4]), file.activation("b", [1, 4]))
    let (c, d) = (file.activation("c", [1, 4]), file.activation("d", [1, 4]))
    file.add(19, [x], [a])
    file.add(10, [a], [b])
    file.add(32, [b], [c], custom: "Convolution2DTransposeBias")
    file.add(0, [c, a], [d])
    file.add(31, [d], [file.output("y", [1, 4])])
    return file
  }

  @Test func everyUnsupportedOperatorIsNamed() {
    let found = diagnostics(of: unsupportedChain())
    #expect(found.map(\.code) == Array(repeating: "unsupported-operator", count: 3))
    #expect(found.map(\.sourceOperator) == ["HASHTABLE_LOOKUP", "Convolution2DTransposeBias", "CALL"])
    #expect(found.map(\.node) == ["b", "c", "y"])
    #expect(found.allSatisfy { $0.inputs == [TensorType(.float32, [1, 4])] && !$0.hint.isEmpty })
  }

  @Test func cutLeavesOutWhatIsNotReached() throws {
    let graph = try importTFLite(unsupportedChain().bytes, name: "test", options: ImportOptions(outputs: ["a"]))
    #expect(graph.nodes.map(\.name) == ["a"])
    #expect(graph.outputs.map(\.name) == ["a"])
    let found = diagnostics(of: unsupportedChain(), options: ImportOptions(outputs: ["aa", "y"]))
    #expect(found.map(\.code) == ["unknown-output"])
    #expect(found[0].hint.contains("'a'"))
    #expect(diagnostics(of: unsupportedChain(), options: ImportOptions(outputs: ["a", "a"])).map(\.code) == ["duplicate-name"])
  }

  @Test func cutDropsInputsThatNothingReads() throws {
    var file = TFLiteFile()
    let (x, z) = (file.input("x", [2]), file.input("z", [2]))
    let a = file.activation("a", [2])
    file.add(19, [x], [a])
    file.add(0, [a, z], [file.output("y", [2])])
    #expect(try importTFLite(file.bytes, name: "test", options: ImportOptions(outputs: ["a"])).inputs.map(\.name) == ["x"])
    #expect(try importTFLite(file.bytes, name: "test", options: ImportOptions()).inputs.map(\.name) == ["x", "z"])
  }

  @Test func inputShapes() throws {
    var file = TFLiteFile()
    let x = file.input("x", [1, 1, 3], signature: [-1, -1, 3])
    file.add(19, [x], [file.output("y", [1, 1, 3])])
    let unknown = diagnostics(of: file)
    #expect(unknown.count == 1 && unknown[0].node == "x" && unknown[0].hint.contains("--shape x=1,"))
    let graph = try importTFLite(file.bytes, name: "test", options: ImportOptions(shapes: ["x": [2, 5, 3]]))
    #expect(graph.inputs[0].type.shape == [2, 5, 3] && graph.outputs[0].type.shape == [2, 5, 3])
    for shape in [[2, 5, 4], [2, 5], [0, 5, 3], [-1, 5, 3], [1 << 40, 1 << 40, 3], [Int.max, 1, 3]] {
      #expect(diagnostics(of: file, options: ImportOptions(shapes: ["x": shape])).map(\.code) == ["bad-shape"], "\(shape)")
    }
    let wrongName = diagnostics(of: file, options: ImportOptions(shapes: ["y": [1, 1, 3], "x": [1, 1, 3]]))
    #expect(wrongName.map(\.code) == ["unknown-input"] && wrongName[0].hint.contains("x"))
  }

  @Test func functionsOfFloatsRefuseIntegers() {
    var file = TFLiteFile()
    let x = file.input("tokens", [1, 2], type: 2)
    file.add(14, [x], [file.output("y", [1, 2], type: 2)])
    let found = diagnostics(of: file)
    #expect(found.map(\.code) == ["unsupported-type"] && found[0].message.contains("int32"))
  }

  @Test func structureFaultsAreListed() {
    var late = TFLiteFile()
    let x = late.input("x", [2])
    let (a, y) = (late.activation("a", [2]), late.output("y", [2]))
    late.add(19, [a], [y])
    late.add(19, [x], [a])
    late.add(19, [x], [y])
    late.add(19, [99], [x])
    late.add(19, [x], [-7])
    #expect(diagnostics(of: late).map(\.code) == Array(repeating: "bad-file", count: 5))
    late.add(32, [x], [a], custom: "Mystery")
    let all = diagnostics(of: late)
    #expect(all.map(\.code) == Array(repeating: "bad-file", count: 6) + ["unsupported-operator"])
    #expect(all.last?.sourceOperator == "Mystery" && all.last?.hint.contains("custom operator") == true)

    var unwritten = TFLiteFile()
    _ = unwritten.input("x", [2])
    _ = unwritten.output("y", [2])
    #expect(diagnostics(of: unwritten).map(\.node) == ["y"])

    var size = TFLiteFile()
    let z = size.input("z", [2])
    let short = size.constant("short", [3], [1, 2])
    size.add(0, [z, short], [size.output("y", [2])])
    #expect(diagnostics(of: size).map(\.node) == ["short"])

    var old = TFLiteFile()
    old.version = 2
    #expect(diagnostics(of: old).map(\.code) == ["bad-file"])
  }

  @Test func tensorNamesMayRepeat() throws {
    var file = TFLiteFile()
    let x = file.input("x", [2])
    file.add(19, [x], [file.output("x", [2])])
    let graph = try importTFLite(file.bytes, name: "test", options: ImportOptions())
    #expect(Set(graph.values.map(\.name)).count == graph.values.count)
  }
}
