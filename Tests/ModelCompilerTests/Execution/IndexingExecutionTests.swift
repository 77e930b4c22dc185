import ModelCompiler
import ModelGraph
import Swiftlet
import Testing

/// Operators on integers and truth values, and those that follow indices: compiled and run, against values worked out by hand.
@Suite struct IndexingExecutionTests {
  typealias ElementType = ModelGraph.ElementType

  private struct Net {
    var builder = GraphBuilder(name: "net")
    var inputs: [Tensor] = []

    mutating func input(_ tensor: Tensor) -> ValueID {
      inputs.append(tensor)
      return builder.addInput("x\(inputs.count)", tensor.type)
    }

    /// Runs the net, in float or by `plan`; the outputs of `op` as numbers.
    mutating func run(_ op: some Operator, _ tensors: [Tensor], constant: Set<Int> = []) throws -> [[Float]] {
      var operands: [ValueID?] = []
      for (index, tensor) in tensors.enumerated() {
        operands.append(constant.contains(index) ? builder.addConstant(tensor) : input(tensor))
      }
      for (index, value) in try builder.add(op, operands, name: "node").enumerated() { builder.addOutput("y\(index)", value) }
      let session = try Session(Model(bytes: compile(builder.graph, options: CompilerOptions()).bytes))
      for (index, tensor) in inputs.enumerated() {
        if let integers = tensor.integers {
          let numbers = integers.map { Int($0) }
          try session.setInput(index, integers: numbers.span)
        } else {
          let floats = tensor.floats
          try session.setInput(index, floats.span)
        }
      }
      try session.run()
      return try session.floatOutputs()
    }
  }

  private func run(_ op: some Operator, _ tensors: Tensor..., constant: Set<Int> = []) throws -> [[Float]] {
    var net = Net()
    return try net.run(op, tensors, constant: constant)
  }

  private func floats(_ shape: [Int], _ values: [Float]) -> Tensor { Tensor(shape: shape, floats: values) }
  private func integers(_ shape: [Int], _ values: [Int64], _ type: ElementType = .int64) -> Tensor {
    Tensor(shape: shape, integers: values, elementType: type)
  }
  private let table = Tensor(shape: [3, 2], floats: [0, 1, 10, 11, 20, 21])

  @Test func gathersSlicesOfAnyTypeAndAxis() throws {
    #expect(try run(Gather(axis: 0), table, integers([2, 2], [2, 0, -1, 1])) == [[20, 21, 0, 1, 20, 21, 10, 11]])
    #expect(try run(Gather(axis: 1), table, integers([1], [-2], .int32)) == [[0, 10, 20]])
    #expect(try run(Gather(axis: 0), table, integers([3], [1, 1, 2]), constant: [0]) == [[10, 11, 10, 11, 20, 21]])
    #expect(try run(Gather(axis: 0), integers([2, 2], [1, 0, 0, 1], .bool), integers([1], [1])) == [[0, 1]])
    let batched = integers([2, 3], [1, 2, 3, 4, 5, 6], .int32)
    #expect(try run(Gather(axis: 1, batchDimensions: 1), batched, integers([2, 2], [2, 0, 1, 1])) == [[3, 1, 5, 5]])
  }

  @Test func gathersElementsAndTuples() throws {
    #expect(try run(GatherElements(axis: 1), table, integers([3, 1], [1, 0, -1])) == [[1, 10, 21]])
    #expect(try run(GatherElements(axis: 0), table, integers([1, 2], [2, 1])) == [[20, 11]])
    #expect(try run(GatherND(), table, integers([2, 2], [0, 1, -1, 0])) == [[1, 20]])
    #expect(try run(GatherND(), table, integers([2, 1], [2, 0])) == [[20, 21, 0, 1]])
    let cube = floats([2, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7])
    #expect(try run(GatherND(batchDimensions: 1), cube, integers([2, 1], [1, 0])) == [[2, 3, 4, 5]])
  }

  @Test func scattersUpdatesInOrder() throws {
    let zeros = floats([3, 3], Array(repeating: 0, count: 9))
    let updates = floats([2, 3], [1, 2, 3, 4, 5, 6])
    #expect(try run(ScatterElements(axis: 0), zeros, integers([2, 3], [1, 0, 2, 0, 2, 1]), updates) == [[4, 2, 0, 1, 0, 6, 0, 5, 3]])
    let ones = floats([1, 3], [1, 1, 1])
    let twice = integers([1, 3], [1, 1, -2])
    #expect(try run(ScatterElements(axis: 1, kind: .add), ones, twice, floats([1, 3], [2, 3, 4])) == [[1, 10, 1]])
    #expect(try run(ScatterElements(axis: 1, kind: .multiply), ones, twice, floats([1, 3], [2, 3, 4])) == [[1, 24, 1]])
    #expect(try run(ScatterElements(axis: 1, kind: .maximum), ones, twice, floats([1, 3], [2, 0, -4])) == [[1, 2, 1]])
    #expect(try run(ScatterElements(axis: 1, kind: .minimum), ones, twice, floats([1, 3], [2, 0, -4])) == [[1, -4, 1]])
    let data = integers([4], [1, 2, 3, 4], .int32)
    #expect(try run(ScatterND(), data, integers([2, 1], [3, 0]), integers([2], [9, 8], .int32)) == [[8, 2, 3, 9]])
    let bytes = integers([2], [250, 1], .uint8)
    #expect(try run(ScatterND(kind: .add), bytes, integers([2, 1], [0, 0]), integers([2], [4, 5], .uint8)) == [[3, 1]])
    #expect(try run(ScatterND(), table, integers([1, 1], [-1]), floats([1, 2], [7, 8])) == [[0, 1, 10, 11, 7, 8]])
  }

  @Test func findsExtremesByFirstOrLastIndex() throws {
    let x = floats([2, 4], [3, 7, 7, 1, -1, -5, -5, 0])
    #expect(try run(ArgReduce(.max, axis: 1), x) == [[1, 3]])
    #expect(try run(ArgReduce(.max, axis: 1, takesLast: true), x) == [[2, 3]])
    #expect(try run(ArgReduce(.min, axis: 1), x) == [[3, 1]])
    #expect(try run(ArgReduce(.min, axis: 1, takesLast: true), x) == [[3, 2]])
    #expect(try run(ArgReduce(.max, axis: 0), x) == [[0, 0, 0, 0]])
    #expect(try run(ArgReduce(.max, axis: 0), integers([3], [4, 9, 9], .int32)) == [[1]])
    #expect(try run(ArgReduce(.max, axis: 0), floats([3], [1, .nan, 9])) == [[1]])
    #expect(try run(ArgReduce(.min, axis: 0), floats([3], [1, .nan, -9])) == [[1]])
  }

  @Test func sortsTheTopByValueThenIndex() throws {
    let x = floats([2, 5], [1, 4, 4, 2, 0, -1, -1, -1, 5, -9])
    #expect(try run(TopK(axis: 1, count: 3), x) == [[4, 4, 2, 5, -1, -1], [1, 2, 3, 3, 0, 1]])
    #expect(try run(TopK(axis: 1, count: 2, takesLargest: false), x) == [[0, 1, -9, -1], [4, 0, 4, 0]])
    #expect(try run(TopK(axis: 0, count: 2), x) == [[1, 4, 4, 5, 0, -1, -1, -1, 2, -9], [0, 0, 0, 1, 0, 1, 1, 1, 0, 1]])
    #expect(try run(TopK(axis: 0, count: 4), integers([4], [3, 8, 3, 9], .int32)) == [[9, 8, 3, 3], [3, 1, 0, 2]])
  }

  @Test func sumsRunningly() throws {
    let x = floats([2, 3], [1, 2, 3, 4, 5, 6])
    #expect(try run(CumulativeSum(axis: 1), x) == [[1, 3, 6, 4, 9, 15]])
    #expect(try run(CumulativeSum(axis: 1, isExclusive: true), x) == [[0, 1, 3, 0, 4, 9]])
    #expect(try run(CumulativeSum(axis: 0, isReverse: true), x) == [[5, 7, 9, 4, 5, 6]])
    #expect(try run(CumulativeSum(axis: 1, isExclusive: true, isReverse: true), x) == [[5, 3, 0, 11, 6, 0]])
    #expect(try run(CumulativeSum(axis: 0), integers([3], [100, 100, 100], .int8)) == [[100, -56, 44]])
  }

  @Test func computesWithIntegersAsTheirTypeDoes() throws {
    let (a, b) = (integers([3], [250, 7, 3], .uint8), integers([3], [10, 9, 2], .uint8))
    #expect(try run(Binary(.add), a, b) == [[4, 16, 5]])
    #expect(try run(Binary(.subtract), a, b) == [[240, 254, 1]])
    #expect(try run(Binary(.multiply), a, b) == [[196, 63, 6]])
    let (c, d) = (integers([4], [7, -7, 7, 1]), integers([4], [2, 2, -2, 0]))
    #expect(try run(Binary(.divide), c, d) == [[3, -3, -3, 0]])
    #expect(try run(Binary(.floorDivide), c, d) == [[3, -4, -4, 0]])
    #expect(try run(Binary(.modulo), c, d) == [[1, 1, -1, 0]])
    #expect(try run(Unary(.square), integers([2], [-3, 12], .int8)) == [[9, -112]])
    #expect(try run(Not(), integers([2], [1, 0], .bool)) == [[0, 1]])
    #expect(try run(Reduce(.sum, axes: [0], keepsDimensions: false), integers([2], [200, 100], .uint8)) == [[44]])
    #expect(try run(Cast(to: .uint8), floats([3], [-1.5, 3.9, 300])) == [[0, 3, 255]])
    #expect(try run(Cast(to: .int8), integers([2], [200, -3])) == [[-56, -3]])
    #expect(try run(Cast(to: .int64), integers([2], [5, -3], .int32)) == [[5, -3]])
  }

  @Test func comparesAndSelects() throws {
    let x = floats([2, 2], [1, .nan, 3, 2])
    #expect(try run(Compare(.less), x, floats([], [2.5])) == [[1, 0, 0, 1]])
    #expect(try run(Compare(.notEqual), x, floats([1, 2], [1, 2])) == [[0, 1, 1, 0]])
    let condition = integers([2, 1], [0, 1], .bool)
    #expect(try run(Select(), condition, integers([2], [1, 2]), integers([], [9])) == [[9, 9, 1, 2]])
  }

  @Test func anIndexOutsideItsTableEndsTheRun() throws {
    let outside = integers([1], [3]), below = integers([1], [-4])
    try expectBadIndex(Gather(axis: 0), [table, outside])
    try expectBadIndex(Gather(axis: 0), [table, below])
    try expectBadIndex(GatherElements(axis: 0), [table, integers([1, 2], [0, 3])])
    try expectBadIndex(GatherND(), [table, integers([1, 1], [3])])
    try expectBadIndex(ScatterND(), [table, integers([1, 1], [-4]), floats([1, 2], [0, 0])])
    try expectBadIndex(ScatterElements(axis: 0), [table, integers([1, 1], [7]), floats([1, 1], [0])])
  }

  private func expectBadIndex(_ op: some Operator, _ operands: [Tensor]) throws {
    var net = Net()
    do {
      _ = try net.run(op, operands)
      Issue.record("the index is accepted")
    } catch let error as RunError {
      #expect(error.code == .badIndex)
      #expect(error.message.contains("'node'"), "it names the node: \(error.message)")
    }
  }

  /// An embedding table is int8 in the file and in the arena.
  @Test func embeddingsStayInt8() throws {
    var builder = GraphBuilder(name: "embedding")
    let ids = builder.addInput("ids", TensorType(.int64, [2]))
    let rows = builder.addConstant(Tensor(shape: [100, 64], floats: (0..<6400).map { Float($0 % 200 - 100) / 100 }))
    let y = try builder.add(Gather(axis: 0), [rows, ids], name: "embed")[0]
    builder.addOutput("y", y)
    var plan = QuantizationPlan()
    plan.activations[rows] = AffineQuantization(scale: 0.01, zeroPoint: 0)
    plan.activations[y] = AffineQuantization(scale: 0.01, zeroPoint: 0)
    let model = try Model(bytes: compile(builder.graph, options: CompilerOptions(plan: plan)).bytes)
    #expect(model.weightsBytes < 6400 + 64, "one byte an element: \(model.weightsBytes)")
    let session = try Session(model)
    let chosen = [99, -100]
    try session.setInput(0, integers: chosen.span)
    try session.run()
    let found = try session.floatOutputs()[0]
    let places: [Int] = Array(6336..<6400) + Array(0..<64)
    let expected: [Float] = places.map { Float($0 % 200 - 100) / 100 }
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  // MARK: The caller's types

  @Test(arguments: [ElementType.int8, .uint8, .int16, .int32, .int64, .bool]) func theCallerKeepsTheModelsType(type: ElementType) throws {
    var builder = GraphBuilder(name: "identity")
    let x = builder.addInput("x", TensorType(type, [2, 3]))
    builder.addOutput("y", try builder.add(Transpose(permutation: [1, 0]), [x], name: "t")[0])
    let session = try Session(Model(bytes: compile(builder.graph, options: CompilerOptions()).bytes))
    #expect(session.inputs[0].elementType.rawValue == type.rawValue && session.inputs[0].byteCount == 6 * type.byteCount)
    #expect(session.outputs[0].elementType.rawValue == type.rawValue && session.inputs[0].isInteger)
    let values = type == .bool ? [1, 0, 0, 1, 1, 0] : [1, 2, 3, 4, 5, type == .uint8 ? 255 : -6]
    try session.setInput(0, integers: values.span)
    try session.run()
    let expected = [0, 3, 1, 4, 2, 5].map { values[$0] }
    #expect(try session.integerOutput(0) == expected)
    let bytes = try session.rawOutput(0).map { UInt8(bitPattern: $0) }
    var expectedBytes: [UInt8] = []
    for number in expected { withUnsafeBytes(of: Int64(number).littleEndian) { expectedBytes += $0.prefix(type.byteCount) } }
    #expect(bytes == expectedBytes)
    try session.setInput(0, raw: bytes.span.bytes)
    try session.run()
    #expect(refusal(session, [1, 0, 1, 0, 1, 1 << 40]) == .outOfRange)
    #expect(refusal(session, [1]) == .elementCount)
  }

  @Test func aWideIntegerBeyond32BitsIsRefusedAtTheInput() throws {
    var builder = GraphBuilder(name: "wide")
    let x = builder.addInput("ids", TensorType(.int64, [2]))
    builder.addOutput("y", try builder.add(Binary(.add), [x, x], name: "sum")[0])
    let session = try Session(Model(bytes: compile(builder.graph, options: CompilerOptions()).bytes))
    #expect(refusal(session, [1, 1 << 31]) == .outOfRange)
    #expect(refusal(session, [1, -1 << 31]) == nil)
    let wide: [Int64] = [1, 1 << 31], narrow: [Int32] = [1, 2], fraction: [Float] = [1, 2.5]
    #expect(refusal { () throws(RunError) in try session.setInput(0, raw: wide.span.bytes) } == .outOfRange)
    #expect(refusal { () throws(RunError) in try session.setInput(0, raw: narrow.span.bytes) } == .byteCount)
    #expect(refusal { () throws(RunError) in try session.setInput(0, fraction.span) } == .outOfRange)
  }

  private func refusal(_ session: Session, _ integers: [Int]) -> RunError.Code? {
    refusal { () throws(RunError) in try session.setInput(0, integers: integers.span) }
  }

  private func refusal(_ body: () throws(RunError) -> Void) -> RunError.Code? {
    do throws(RunError) {
      try body()
      return nil
    } catch { return error.code }
  }
}
