import ModelGraph
import ModelImport
import Testing

/// An If whose condition static shapes decide becomes the nodes of the branch that it takes.
@Suite struct ONNXIfTests {
  /// y = axis 1 of x has one element ? squeeze(x) : exp(x + bias), both branches reading x from outside.
  private func model(_ width: Int, edit: (inout ONNXModelBuilder, inout ONNXGraphProto, inout ONNXGraphProto) -> Void = { _, _, _ in })
    -> ONNXModelBuilder
  {
    var then = ONNXModelBuilder()
    then.integers("axes", [1])
    then.node("Squeeze", ["x", "axes"], ["squeezed"])
    then.output("squeezed")
    var other = ONNXModelBuilder()
    other.floats("bias", [1], [1])
    other.node("Add", ["x", "bias"], ["shifted"])
    other.node("Exp", ["shifted"], ["raised"])
    other.output("raised")
    (then.model.graph.name, other.model.graph.name) = ("then", "else")

    var builder = ONNXModelBuilder()
    builder.input("x", [2, .fixed(width)])
    builder.node("Shape", ["x"], ["shape"])
    builder.integers("one", [1], shape: [])
    builder.node("Gather", ["shape", "one"], ["width"])
    builder.node("Equal", ["width", "one"], ["narrow"])
    edit(&builder, &then.model.graph, &other.model.graph)
    builder.node("If", ["narrow"], ["chosen"], ["then_branch": .graph(then.model.graph), "else_branch": .graph(other.model.graph)])
    builder.node("Neg", ["chosen"], ["y"])
    builder.output("y")
    return builder
  }

  @Test func takesTheBranchThatTheShapeDecides() throws {
    let narrow = try model(1).imported()
    #expect(narrow.outputs[0].type.shape == [2])
    #expect(try narrow.evaluated([[3, 4]]) == [[-3, -4]])
    let wide = try model(2).imported()
    #expect(wide.outputs[0].type.shape == [2, 2])
    #expect(isClose(try wide.evaluated([[0, -1, 0, -1]])[0], [-2.7182817, -1, -2.7182817, -1]))
  }

  @Test func branchesMayNest() throws {
    let nested = model(2) { builder, _, other in
      var inner = ONNXModelBuilder()
      inner.node("Tanh", ["x"], ["inner"])
      inner.output("inner")
      var outer = ONNXModelBuilder()
      outer.node("If", ["narrow"], ["picked"], ["then_branch": .graph(inner.model.graph), "else_branch": .graph(other)])
      outer.output("picked")
      other = outer.model.graph
    }
    #expect(isClose(try nested.imported().evaluated([[0, -1, 0, -1]])[0], [-2.7182817, -1, -2.7182817, -1]))
  }

  @Test func refusesWhatItCannotDecideAndWhatIsMalformed() throws {
    func codes(_ builder: ONNXModelBuilder) throws -> [String] { try builder.diagnostics().map(\.code) }
    let atRunTime = model(2) { builder, _, _ in
      builder.model.graph.node.removeAll { $0.opType == "Equal" }
      builder.input("narrow", [], type: .bool)
    }
    let refused = try atRunTime.diagnostics()
    #expect(refused.map(\.code) == ["unsupported-operator"] && refused[0].message.contains("'narrow'"))

    #expect(try codes(model(2) { _, _, other in other.output = [] }) == ["bad-node"])
    #expect(try codes(model(2) { _, _, other in (other.node[0].output, other.node[1].input) = (["width"], ["width"]) }) == ["duplicate-name"])
    #expect(try codes(model(2) { _, _, other in other.node[1].input = ["nowhere"] }) == ["dangling-input"])
    #expect(try codes(model(2) { _, _, other in other.node[1].opType = "Unheard" }) == ["unsupported-operator"])
  }
}
