import ModelGraph
import ModelImport
import Testing

@Suite struct ONNXDetectionTests {
  private func model(_ limit: [Int64]?, boxes: [ONNXModelBuilder.Dimension] = [2, 6, 4], attributes: [String: ONNXModelBuilder.Attribute] = [:])
    -> ONNXModelBuilder
  {
    var builder = ONNXModelBuilder(opset: 11)
    builder.input("boxes", boxes)
    builder.input("scores", [2, 3, 6])
    if let limit { builder.integers("limit", limit) }
    builder.floats("iou", [1], [0.5])
    builder.floats("score", [1], [0.25])
    builder.node("NonMaxSuppression", ["boxes", "scores", limit == nil ? "" : "limit", "iou", "score"], ["y"], attributes)
    builder.output("y")
    return builder
  }

  @Test func theOutputHasAsManyRowsAsThereCanBe() throws {
    let graph = try model([4]).imported()
    let op = try #require(graph.nodes.first?.op as? NonMaxSuppression)
    let expected = NonMaxSuppression(
      limit: 4, rows: 24, givesTriples: true, fill: -1, overlapThreshold: 0.5, includesThreshold: false, scoreThreshold: 0.25,
      elementType: .int64)
    #expect(op == expected)
    #expect(graph.outputs.map(\.type) == [TensorType(.int64, [24, 3])])
    #expect(graph.paddedRows.map(\.code) == ["padded-rows"])
    #expect(graph.paddedRows.first?.message.contains("24 rows") == true)
    let more = try model([1000], attributes: ["center_point_box": .int(1)]).imported()
    #expect((more.nodes.first?.op as? NonMaxSuppression)?.limit == 6, "no more than there are boxes")
    #expect((more.nodes.first?.op as? NonMaxSuppression)?.form == .centre)
  }

  @Test func whatSelectsNothingOrDoesNotFitIsRefused() throws {
    #expect(try model(nil).diagnostics().map(\.code) == ["unsupported-operator"])
    #expect(try model([0]).diagnostics().map(\.code) == ["unsupported-operator"])
    #expect(try model([3, 3]).diagnostics().map(\.code) == ["bad-node"])
    #expect(try model([3], boxes: [2, 6, 5]).diagnostics().map(\.code) == ["bad-shape"])
    #expect(try model([3], boxes: [2, 7, 4]).diagnostics().map(\.code) == ["bad-shape"])
    #expect(try model([3], boxes: [6, 4]).diagnostics().map(\.code) == ["bad-node"])
    #expect(try model([.max], boxes: [2, 6, 4]).imported().outputs[0].type.shape == [36, 3])
    var dynamic = ONNXModelBuilder(opset: 11)
    dynamic.input("boxes", [1, 6, 4])
    dynamic.input("scores", [1, 1, 6])
    dynamic.input("limit", [1], type: .int64)
    dynamic.node("NonMaxSuppression", ["boxes", "scores", "limit"], ["y"])
    dynamic.output("y")
    #expect(try dynamic.diagnostics().map(\.code) == ["unsupported-operator"])
  }
}
