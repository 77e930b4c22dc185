import ModelGraph
import ModelImport
import Testing

/// Models of several graphs, of variables, of signatures and of sparse constants.
@Suite struct TFLiteGraphTests {
  private static let (add, mul, less, cond, whileLoop, handle, read, assign, once) = (0, 18, 58, 118, 119, 142, 143, 144, 129)

  /// y = flag ? x + 1 : x * 3, the flag a constant or an input.
  private func branching(_ flag: Bool?) -> TFLiteFile {
    var file = TFLiteFile()
    let then = file.addSubgraph { branch in
      let x = branch.input("x", [2])
      branch.add(Self.add, [x, branch.constant("one", [], [1])], [branch.output("sum", [2])], options: (11, [:]))
    }
    let other = file.addSubgraph { branch in
      let x = branch.input("x", [2])
      branch.add(Self.mul, [x, branch.constant("three", [], [3])], [branch.output("product", [2])], options: (21, [:]))
    }
    let x = file.input("x", [2])
    let condition = flag.map { file.constant("flag", [], type: 6, bytes: [$0 ? 1 : 0]) } ?? file.input("flag", [], type: 6)
    file.add(Self.cond, [condition, x], [file.output("y", [2])], options: (92, [0: .int32(then), 1: .int32(other)]))
    return file
  }

  @Test func takesTheBranchThatAConstantChooses() throws {
    #expect(try run(branching(true), [5, -1])[0].floats == [6, 0])
    #expect(try run(branching(false), [5, -1])[0].floats == [15, -3])
    let found = diagnostics(of: branching(nil))
    #expect(found.map(\.code) == ["unsupported-operator"] && found[0].node == "y" && found[0].hint.contains("SELECT_V2"))
  }

  /// x doubled while a counter, from 0, is below `steps`; the bound may be an input.
  private func looping(_ steps: Int?, ownBody: Bool = false) -> TFLiteFile {
    var file = TFLiteFile()
    let condition = file.addSubgraph { graph in
      let inputs = [graph.input("i", [], type: 2), graph.input("x", [2]), graph.input("n", [], type: 2)]
      graph.add(Self.less, [inputs[0], inputs[2]], [graph.output("more", [], type: 6)])
    }
    let body = file.addSubgraph { graph in
      let inputs = [graph.input("i", [], type: 2), graph.input("x", [2]), graph.input("n", [], type: 2)]
      let one = graph.constant("one", [1], shape: [])
      graph.add(Self.add, [inputs[0], one], [graph.output("next", [], type: 2)], options: (11, [:]))
      graph.add(Self.add, [inputs[1], inputs[1]], [graph.output("double", [2])], options: (11, [:]))
      graph.outputs.append(inputs[2])
    }
    let x = file.input("x", [2])
    let bound = steps.map { file.constant("n", [$0], shape: []) } ?? file.input("n", [], type: 2)
    let outputs = [file.activation("i", [], type: 2), file.output("y", [2]), file.activation("m", [], type: 2)]
    file.add(
      Self.whileLoop, [file.constant("zero", [0], shape: []), x, bound], outputs,
      options: (93, [0: .int32(condition), 1: .int32(ownBody ? 9 : body)]))
    return file
  }

  @Test func unrollsALoopThatAConstantCounterEnds() throws {
    #expect(try run(looping(3), [1, -2])[0].floats == [8, -16])
    #expect(try run(looping(0), [1, -2])[0].floats == [1, -2])
    let found = diagnostics(of: looping(nil))
    #expect(found.map(\.code) == ["unsupported-operator"] && found[0].node == "i" && found[0].message.contains("step 0"))
    #expect(diagnostics(of: looping(1 << 20)).map(\.code) == ["too-large"])
    #expect(diagnostics(of: looping(3, ownBody: true)).map(\.code) == ["bad-file"])
  }

  @Test func aGraphThatLeadsToItselfIsRefused() {
    var file = TFLiteFile()
    let own = file.addSubgraph { branch in
      let x = branch.input("x", [2])
      let flag = branch.constant("flag", [], type: 6, bytes: [1])
      branch.add(Self.cond, [flag, x], [branch.output("y", [2])], options: (92, [0: .int32(1), 1: .int32(1)]))
    }
    let x = file.input("x", [2])
    let flag = file.constant("flag", [], type: 6, bytes: [1])
    file.add(Self.cond, [flag, x], [file.output("y", [2])], options: (92, [0: .int32(own), 1: .int32(own)]))
    #expect(diagnostics(of: file).map(\.code) == ["bad-file"])
  }

  @Test func faultsInsideABranchAreReportedOnce() {
    var file = TFLiteFile()
    let then = file.addSubgraph { branch in
      let x = branch.input("x", [2])
      branch.add(10, [x], [branch.output("y", [2])])
    }
    let x = file.input("x", [2])
    let flag = file.constant("flag", [], type: 6, bytes: [1])
    file.add(Self.cond, [flag, x], [file.output("y", [2])], options: (92, [0: .int32(then), 1: .int32(then)]))
    let found = diagnostics(of: file)
    #expect(found.map(\.sourceOperator) == ["HASHTABLE_LOOKUP"])
  }

  /// y = x * w, w a variable that a graph of its own fills with 2 and 3; with `keeps` the net assigns y to it.
  private func variables(keeps: Bool, initialized: Bool = true) -> TFLiteFile {
    var file = TFLiteFile()
    let start = file.addSubgraph { graph in
      let variable = graph.activation("handle", [], type: 13)
      graph.add(Self.handle, [], [variable], options: (111, [1: .string("w")]))
      graph.add(Self.assign, [variable, graph.constant("start", [2], [2, 3])], [])
    }
    let x = file.input("x", [2])
    if initialized { file.add(Self.once, [], [], options: (103, [0: .int32(start)])) }
    let (variable, weight, y) = (file.activation("handle", [], type: 13), file.activation("w", [2]), file.output("y", [2]))
    file.add(Self.handle, [], [variable], options: (111, [1: .string("w")]))
    file.add(Self.read, [variable], [weight])
    file.add(Self.mul, [x, weight], [y], options: (21, [:]))
    if keeps { file.add(Self.assign, [variable, y], []) }
    return file
  }

  @Test func variablesThatNoRunChangesAreConstants() throws {
    #expect(try run(variables(keeps: false), [5, 7])[0].floats == [10, 21])
    let state = diagnostics(of: variables(keeps: true))
    #expect(state.map(\.sourceOperator) == ["ASSIGN_VARIABLE"] && state[0].message.contains("from one run to the next"))
    #expect(diagnostics(of: variables(keeps: false, initialized: false)).map(\.sourceOperator) == ["READ_VARIABLE"])
  }

  @Test func aSignatureChoosesAGraphAndItsNames() throws {
    var file = TFLiteFile()
    let encode = file.addSubgraph { graph in
      let x = graph.input("serving_x:0", [2])
      graph.add(Self.add, [x, x], [graph.output("StatefulPartitionedCall:0", [2])], options: (11, [:]))
    }
    let x = file.input("x", [2])
    file.add(Self.mul, [x, x], [file.output("y", [2])], options: (21, [:]))
    file.addSignature("square", inputs: [("values", x)], outputs: [("squares", 1)])
    file.addSignature("double", inputs: [("values", 0)], outputs: [("doubles", 1)], subgraph: encode)
    func graph(_ key: String?) throws -> Graph { try importTFLite(file.bytes, name: "test", options: ImportOptions(signature: key)) }
    #expect(try graph(nil).inputs.map(\.name) == ["x"] && graph(nil).outputs.map(\.name) == ["y"])
    #expect(try graph("square").inputs.map(\.name) == ["values"] && graph("square").outputs.map(\.name) == ["squares"])
    #expect(try run(graph("double"), [[3, 4]])[0].floats == [6, 8])
    #expect(try graph("double").outputs.map(\.name) == ["doubles"])
    let found = diagnostics(of: file, options: ImportOptions(signature: "decode"))
    #expect(found.map(\.code) == ["unknown-signature"] && found[0].hint.contains("square, double"))
    file.addSignature("broken", inputs: [("values", 99)], outputs: [])
    #expect(diagnostics(of: file, options: ImportOptions(signature: "broken")).map(\.code) == ["bad-file"])
  }

  // MARK: Sparse constants

  private static func level(_ size: Int) -> FlatValue { .table([1: .int32(size)]) }

  /// `kind`: 1 int32, 2 uint16, 3 uint8.
  private static func level(_ segments: [Int], _ indices: [Int], kind: Int8 = 3) -> FlatValue {
    func vector(_ values: [Int]) -> FlatValue {
      let bytes: [UInt8]
      switch kind {
      case 1: bytes = values.flatMap { littleEndian(Int32($0)) }
      case 2: bytes = values.flatMap { littleEndian(UInt16($0)) }
      default: bytes = values.map { UInt8($0) }
      }
      return .table([0: .vector(count: values.count, bytes)])
    }
    return .table([0: .int8(1), 2: .int8(kind), 3: vector(segments), 4: .int8(kind), 5: vector(indices)])
  }

  private static func sparsity(_ order: [Int], blocks: [Int] = [], _ levels: [FlatValue]) -> FlatValue {
    .table([0: .ints(order), 1: .ints(blocks), 2: .tables(levels)])
  }

  /// x + DENSIFY(sparse constant), x zeros.
  private func densified(_ shape: [Int], _ values: [Float], _ sparsity: FlatValue) -> TFLiteFile {
    var file = TFLiteFile()
    let x = file.input("x", shape)
    let sparse = file.sparse("w", shape, type: 0, bytes: values.flatMap { littleEndian($0.bitPattern) }, sparsity: sparsity)
    let dense = file.activation("dense", shape)
    file.add(124, [sparse], [dense])
    file.add(Self.add, [x, dense], [file.output("y", shape)], options: (11, [:]))
    return file
  }

  @Test(arguments: [Int8(1), 2, 3]) func unfoldsRowsOfFewElements(kind: Int8) throws {
    // Compressed sparse rows: 5 in row 0, nothing in row 1, 7 and 9 in row 2.
    let rows = Self.sparsity([0, 1], [Self.level(3), Self.level([0, 1, 1, 3], [2, 0, 3], kind: kind)])
    let file = densified([3, 4], [5, 7, 9], rows)
    #expect(try run(file, Array(repeating: 0, count: 12))[0].floats == [0, 0, 5, 0, 0, 0, 0, 0, 7, 0, 0, 9])
  }

  @Test func unfoldsColumnsAndBlocks() throws {
    // Columns first: the order of the axes is 1, 0.
    let columns = Self.sparsity([1, 0], [Self.level(2), Self.level([0, 1, 3], [2, 0, 1])])
    #expect(try run(densified([3, 2], [4, 5, 6], columns), [0, 0, 0, 0, 0, 0])[0].floats == [0, 5, 0, 6, 4, 0])
    // Blocks of 2x2 in a matrix of 4x4: block row 0 has block column 1, block row 1 has block column 0.
    let blocks = Self.sparsity(
      [0, 1, 2, 3], blocks: [0, 1], [Self.level(2), Self.level([0, 1, 2], [1, 0]), Self.level(2), Self.level(2)])
    let file = densified([4, 4], [1, 2, 3, 4, 5, 6, 7, 8], blocks)
    #expect(
      try run(file, Array(repeating: 0, count: 16))[0].floats == [0, 0, 1, 2, 0, 0, 3, 4, 5, 6, 0, 0, 7, 8, 0, 0])
    // Blocks of 1x4, only the columns split.
    let strips = Self.sparsity([0, 1, 2], blocks: [1], [Self.level(2), Self.level([0, 1, 2], [1, 0]), Self.level(4)])
    let other = densified([2, 8], [1, 2, 3, 4, 5, 6, 7, 8], strips)
    #expect(try run(other, Array(repeating: 0, count: 16))[0].floats == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0])
  }

  @Test func sparseInt8WeightsKeepTheirLevels() throws {
    var file = TFLiteFile()
    let x = file.input("x", [1, 4])
    let rows = Self.sparsity([0, 1], [Self.level(2), Self.level([0, 1, 2], [3, 0])])
    let weight = file.sparse("w", [2, 4], type: 9, bytes: [10, 0xFD], sparsity: rows, levels: FlatLevels(0.5))
    file.add(9, [x, weight], [file.output("y", [1, 2])], options: (8, [:]))
    #expect(try run(file, [1, 2, 3, 4])[0].floats == [20, -1.5])
  }

  @Test func contradictorySparsityIsRefused() {
    func codes(_ shape: [Int], _ values: [Float], _ sparsity: FlatValue) -> [String] {
      diagnostics(of: densified(shape, values, sparsity)).map(\.code)
    }
    let good = [Self.level(2), Self.level([0, 1, 2], [3, 0])]
    #expect(codes([2, 4], [1, 2], Self.sparsity([0, 1], good)) == [])
    #expect(codes([2, 4], [1, 2, 3], Self.sparsity([0, 1], good)) == ["bad-file"], "more elements than the levels name")
    #expect(codes([3, 4], [1, 2], Self.sparsity([0, 1], good)) == ["bad-file"], "a dense level of another length")
    #expect(codes([2, 3], [1, 2], Self.sparsity([0, 1], good)) == ["bad-file"], "an index outside its axis")
    #expect(codes([2, 4], [1, 2], Self.sparsity([0, 0], good)) == ["bad-file"])
    #expect(codes([2, 4], [1, 2], Self.sparsity([0], good)) == ["bad-file"])
    #expect(codes([2, 4], [1, 2], Self.sparsity([0, 1], [good[0], Self.level([0, 2, 1], [3, 0])])) == ["bad-file"])
    #expect(codes([2, 4], [1, 2], Self.sparsity([0, 1], [good[0], Self.level([0, 2], [3, 0])])) == ["bad-file"])
    #expect(codes([2, 4], [1, 2], Self.sparsity([0, 1, 2], blocks: [5], good + [Self.level(2)])) == ["bad-file"])
    #expect(codes([2, 4], [1, 2], Self.sparsity([0, 1, 2], blocks: [1], good + [Self.level(3)])) == ["bad-file"])
    #expect(codes([1 << 20, 1 << 10], [1], Self.sparsity([0, 1], [Self.level(1 << 20), Self.level([0, 1], [0])])) == ["bad-file"])
  }
}
