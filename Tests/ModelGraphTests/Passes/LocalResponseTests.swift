import ModelGraph
import Testing

/// The chain that PyTorch writes for LocalResponseNorm becomes one operator.
@Suite struct LocalResponseTests {
  /// x / (k + alpha * mean)^beta, the mean by padding and averaging [N, 1, C, H, W] over windows of `size` channels.
  private func chain(size: Int, before: Int, average: Pool2D? = nil, squared: Bool = true) throws -> (Graph, [Float]) {
    var builder = GraphBuilder(name: "lrn")
    let (n, c, h, w) = (2, 6, 3, 2)
    let x = builder.addInput("x", TensorType(.float32, [n, c, h, w]))
    func add(_ op: some Operator, _ inputs: ValueID?..., name: String) throws -> ValueID { try builder.add(op, inputs, name: name)[0] }
    func number(_ value: Float) -> ValueID { builder.addConstant(Tensor(shape: [], floats: [value])) }
    let square = squared ? try add(Binary(.multiply), x, x, name: "square") : x
    let row = try add(Reshape(shape: [n, c, h * w, 1]), square, name: "row")
    let padded = try add(Pad(before: [0, before, 0, 0], after: [0, size - 1 - before, 0, 0]), row, name: "pad")
    let pool = average ?? Pool2D(.average, kernel: Size2D(size, 1))
    let mean = try add(Reshape(shape: [n, c, h, w]), try add(pool, padded, name: "pool"), name: "mean")
    let scaled = try add(Binary(.multiply), mean, number(0.5), name: "scaled")
    let sum = try add(Binary(.add), scaled, number(2), name: "sum")
    let power = try add(Binary(.power), sum, number(0.75), name: "power")
    builder.addOutput("y", try add(Binary(.divide), x, power, name: "y"))
    return (builder.graph, (0..<n * c * h * w).map { Float($0 % 11) - 5 })
  }

  @Test(arguments: [(5, 2), (4, 2), (4, 1), (3, 1)]) func aChainBecomesOneOperator(size: Int, before: Int) throws {
    let (graph, x) = try chain(size: size, before: before)
    let optimized = try graph.optimized()
    let op = try #require(optimized.nodes.first?.op as? LocalResponse)
    #expect(optimized.nodes.count == 1)
    #expect(op == LocalResponse(axis: 1, before: before, after: size - 1 - before, alpha: 0.5 / Float(size), beta: 0.75, bias: 2))
    var expected: [Float] = []
    for place in x.indices {
      let channel = place / 6 % 6
      let sum = (max(0, channel - before)...min(5, channel + size - 1 - before)).reduce(Float(0)) { sum, other in
        let value = x[place + (other - channel) * 6]
        return sum + value * value
      }
      let root = 1 / (2 + 0.5 / Float(size) * sum).squareRoot()
      expected.append(x[place] * root * root.squareRoot())
    }
    let found = try #require(evaluate(op, [Tensor(shape: [2, 6, 3, 2], floats: x)])?.first).floats
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-5 })
  }

  @Test func whatIsNoWindowMeanStays() throws {
    // Another source than the square of x; a window that the padding does not centre; an average that leaves the padding out.
    for (graph, _) in [
      try chain(size: 3, before: 1, squared: false), try chain(size: 5, before: 0),
      try chain(size: 3, before: 0, average: Pool2D(.average, kernel: Size2D(3, 1))),
    ] {
      #expect(try !graph.optimized().nodes.contains { $0.op is LocalResponse })
    }
  }

  @Test func windowsLargerThanTheAxisAndBadAttributes() {
    let x = TensorType(.float32, [1, 3, 2, 2])
    #expect(throws: Never.self) { try LocalResponse(axis: 1, before: 9, after: 9, alpha: 1, beta: 1, bias: 1).outputTypes(of: [x]) }
    for op in [
      LocalResponse(axis: 4, before: 1, after: 1, alpha: 1, beta: 1, bias: 1),
      LocalResponse(axis: 1, before: -1, after: 1, alpha: 1, beta: 1, bias: 1),
      LocalResponse(axis: 1, before: 1, after: 1, alpha: .nan, beta: 1, bias: 1),
    ] { #expect(throws: ShapeError.self) { try op.outputTypes(of: [x]) } }
  }
}
