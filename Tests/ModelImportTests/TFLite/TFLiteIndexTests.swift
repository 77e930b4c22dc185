import ModelGraph
import ModelImport
import Testing

/// Operators that follow indices, against values worked out by hand.
@Suite struct TFLiteIndexTests {
  /// One operator between x = 0, 1, 2, ... (or `values`) and its output.
  private func floats(
    _ code: Int, _ shape: [Int], _ values: [Float]? = nil, options: (kind: Int, fields: [Int: FlatValue])? = nil,
    constants: (inout TFLiteFile) -> [Int] = { _ in [] }
  ) throws -> (shape: [Int], floats: [Float]) {
    let result = try run(one(code, shape, options: options, constants: constants), values ?? counting(shape.reduce(1, *)))[0]
    return (result.shape, result.floats)
  }

  private func codes(_ file: TFLiteFile) -> [String] { diagnostics(of: file).map(\.code) }

  @Test func gathersTuples() throws {
    let rows = try floats(107, [3, 2]) { [$0.constant("i", [2, 0], shape: [2, 1])] }
    #expect(rows.shape == [2, 2] && rows.floats == [4, 5, 0, 1])
    let elements = try floats(107, [3, 2]) { [$0.constant("i", [0, 1, 2, 0], shape: [2, 2])] }
    #expect(elements.shape == [2] && elements.floats == [1, 4])
    #expect(codes(one(107, [3, 2]) { [$0.constant("i", [0, 0, 0], shape: [1, 3])] }) == ["bad-shape"])
    #expect(codes(one(107, [3, 2]) { [$0.constant("i", [1], [0.5])] }) == ["unsupported-type"], "indices must be integers")
  }

  @Test func gathersAlongAnAxisAndByBatch() throws {
    let columns = try floats(36, [2, 3], options: (23, [0: .int32(-1)])) { [$0.constant("i", [2, 0, 2])] }
    #expect(columns.shape == [2, 3] && columns.floats == [2, 0, 2, 5, 3, 5])
    let batched = try floats(36, [2, 3], options: (23, [0: .int32(1), 1: .int32(1)])) { [$0.constant("i", [2, 0], shape: [2, 1])] }
    #expect(batched.shape == [2, 1] && batched.floats == [2, 3])
    #expect(codes(one(36, [2, 3]) { [$0.constant("i", [2])] }) == ["bad-shape"])
  }

  @Test func scattersIntoZeros() throws {
    var file = TFLiteFile()
    let updates = file.input("updates", [3, 2])
    let (indices, shape) = (file.constant("i", [3, 1, 3], shape: [3, 1]), file.constant("shape", [4, 2]))
    file.add(122, [indices, updates, shape], [file.output("y", [4, 2])])
    // Updates of one place are summed.
    #expect(try run(file, [1, 2, 3, 4, 5, 6])[0].floats == [0, 0, 3, 4, 0, 0, 6, 8])
    var misfit = TFLiteFile()
    let part = misfit.input("updates", [3, 3])
    misfit.add(
      122, [misfit.constant("i", [3, 1, 3], shape: [3, 1]), part, misfit.constant("shape", [4, 2])], [misfit.output("y", [4, 2])])
    #expect(codes(misfit) == ["bad-shape"])
  }

  @Test func takesTheTopOfTheLastAxis() throws {
    func top(_ k: Int) -> TFLiteFile {
      var file = TFLiteFile()
      let x = file.input("x", [2, 3])
      file.add(48, [x, file.constant("k", [k], shape: [])], [file.output("values", [2, k]), file.output("indices", [2, k], type: 2)])
      return file
    }
    let found = try run(top(2), [3, 9, 9, -1, -5, -2])
    #expect(found[0].floats == [9, 9, -1, -2])
    #expect(found[1].integers == [1, 2, 0, 2])
    #expect(codes(top(0)) == ["bad-shape"] && codes(top(4)) == ["bad-shape"])
  }

  @Test func findsExtremesWithoutTheAxis() throws {
    for (code, expected) in [(56, [1, 0] as [Float]), (79, [0, 1])] {
      let found = try floats(code, [2, 3], [3, 9, 9, 8, -5, -2]) { [$0.constant("axis", [1], shape: [])] }
      #expect(found.shape == [2] && found.floats == expected)
    }
    let first = try floats(56, [2, 3], [3, 9, 9, 8, -5, -2]) { [$0.constant("axis", [-2], shape: [])] }
    #expect(first.shape == [3] && first.floats == [1, 0, 0])
    #expect(codes(one(56, [2, 3]) { [$0.constant("axis", [2], shape: [])] }) == ["bad-shape"])
  }

  @Test func looksEmbeddingsUp() throws {
    var file = TFLiteFile()
    let table = file.input("table", [3, 2])
    file.add(7, [file.constant("ids", [2, 0]), table], [file.output("y", [2, 2])])
    #expect(try run(file, counting(6))[0].floats == [4, 5, 0, 1])
  }

  @Test func makesOneHotRows() throws {
    func file(_ depth: Int) -> TFLiteFile {
      var file = TFLiteFile()
      // On and off are inputs, so that nothing folds.
      let (on, off) = (file.input("on", []), file.input("off", []))
      let inputs = [file.constant("i", [1, 7, -1]), file.constant("depth", [depth], shape: [])]
      file.add(85, inputs + [on, off], [file.output("y", [3, 2])], options: (61, [0: .int32(-1)]))
      return file
    }
    #expect(try run(file(2), [5], [-3])[0].floats == [-3, 5, -3, -3, -3, -3], "indices outside the depth are off everywhere")
    #expect(codes(file(0)) == ["bad-attribute"])
  }

  @Test func sumsRunningly() throws {
    func sums(_ exclusive: Bool, _ reverse: Bool) throws -> [Float] {
      try floats(128, [2, 3], options: (102, [0: .bool(exclusive), 1: .bool(reverse)])) { [$0.constant("axis", [1], shape: [])] }.floats
    }
    #expect(try sums(false, false) == [0, 1, 3, 3, 7, 12])
    #expect(try sums(true, false) == [0, 0, 1, 0, 3, 7])
    #expect(try sums(false, true) == [3, 3, 2, 12, 9, 5])
    #expect(try sums(true, true) == [3, 2, 0, 9, 5, 0])
  }

  @Test func tilesReversesAndMirrors() throws {
    let tiled = try floats(69, [2, 2]) { [$0.constant("m", [2, 3])] }
    #expect(tiled.shape == [4, 6] && Array(tiled.floats.prefix(12)) == [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3])
    #expect(try floats(69, [2]) { [$0.constant("m", [1])] }.floats == [0, 1])
    #expect(codes(one(69, [2]) { [$0.constant("m", [0])] }) == ["bad-shape"])
    #expect(codes(one(69, [2]) { [$0.constant("m", [2, 2])] }) == ["bad-shape"])
    #expect(try floats(105, [2, 3]) { [$0.constant("a", [-1])] }.floats == [2, 1, 0, 5, 4, 3])
    #expect(try floats(105, [2, 3]) { [$0.constant("a", [0, 1])] }.floats == [5, 4, 3, 2, 1, 0])
    func mirrored(_ mode: Int8, _ pads: [Int]) throws -> [Float] {
      try floats(100, [1, 3], options: (77, [0: .int8(mode)])) { [$0.constant("p", pads, shape: [2, 2])] }.floats
    }
    #expect(try mirrored(0, [0, 0, 2, 1]) == [2, 1, 0, 1, 2, 1])
    #expect(try mirrored(1, [0, 0, 2, 1]) == [1, 0, 0, 1, 2, 2])
    #expect(try mirrored(1, [1, 0, 0, 0]) == [0, 1, 2, 0, 1, 2])
    #expect(codes(one(100, [1, 3], options: (77, [:])) { [$0.constant("p", [1, 0, 0, 0], shape: [2, 2])] }) == ["bad-shape"])
    #expect(codes(one(100, [3], options: (77, [:])) { [$0.constant("p", [-1, 0], shape: [1, 2])] }) == ["bad-shape"])
  }

  @Test func reversesSequences() throws {
    func reversed(_ shape: [Int], time: Int, batch: Int, _ lengths: [Int]) throws -> [Float] {
      try floats(112, shape, options: (87, [0: .int32(time), 1: .int32(batch)])) { [$0.constant("n", lengths)] }.floats
    }
    #expect(try reversed([2, 4], time: 1, batch: 0, [3, 2]) == [2, 1, 0, 3, 5, 4, 6, 7])
    #expect(try reversed([4, 2], time: 0, batch: 1, [4, 1]) == [6, 1, 4, 3, 2, 5, 0, 7])
    // Behind an axis that is neither.
    #expect(try reversed([2, 2, 2], time: 2, batch: 1, [2, 1]) == [1, 0, 2, 3, 5, 4, 6, 7])
    #expect(codes(one(112, [2, 4], options: (87, [0: .int32(1), 1: .int32(1)])) { [$0.constant("n", [3, 2])] }) == ["bad-shape"])
    #expect(codes(one(112, [2, 4], options: (87, [0: .int32(1)])) { [$0.constant("n", [3])] }) == ["bad-shape"])
  }

  @Test func sumsSegments() throws {
    let sums = try floats(125, [4, 2]) { [$0.constant("ids", [0, 0, 2, 2])] }
    #expect(sums.shape == [3, 2] && sums.floats == [2, 4, 0, 0, 10, 12])
    #expect(codes(one(125, [4, 2]) { [$0.constant("ids", [0, 2, 1, 2])] }) == ["bad-attribute"])
    #expect(codes(one(125, [4, 2]) { [$0.constant("ids", [0, 1])] }) == ["bad-shape"])
    func unsorted(_ code: Int) throws -> [Float] {
      try floats(code, [4], [3, -2, 5, 4]) { [$0.constant("ids", [1, 0, 1, 0]), $0.constant("n", [3], shape: [])] }.floats
    }
    let limit = Float.greatestFiniteMagnitude
    #expect(try unsorted(155) == [2, 8, 0])
    #expect(try unsorted(153) == [-8, 15, 1])
    #expect(try unsorted(154) == [4, 5, -limit])
    #expect(try unsorted(157) == [-2, 3, limit])
    #expect(
      codes(one(155, [2]) { [$0.constant("ids", [0, -1]), $0.constant("n", [3], shape: [])] }) == ["unsupported-attribute"])
  }

  @Test func putsSparseValuesIntoADenseTensor() throws {
    func file(_ indices: [Int], _ shape: [Int], values: [Int]) -> TFLiteFile {
      var file = TFLiteFile()
      let x = file.input("values", values)
      let constants = [file.constant("i", indices, shape: shape), file.constant("shape", [2, 3])]
      file.add(68, constants + [x, file.constant("default", [], [9])], [file.output("y", [2, 3])])
      return file
    }
    #expect(try run(file([0, 1, 1, 2], [2, 2], values: [2]), [5, 6])[0].floats == [9, 5, 9, 9, 9, 6])
    #expect(try run(file([0, 1, 1, 2], [2, 2], values: []), [5])[0].floats == [9, 5, 9, 9, 9, 5])
    #expect(try run(file([1, 0], [2], values: []), [5])[0].floats == [9, 9, 9, 5, 9, 9])
    #expect(codes(file([1, 0, 1], [1, 3], values: [1])) == ["bad-shape"])
  }

  @Test func updatesAPartThatIsMovedInside() throws {
    func updated(_ part: [Int], _ start: [Int]) throws -> [Float] {
      var file = TFLiteFile()
      let (x, update) = (file.input("x", [3, 4]), file.input("u", part))
      file.add(151, [x, update, file.constant("start", start)], [file.output("y", [3, 4])])
      return try run(file, counting(12), Array(repeating: -1, count: part.reduce(1, *)))[0].floats
    }
    #expect(try updated([1, 4], [1, 0]) == [0, 1, 2, 3, -1, -1, -1, -1, 8, 9, 10, 11])
    #expect(try updated([2, 2], [0, 1]) == [0, -1, -1, 3, 4, -1, -1, 7, 8, 9, 10, 11])
    #expect(try updated([2, 2], [9, -4]) == [0, 1, 2, 3, -1, -1, 6, 7, -1, -1, 10, 11])
    var misfit = TFLiteFile()
    let (x, update) = (misfit.input("x", [3, 4]), misfit.input("u", [4, 4]))
    misfit.add(151, [x, update, misfit.constant("start", [0, 0])], [misfit.output("y", [3, 4])])
    #expect(codes(misfit) == ["bad-shape"])
  }

  @Test func countsBoundariesAndFillsDiagonals() throws {
    let buckets = try floats(147, [5], [-1, 0, 4.9, 5, 100], options: (115, [0: .floats([0, 5, 10])]))
    #expect(buckets.floats == [0, 1, 1, 2, 3])
    #expect(codes(one(147, [5], options: (115, [0: .floats([5, 0])]))) == ["bad-attribute"])
    let diagonal = try floats(113, [2, 2], [1, 2, 3, 4])
    #expect(diagonal.shape == [2, 2, 2] && diagonal.floats == [1, 0, 0, 2, 3, 0, 0, 4])
    #expect(try floats(115, [2, 3]) { [$0.constant("d", [2], [8, 9])] }.floats == [8, 1, 2, 3, 9, 5])
    #expect(try floats(115, [3, 2]) { [$0.constant("d", [2], [8, 9])] }.floats == [8, 1, 2, 9, 4, 5])
    #expect(codes(one(115, [3, 2]) { [$0.constant("d", [3], [8, 9, 10])] }) == ["bad-shape"])
    let dilated = try floats(203, [2, 2]) { [$0.constant("d", [1, 3]), $0.constant("v", [], [7])] }
    #expect(dilated.shape == [2, 4] && dilated.floats == [0, 7, 7, 1, 2, 7, 7, 3])
    #expect(codes(one(203, [2, 2]) { [$0.constant("d", [1]), $0.constant("v", [], [7])] }) == ["bad-attribute"])
  }

  @Test func placesOfAConstantCondition() throws {
    func file(_ isConstant: Bool) -> TFLiteFile {
      var file = TFLiteFile()
      let x = file.input("x", [3, 2])
      let flags = isConstant ? file.constant("c", [3], type: 6, bytes: [1, 0, 1]) : file.input("c", [3], type: 6)
      let places = file.activation("places", [2, 1], type: 4)
      file.add(109, [flags], [places])
      file.add(107, [x, places], [file.output("y", [2, 2])])
      return file
    }
    #expect(try run(file(true), counting(6))[0].floats == [0, 1, 4, 5])
    #expect(codes(file(false)) == ["unsupported-operator"])
  }

  @Test func reducesTruthValuesAndIntegers() throws {
    func reduced(_ code: Int) throws -> [Float] {
      var file = TFLiteFile()
      let x = file.input("x", [2, 2])
      let flags = file.activation("flags", [2, 2], type: 6)
      let found = file.activation("found", [2], type: 6)
      file.add(58, [file.constant("zero", [], [0]), x], [flags])
      file.add(code, [flags, file.constant("axes", [1])], [found], options: (27, [:]))
      file.add(53, [found], [file.output("y", [2])])
      return try run(file, [1, -1, 2, 3])[0].floats
    }
    #expect(try reduced(91) == [1, 1])
    #expect(try reduced(140) == [0, 1])
    for (code, expected) in [(160, 5 ^ 3), (161, 5 >> 3)] {
      var file = TFLiteFile()
      let x = file.input("x", [])
      let whole = file.activation("whole", [], type: 2)
      let bits = file.activation("bits", [], type: 2)
      file.add(53, [x], [whole])
      file.add(code, [whole, file.constant("three", [3], shape: [])], [bits])
      file.add(53, [bits], [file.output("y", [])])
      #expect(try run(file, [5])[0].floats == [Float(expected)])
    }
  }

  @Test func angleOfAPoint() throws {
    var file = TFLiteFile()
    let (y, x) = (file.input("y", [8]), file.input("x", [8]))
    file.add(156, [y, x], [file.output("angle", [8])])
    let quarter = Float.pi / 4
    let found = try run(file, [0, 0, 1, -1, 1, -1, 0, 2], [0, -1, 0, 0, -1, -1, 3, 2])[0].floats
    expectClose(found, [0, 4 * quarter, 2 * quarter, -2 * quarter, 3 * quarter, -3 * quarter, 0, quarter], 1e-6)
  }

  @Test func addsManyAndRoundsToAGrid() throws {
    let sum = try floats(106, [3]) { [$0.constant("b", [3], [10, 20, 30]), $0.constant("c", [3], [100, 200, 300])] }
    #expect(sum.floats == [110, 221, 332])
    #expect(codes(one(106, [3]) { [$0.constant("b", [1], [10])] }) == ["bad-shape"])
    // 8 bits from -1 to 3: a step of 4/255, 0 at level 64 after nudging from 63.75.
    let step: Float = 4.0 / 255
    let found = try floats(80, [4], [-9, 0, 1, 9], options: (58, [0: .float(-1), 1: .float(3), 2: .int32(8)]))
    expectClose(found.floats, [-64 * step, 0, 64 * step, 191 * step], 1e-6)
    #expect(codes(one(80, [4], options: (58, [0: .float(1), 1: .float(3), 2: .int32(8)]))) == ["bad-attribute"])
    let logits = try floats(50, [2, 2], [0, 0, 1000, 0]).floats
    expectClose(logits, [-0.6931472, -0.6931472, 0, -1000], 1e-6)
  }
}
