import ModelGraph
import ModelImport
import Testing

@Suite struct ONNXMovementTests {
  static let x = (0..<24).map { Float($0) }

  @Test(arguments: [([0, -1], [2, 12]), ([-1], [24]), ([4, 0, -1], [4, 3, 2]), ([2, 3, 4, 1], [2, 3, 4, 1])])
  func reshape(target: [Int], expected: [Int]) throws {
    let result = try runONNX("Reshape", x: [2, 3, 4], Self.x, integers: [("shape", target.map { Int64($0) })])
    #expect(result.shape == expected && result.values == Self.x)
  }

  @Test(arguments: [(0, [1, 24]), (1, [2, 12]), (-1, [6, 4]), (3, [24, 1])]) func flatten(axis: Int, expected: [Int]) throws {
    #expect(try runONNX("Flatten", x: [2, 3, 4], Self.x, attributes: ["axis": .int(axis)]).shape == expected)
  }

  @Test func transposeReversesWithoutAPermutation() throws {
    let result = try runONNX("Transpose", x: [2, 3], [0, 1, 2, 3, 4, 5])
    #expect(result.shape == [3, 2] && result.values == [0, 3, 1, 4, 2, 5])
    let same = try runONNX("Transpose", x: [2, 3], [0, 1, 2, 3, 4, 5], attributes: ["perm": .ints([0, 1])])
    #expect(same.values == [0, 1, 2, 3, 4, 5])
  }

  @Test func squeezeAndUnsqueezeInBothForms() throws {
    #expect(try runONNX("Squeeze", opset: 11, x: [1, 24, 1], Self.x, attributes: ["axes": .ints([0])]).shape == [24, 1])
    #expect(try runONNX("Squeeze", opset: 13, x: [1, 24, 1], Self.x, integers: [("axes", [-1])]).shape == [1, 24])
    #expect(try runONNX("Squeeze", x: [1, 24, 1], Self.x).shape == [24])
    #expect(try runONNX("Unsqueeze", opset: 11, x: [24], Self.x, attributes: ["axes": .ints([0, 2])]).shape == [1, 24, 1])
    #expect(try runONNX("Unsqueeze", opset: 13, x: [24], Self.x, integers: [("axes", [-1])]).shape == [24, 1])
  }

  @Test func sliceClampsAndCountsFromTheEnd() throws {
    let x = (0..<10).map { Float($0) }
    let cases: [(Int64, Int64, Int64, [Float])] = [
      (1, 4, 1, [1, 2, 3]), (-3, Int64.max, 1, [7, 8, 9]), (0, 100, 3, [0, 3, 6, 9]), (-1, Int64.min, -4, [9, 5, 1]),
      (8, 2, -2, [8, 6, 4]),
      (100, -100, -9, [9, 0]),
    ]
    for (start, end, step, expected) in cases {
      let result = try runONNX("Slice", x: [1, 10], x, integers: [("s", [start]), ("e", [end]), ("a", [-1]), ("t", [step])])
      #expect(result.values == expected, "\(start) \(end) \(step)")
    }
    let old = try runONNX("Slice", opset: 9, x: [2, 5], x, attributes: ["starts": .ints([1, 1]), "ends": .ints([2, 3])])
    #expect(old.shape == [1, 2] && old.values == [6, 7])
  }

  @Test func splitInAllItsForms() throws {
    func split(_ opset: Int, _ outputs: Int, attributes: [String: ONNXModelBuilder.Attribute], sizes: [Int64]? = nil) throws -> [[Float]] {
      var builder = ONNXModelBuilder(opset: opset)
      builder.input("x", [1, 7])
      if let sizes { builder.integers("sizes", sizes) }
      let names = (0..<outputs).map { "y\($0)" }
      builder.node("Split", ["x"] + (sizes == nil ? [] : ["sizes"]), names, attributes)
      for name in names { builder.output(name) }
      return try builder.imported().evaluated([[0, 1, 2, 3, 4, 5, 6]])
    }
    #expect(try split(11, 2, attributes: ["axis": .int(1), "split": .ints([3, 4])]) == [[0, 1, 2], [3, 4, 5, 6]])
    #expect(try split(13, 2, attributes: ["axis": .int(-1)], sizes: [6, 1]) == [[0, 1, 2, 3, 4, 5], [6]])
    #expect(try split(18, 3, attributes: ["axis": .int(1), "num_outputs": .int(3)]) == [[0, 1, 2], [3, 4, 5], [6]])
  }

  @Test func padInBothFormsAndWithAxes() throws {
    let x: [Float] = [1, 2, 3, 4]
    let old = try runONNX("Pad", opset: 10, x: [2, 2], x, attributes: ["pads": .ints([0, 1, 0, 0]), "value": .float(9)])
    #expect(old.shape == [2, 3] && old.values == [9, 1, 2, 9, 3, 4])
    let new = try runONNX("Pad", opset: 13, x: [2, 2], x, integers: [("pads", [0, 0, 1, 0])])
    #expect(new.values == [1, 2, 3, 4, 0, 0])
    let axes = try runONNX(
      "Pad", opset: 18, x: [2, 2], x, integers: [("pads", [1, 0]), ("axes", [-1])], inputs: ["x", "pads", "", "axes"])
    #expect(axes.values == [0, 1, 2, 0, 3, 4])
    let cut = try runONNX("Pad", opset: 13, x: [2, 2], x, integers: [("pads", [-1, 0, 0, 1])])
    #expect(cut.shape == [1, 3] && cut.values == [3, 4, 0])
  }

  @Test func concatJoinsWithConstants() throws {
    let result = try runONNX("Concat", x: [1, 2], [1, 2], floats: [("w", [1, 1], [3])], attributes: ["axis": .int(-1)])
    #expect(result.shape == [1, 3] && result.values == [1, 2, 3])
  }

  @Test func expandBroadcasts() throws {
    let result = try runONNX("Expand", x: [2, 1], [1, 2], integers: [("shape", [3, 1, 2])])
    #expect(result.shape == [3, 2, 2] && result.values == [1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2])
  }

  @Test func gatherWithConstantIndicesIsSlices() throws {
    let x = (0..<6).map { Float($0) }
    func gather(_ indices: [Int64], shape: [Int]? = nil) throws -> (shape: [Int], values: [Float], nodes: [any Operator]) {
      var builder = ONNXModelBuilder()
      builder.input("x", [2, 3])
      builder.integers("i", indices, shape: shape)
      builder.node("Gather", ["x", "i"], ["y"], ["axis": .int(1)])
      builder.output("y")
      let graph = try builder.imported()
      return (graph.outputs[0].type.shape, try graph.evaluated([x])[0], graph.nodes.map(\.op))
    }
    let scalar = try gather([-1], shape: [])
    #expect(scalar.shape == [2] && scalar.values == [2, 5])
    let run = try gather([1, 2])
    #expect(run.values == [1, 2, 4, 5] && run.nodes.count == 1 && run.nodes[0] is Slice)
    let mixed = try gather([2, 2, 0, 1])
    #expect(mixed.shape == [2, 4] && mixed.values == [2, 2, 0, 1, 5, 5, 3, 4])
  }

  @Test func dropoutAndIdentityLeaveNoNodes() throws {
    var builder = ONNXModelBuilder(opset: 11)
    builder.input("x", [1, 2])
    builder.node("Identity", ["x"], ["a"])
    builder.node("Dropout", ["a"], ["b", ""], ["ratio": .float(0.5)])
    builder.node("Relu", ["b"], ["y"])
    builder.output("y")
    let graph = try builder.imported()
    #expect(graph.nodes.count == 1)
    #expect(try graph.evaluated([[-1, 1]]) == [[0, 1]])
  }

  /// What PyTorch writes for `x.view(x.size(0), -1)` and for `F.pad` with a dynamic batch.
  @Test func shapeArithmeticFolds() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", ["batch", 2, 3])
    builder.integers("zero", [0], shape: [])
    builder.integers("minus", [-1])
    builder.integers("axis0", [0])
    builder.integers("four", [4])
    builder.integers("pads", [0, 1])
    builder.integers("end", [Int64.min])
    builder.integers("pairs", [-1, 2])
    builder.node("Shape", ["x"], ["s"])
    builder.node("Gather", ["s", "zero"], ["n"], ["axis": .int(0)])
    builder.node("Unsqueeze", ["n", "axis0"], ["n1"])
    builder.node("Concat", ["n1", "minus"], ["target"], ["axis": .int(0)])
    builder.node("ConstantOfShape", ["four"], ["zeros"], ["value": .tensor(ONNXModelBuilder.tensor("", [1], integers: [0]))])
    builder.node("Concat", ["pads", "zeros"], ["all"], ["axis": .int(0)])
    builder.node("Reshape", ["all", "pairs"], ["rows"])
    builder.node("Slice", ["rows", "minus", "end", "axis0", "minus"], ["reversed"])
    builder.node("Transpose", ["reversed"], ["columns"], ["perm": .ints([1, 0])])
    builder.node("Reshape", ["columns", "minus"], ["flat"])
    builder.node("Cast", ["flat"], ["padding"], ["to": .int(7)])
    builder.node("Pad", ["x", "padding"], ["padded"], ["mode": .string("constant")])
    builder.node("Reshape", ["padded", "target"], ["y"])
    builder.output("y")
    let graph = try builder.imported()
    #expect(graph.nodes.map { $0.sourceOperator } == ["Pad", "Reshape"])
    #expect(graph.outputs[0].type.shape == [1, 8])
    #expect(try graph.evaluated([[1, 2, 3, 4, 5, 6]]) == [[1, 2, 3, 0, 4, 5, 6, 0]])
  }

  @Test func selectionAndRangesFold() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [1, 6])
    for (name, value) in [("one", 1), ("two", 2), ("six", 6)] { builder.integers(name, [Int64(value)], shape: []) }
    builder.integers("want", [-1, 2])
    builder.integers("ones", [1, 1])
    builder.node("Constant", [], ["minus"], ["value_int": .int(-1)])
    builder.node("Equal", ["want", "minus"], ["isMinus"])
    builder.node("Where", ["isMinus", "ones", "want"], ["chosen"])
    builder.node("Reshape", ["x", "target"], ["z"])
    builder.node("Range", ["one", "six", "two"], ["range"])
    builder.node("Mul", ["chosen", "range2"], ["target"])
    builder.node("Slice", ["range", "ones", "slice", "zeros"], ["range2"])
    builder.integers("slice", [3, 3])
    builder.integers("zeros", [0])
    builder.node("Relu", ["z"], ["y"])
    builder.output("y")
    // Slice's lists differ in length: refused with one line; with lists of one entry the chain folds.
    #expect(try builder.diagnostics().map(\.code) == ["bad-node"])
    builder.model.graph.node[builder.model.graph.node.count - 2].input[1] = "first"
    builder.model.graph.node[builder.model.graph.node.count - 2].input[2] = "last"
    builder.integers("first", [0])
    builder.integers("last", [2])
    // chosen [1, 2] * range [1, 3] = [1, 6]; the nodes stand in no valid order in the file.
    #expect(try builder.imported().outputs[0].type.shape == [1, 6])
  }
}
