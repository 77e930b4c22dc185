import ModelGraph
import Testing

/// Einsum against plain sums over every label.
@Suite struct ONNXEinsumTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var equation: String
    var shapes: [[Int]]
    /// The equation written out: one letter an axis, with an output.
    var plain: String?
    var testDescription: String { equation }
  }

  static let cases = [
    Case(equation: "ij,jk->ik", shapes: [[2, 3], [3, 4]]), Case(equation: "bij,bkj->bik", shapes: [[2, 3, 4], [2, 5, 4]]),
    Case(equation: "bhwc,bhkc->bhwk", shapes: [[1, 2, 3, 4], [1, 2, 5, 4]]), Case(equation: "bhwc, hkc -> bhwk", shapes: [[2, 2, 3, 4], [2, 5, 4]]),
    Case(equation: "bqhd,bkhd->bhqk", shapes: [[2, 3, 2, 4], [2, 5, 2, 4]]), Case(equation: "i,j->ij", shapes: [[3], [4]]),
    Case(equation: "i,i->", shapes: [[3], [3]]), Case(equation: "i,i->i", shapes: [[3], [3]]),
    Case(equation: "ij,kj->ki", shapes: [[2, 3], [4, 3]]), Case(equation: "ij,jk", shapes: [[2, 3], [3, 4]], plain: "ij,jk->ik"),
    Case(equation: "kj,ji", shapes: [[2, 3], [3, 4]], plain: "kj,ji->ik"), Case(equation: "ijk->kij", shapes: [[2, 3, 4]]),
    Case(equation: "ijk->j", shapes: [[2, 3, 4]]), Case(equation: "ij,k->i", shapes: [[2, 3], [4]]),
    Case(equation: "...ij,...jk->...ik", shapes: [[2, 3, 4], [2, 4, 5]], plain: "xij,xjk->xik"),
    Case(equation: "...ij,jk", shapes: [[2, 3, 4], [4, 5]], plain: "xij,jk->xik"),
    Case(equation: "i...->...i", shapes: [[2, 3, 4]], plain: "ixy->xyi"), Case(equation: "abcd,abce->abde", shapes: [[2, 1, 3, 2], [2, 1, 3, 4]]),
  ]

  @Test(arguments: cases) func matchesPlainSums(_ item: Case) throws {
    var builder = ONNXModelBuilder()
    let names = ["a", "b"].prefix(item.shapes.count)
    for (name, shape) in zip(names, item.shapes) { builder.input(name, shape.map { .fixed($0) }) }
    builder.node("Einsum", Array(names), ["y"], ["equation": .string(item.equation)])
    builder.output("y")
    let inputs = item.shapes.map { ramp($0.reduce(1, *)) }
    let (shape, expected) = plainSum(item.plain ?? item.equation.filter { $0 != " " }, item.shapes, inputs)
    let graph = try builder.imported()
    #expect(graph.outputs[0].type.shape == shape)
    #expect(isClose(try graph.evaluated(inputs)[0], expected))
  }

  private func plainSum(_ equation: String, _ shapes: [[Int]], _ inputs: [[Float]]) -> ([Int], [Float]) {
    let sides = equation.split(separator: ">", omittingEmptySubsequences: false).map { $0.filter { $0 != "-" } }
    let terms = sides[0].split(separator: ",").map(Array.init), output = Array(sides[1])
    var sizes: [Character: Int] = [:]
    for (term, shape) in zip(terms, shapes) { for (label, size) in zip(term, shape) { sizes[label] = size } }
    let labels = output + sizes.keys.filter { !output.contains($0) }.sorted()
    let counts = labels.map { sizes[$0] ?? 1 }
    let shape = output.map { sizes[$0] ?? 1 }
    var result = [Float](repeating: 0, count: shape.reduce(1, *))
    let inner = counts.dropFirst(output.count).reduce(1, *)
    for number in 0..<counts.reduce(1, *) {
      var (rest, index) = (number, [Character: Int]())
      for (label, count) in zip(labels, counts).reversed() { (index[label], rest) = (rest % count, rest / count) }
      var product: Float = 1
      for (term, values) in zip(terms, inputs) {
        product *= values[term.reduce(0) { $0 * (sizes[$1] ?? 1) + (index[$1] ?? 0) }]
      }
      result[number / inner] += product
    }
    return (shape, result)
  }

  @Test func badEquationsAreExplained() throws {
    func message(_ equation: String, _ a: [ONNXModelBuilder.Dimension], _ b: [ONNXModelBuilder.Dimension]) throws -> String {
      var builder = ONNXModelBuilder()
      builder.input("a", a)
      builder.input("b", b)
      builder.node("Einsum", ["a", "b"], ["y"], ["equation": .string(equation)])
      builder.output("y")
      return try builder.diagnostics().map { "\($0.code) \($0.message)" }.joined()
    }
    #expect(try message("ii,ij->j", [2, 2], [2, 3]).contains("diagonals"))
    #expect(try message("ij,jk->il", [2, 3], [3, 4]).contains("'l'"))
    #expect(try message("ij,jk->ik", [2, 3], [4, 4]).contains("bad-shape"))
    #expect(try message("ijk,jk->ik", [2, 3], [3, 4]).contains("rank 2"))
    #expect(try message("ij->ik", [2, 3], [3, 4]).contains("1 terms for 2"))
    #expect(try message("i1,jk->ik", [2, 3], [3, 4]).contains("letters"))
    #expect(try message("ij,jk->ik->k", [2, 3], [3, 4]).contains("'->'"))
    #expect(try message("......,jk->jk", [2, 3], [3, 4]).contains("'...'"))
  }
}
