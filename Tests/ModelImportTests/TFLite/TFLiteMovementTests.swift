import ModelGraph
import ModelImport
import Testing

@Suite struct TFLiteMovementTests {
  private func reshape(_ input: [Int], _ shape: [Int], asOption: Bool = false) throws -> [Int] {
    let file = asOption ? one(22, input, options: (17, [0: .ints(shape)])) : one(22, input) { [$0.constant("shape", shape)] }
    let result = try run(file, counting(input.reduce(1, *)))[0]
    #expect(result.floats == counting(input.reduce(1, *)))
    return result.shape
  }

  @Test func reshapes() throws {
    #expect(try reshape([2, 6], [3, 4]) == [3, 4])
    #expect(try reshape([2, 6], [-1, 3], asOption: true) == [4, 3])
    #expect(try reshape([1, 1], [0], asOption: true) == [])
    for shape in [[5, -1], [-1, -1], [0, -1], [13]] {
      #expect(diagnostics(of: one(22, [2, 6]) { [$0.constant("shape", shape)] }).map(\.code) == ["bad-shape"], "\(shape)")
    }
    #expect(try run(one(43, [1, 3, 1, 2]), counting(6))[0].shape == [3, 2])
    #expect(try run(one(43, [1, 3, 1, 2], options: (30, [0: .ints([-2])])), counting(6))[0].shape == [1, 3, 2])
    #expect(try run(one(70, [3, 2]) { [$0.constant("axis", [-1], shape: [])] }, counting(6))[0].shape == [3, 2, 1])
  }

  @Test func concatenates() throws {
    let file = one(2, [2, 1], options: (10, [0: .int32(-1), 1: .int8(1)])) { [$0.constant("c", [2, 2], [5, -6, 7, 8])] }
    #expect(try run(file, [-1, 2])[0] == Tensor(shape: [2, 3], floats: [0, 5, 0, 2, 7, 8]))
  }

  @Test func packsAndUnpacks() throws {
    let pack = one(83, [2], options: (59, [0: .int32(2), 1: .int32(1)])) { [$0.constant("c", [2], [5, 6])] }
    #expect(try run(pack, [1, 2])[0] == Tensor(shape: [2, 2], floats: [1, 5, 2, 6]))
    var unpack = TFLiteFile()
    let x = unpack.input("x", [2, 3])
    let parts = (0..<3).map { unpack.output("y\($0)", [2]) }
    unpack.add(88, [x], parts, options: (64, [0: .int32(3), 1: .int32(1)]))
    #expect(try run(unpack, counting(6)).map(\.floats) == [[0, 3], [1, 4], [2, 5]])
  }

  @Test func pads() throws {
    let pad = one(34, [1, 2]) { [$0.constant("p", [0, 1, 2, 0], shape: [2, 2])] }
    #expect(try run(pad, [1, 2])[0] == Tensor(shape: [2, 4], floats: [0, 0, 1, 2, 0, 0, 0, 0]))
    let padValue = one(60, [2]) { [$0.constant("p", [1, 0], shape: [1, 2]), $0.constant("v", [], [9])] }
    #expect(try run(padValue, [1, 2])[0].floats == [9, 1, 2])
    #expect(diagnostics(of: one(34, [2]) { [$0.constant("p", [-1, 0], shape: [1, 2])] }).map(\.code) == ["bad-shape"])
  }

  @Test func transposesAndSlices() throws {
    #expect(
      try run(one(39, [2, 3]) { [$0.constant("p", [1, 0])] }, counting(6))[0] == Tensor(shape: [3, 2], floats: [0, 3, 1, 4, 2, 5]))
    let slice = one(65, [3, 4]) { [$0.constant("b", [1, 2]), $0.constant("s", [-1, 1])] }
    #expect(try run(slice, counting(12))[0] == Tensor(shape: [2, 1], floats: [6, 10]))
    for (begin, size) in [(0, 5), (4, 1), (-1, 1), (2, 3), (0, 0), (0, -2)] {
      let misfit = one(65, [4]) { [$0.constant("b", [begin]), $0.constant("s", [size])] }
      #expect(diagnostics(of: misfit).map(\.code) == ["bad-shape"], "\(begin), \(size)")
    }
  }

  /// Begin, end, strides; masks for begin, end, ellipsis, new axis, shrink; what Python gives for the array 0..<24 of shape [2, 3, 4].
  struct Strided: Sendable {
    var begin: [Int], end: [Int], steps: [Int], masks = [0, 0, 0, 0, 0], isOffset = false
    var shape: [Int], floats: [Float]
  }

  static let strided = [
    Strided(begin: [0, 1, 0], end: [2, 3, 4], steps: [1, 1, 2], shape: [2, 2, 2], floats: [4, 6, 8, 10, 16, 18, 20, 22]),
    Strided(begin: [-1], end: [9], steps: [1], shape: [1, 3, 4], floats: (12..<24).map { Float($0) }),
    Strided(
      begin: [1, 2, -1], end: [0, 0, -9], steps: [-1, -2, -3], masks: [0, 3, 0, 0, 0], shape: [2, 2, 2],
      floats: [23, 20, 15, 12, 11, 8, 3, 0]),
    Strided(begin: [5, 1], end: [5, 2], steps: [1, 1], masks: [1, 1, 0, 0, 2], shape: [2, 4], floats: [4, 5, 6, 7, 16, 17, 18, 19]),
    Strided(begin: [0, 0], end: [0, 1], steps: [1, 1], masks: [0, 0, 1, 0, 0], shape: [2, 3, 1], floats: [0, 4, 8, 12, 16, 20]),
    Strided(begin: [1, 0, 0], end: [2, 0, 1], steps: [1, 1, 1], masks: [0, 0, 0, 2, 1], shape: [1, 1, 4], floats: [12, 13, 14, 15]),
    Strided(begin: [0, -2], end: [1, 1], steps: [1, 1], isOffset: true, shape: [1, 1, 4], floats: [4, 5, 6, 7]),
  ]

  @Test(arguments: strided) func stridedSlice(_ c: Strided) throws {
    var fields = Dictionary(uniqueKeysWithValues: c.masks.enumerated().map { ($0, FlatValue.int32($1)) })
    fields[5] = .bool(c.isOffset)
    let file = one(45, [2, 3, 4], options: (32, fields)) {
      [$0.constant("begin", c.begin), $0.constant("end", c.end), $0.constant("steps", c.steps)]
    }
    #expect(try run(file, counting(24))[0] == Tensor(shape: c.shape, floats: c.floats))
  }

  @Test func stridedSliceThatDoesNotFitIsRefused() {
    let cases: [(begin: [Int], end: [Int], steps: [Int], shrink: Int)] = [
      ([0], [1], [0], 0), ([3], [1], [1], 0), ([5], [6], [1], 1), ([0, 0], [1, 1], [1, 1], 0), ([0], [1, 2], [1], 0),
    ]
    for c in cases {
      let file = one(45, [4], options: (32, [4: .int32(c.shrink)])) {
        [$0.constant("b", c.begin), $0.constant("e", c.end), $0.constant("s", c.steps)]
      }
      #expect(diagnostics(of: file).count == 1, "\(c)")
    }
  }

  @Test func splits() throws {
    var split = TFLiteFile()
    let axis = split.constant("axis", [1], shape: [])
    let x = split.input("x", [2, 4])
    split.add(49, [axis, x], [split.output("a", [2, 2]), split.output("b", [2, 2])], options: (35, [0: .int32(2)]))
    #expect(try run(split, counting(8)).map(\.floats) == [[0, 1, 4, 5], [2, 3, 6, 7]])

    for (sizes, expected) in [([1, -1], [[0, 4], [1, 2, 3, 5, 6, 7]]), ([3, 2], []), ([5, -1], [])] as [([Int], [[Float]])] {
      var file = TFLiteFile()
      let operands = [file.input("x", [2, 4]), file.constant("sizes", sizes), file.constant("axis", [-1], shape: [])]
      file.add(102, operands, [file.output("a", []), file.output("b", [])], options: (79, [0: .int32(2)]))
      if expected.isEmpty {
        #expect(diagnostics(of: file).map(\.code) == ["bad-shape"])
      } else {
        #expect(try run(file, counting(8)).map(\.floats) == expected)
      }
    }
  }

  @Test func movesBlocksBetweenDepthAndSpace() throws {
    let depth = one(5, [1, 1, 2, 4], options: (94, [0: .int32(2)]))
    #expect(try run(depth, counting(8))[0] == Tensor(shape: [1, 2, 4, 1], floats: [0, 1, 4, 5, 2, 3, 6, 7]))
    let space = one(26, [1, 2, 4, 1], options: (19, [0: .int32(2)]))
    #expect(try run(space, [0, 1, 4, 5, 2, 3, 6, 7])[0] == Tensor(shape: [1, 1, 2, 4], floats: counting(8)))
    for block in [0, -2, 3] {
      #expect(diagnostics(of: one(5, [1, 1, 2, 4], options: (94, [0: .int32(block)]))).count == 1)
    }
  }
}
