import ModelGraph
import Testing
import _TestSupport

@Suite struct SimplificationTests {
  @Test func identitiesVanish() throws {
    var net = NCHWBuilder()
    let x = net.input([2, 3, 4])
    var y = try net.node(Unary(.tanh), x)
    y = try net.node(Reshape(shape: [2, 3, 4]), y)
    y = try net.node(Transpose(permutation: [0, 1, 2]), y)
    y = try net.node(Unary(.clip(lower: -.infinity, upper: .infinity)), y)
    y = try net.node(Pad(before: [0, 0, 0], after: [0, 0, 0]), y)
    y = try net.node(Slice(starts: [0, 0, 0], counts: [2, 3, 4], steps: [1, 1, 1]), y)
    y = try net.node(Broadcast(shape: [2, 3, 4]), y)
    y = try net.node(Concat(axis: 1), y)
    y = try net.node(Binary(.multiply), net.builder.addConstant(Tensor(shape: [4], floats: [1, 1, 1, 1])), y)
    y = try net.node(Binary(.subtract), y, net.scalar(0))
    y = try net.node(Reshape(shape: [6, 4]), try net.node(Reshape(shape: [24]), y))
    net.output(y)
    #expect(try checkedOptimization(net.graph).operators == ["Unary", "Reshape"])
  }

  @Test func whatOnlyLooksLikeAnIdentityStays() throws {
    func operators(_ op: some Operator, _ shape: [Int]) throws -> [String] {
      var net = NCHWBuilder()
      net.output(try net.node(op, try net.node(Unary(.tanh), net.input(shape))))
      return try checkedOptimization(net.graph).operators
    }
    #expect(try operators(Slice(starts: [2], counts: [3], steps: [-1]), [3]) == ["Unary", "Slice"])
    #expect(try operators(Broadcast(shape: [2, 3]), [3]) == ["Unary", "Broadcast"])
    #expect(try operators(Reduce(.sum, axes: [0], keepsDimensions: true), [2, 3]) == ["Unary", "Reduce"])
    #expect(try operators(Transpose(permutation: [1, 0]), [2, 3]).count == 1, "the output remembers the order")
    #expect(try operators(Transpose(permutation: [1, 0]), [1, 3]).contains("Transpose") == false)
  }

  @Test func constantsFoldMergeAndDie() throws {
    var net = NCHWBuilder()
    let x = net.input([2, 3])
    let unused = try net.node(Unary(.exp), x)
    _ = try net.dense(unused, 4)
    let folded = try net.node(Unary(.negate), try net.node(Binary(.add), net.scalar(1), net.scalar(2)))
    var y = try net.node(Unary(.tanh), try net.node(Binary(.multiply), x, folded))
    y = try net.node(Unary(.tanh), try net.node(Binary(.multiply), y, net.scalar(-3)))
    net.output(y)
    let graph = try checkedOptimization(net.graph)
    #expect(graph.operators == ["Binary", "Unary", "Binary", "Unary"])
    #expect(graph.nodes[0].inputs[1] == graph.nodes[2].inputs[1])
    #expect(graph.values.count { $0.constant != nil } == 1)
    #expect(graph.values.count == net.graph.values.count)
  }

  @Test func positiveAndNegativeZeroStayApart() throws {
    var net = NCHWBuilder()
    let x = net.input([2])
    net.output(try net.node(Binary(.power), x, net.scalar(0)), "a")
    net.output(try net.node(Binary(.divide), x, net.scalar(-0.0)), "b")
    #expect(try net.graph.optimized().values.count { $0.constant != nil } == 2)
  }

  @Test func outputsMayBeInputsOrConstants() throws {
    var net = NCHWBuilder()
    let x = net.input([2, 3])
    net.output(x, "input")
    net.output(try net.node(Reshape(shape: [2, 3]), x), "copy")
    net.output(try net.node(Unary(.exp), net.scalar(1)), "constant")
    #expect(try checkedOptimization(net.graph).outputs.count == 3)
  }

  @Test func numbersThatAreNotFinite() throws {
    func codes(_ build: (inout NCHWBuilder, ValueID) throws -> ValueID) throws -> [String] {
      var net = NCHWBuilder()
      let x = net.input([1, 2])
      net.output(try net.node(Unary(.tanh), try build(&net, try net.node(Unary(.tanh), x))))
      do {
        _ = try net.graph.optimized()
        return []
      } catch {
        return error.diagnostics.map { "\($0.code) \($0.node)" }
      }
    }
    func constant(_ net: inout NCHWBuilder, _ value: Float) -> ValueID { net.builder.addConstant(Tensor(shape: [2], floats: [1, value])) }
    func weight(_ net: inout NCHWBuilder, _ value: Float) -> ValueID {
      net.builder.addConstant(Tensor(shape: [2, 2], floats: [1, value, 0, 0]))
    }
    for value in [Float.nan, .infinity, -.infinity] {
      #expect(try codes { try $0.node(Dense(), $1, weight(&$0, value), nil) } == ["non-finite-weight n2"])
      #expect(try codes { try $0.node(Dense(), $1, weight(&$0, 1), constant(&$0, value)) } == ["non-finite-weight n2"])
      let norm = try codes { try $0.node(Binary(.multiply), $1, constant(&$0, value), source: "BatchNormalization") }
      #expect(norm == ["non-finite-weight n2"])
    }
    #expect(try codes { try $0.node(Binary(.add), $1, constant(&$0, .nan)) } == ["non-finite-weight n2"])
    #expect(try codes { try $0.node(Pad(before: [0, 1], after: [0, 0], value: .nan), $1) } == ["non-finite-weight n2"])
    #expect(try codes { try $0.node(Unary(.clip(lower: .nan, upper: 1)), $1) } == ["non-finite-weight n2"])
    #expect(try codes { try $0.node(Binary(.add), $1, constant(&$0, -.infinity)) } == [])
    #expect(try codes { try $0.node(Pad(before: [0, 1], after: [0, 0], value: -.infinity), $1) } == [])
    #expect(try codes { try $0.node(Unary(.clip(lower: 0, upper: .infinity)), $1) } == [])
    // A NaN that nothing reads is no fault; all offenders are listed at once.
    #expect(
      try codes { net, x in
        _ = try net.node(Binary(.add), x, constant(&net, .nan))
        return x
      } == [])
    #expect(
      try codes { net, x in
        try net.node(Binary(.add), try net.node(Binary(.add), x, constant(&net, .nan)), try net.node(Dense(), x, weight(&net, .nan), nil))
      }.count == 2)
  }
}
