import Foundation
import ModelGraph
import ModelImport
import SystemPackage
import Testing
import _TestSupport

/// What is asked of a whole model: inputs, outputs, operator sets, structure.
@Suite struct ONNXModelTests {
  /// x [batch, 1, h, w] -> Relu -> r -> Neg -> y
  static func chain(_ shape: [ONNXModelBuilder.Dimension], opset: Int = 17) -> ONNXModelBuilder {
    var builder = ONNXModelBuilder(opset: opset)
    builder.input("x", shape)
    builder.node("Relu", ["x"], ["relu_out"])
    builder.node("Neg", ["relu_out"], ["y"])
    builder.output("y")
    return builder
  }

  @Test func unknownBatchIsOne() throws {
    let graph = try Self.chain(["batch", 1, 28, 28]).imported()
    #expect(graph.inputs.map(\.name) == ["x"] && graph.inputs[0].type == TensorType(.float32, [1, 1, 28, 28]))
    #expect(graph.outputs.map(\.name) == ["y"] && graph.outputs[0].type.shape == [1, 1, 28, 28])
  }

  @Test func otherDynamicDimensionsNeedTheFlag() throws {
    let model = Self.chain(["batch", 1, "height", 28])
    let diagnostics = try model.diagnostics()
    #expect(diagnostics.count == 1 && diagnostics[0].node == "x")
    #expect(diagnostics[0].hint.contains("--shape x=1,1,height,28"))
    #expect(try model.imported(shapes: ["x": [2, 1, 14, 28]]).outputs[0].type.shape == [2, 1, 14, 28])
  }

  @Test func aShapeThatContradictsTheModelNamesBoth() throws {
    for wrong in [[1, 3, 28, 28], [1, 784]] {
      let message = try #require(try Self.chain([1, 1, 28, 28]).diagnostics(shapes: ["x": wrong]).first).description
      #expect(
        message.contains("--shape") && message.contains("[1,1,28,28]")
          && message.contains("[\(wrong.map(String.init).joined(separator: ","))]"))
    }
  }

  @Test func aShapeForNoInputListsTheInputs() throws {
    let diagnostics = try Self.chain([1, 4]).diagnostics(shapes: ["image": [1, 4]])
    #expect(diagnostics.count == 1 && diagnostics[0].description.contains("'image'") && diagnostics[0].hint.contains("x"))
  }

  @Test func dimensionsOfOneNameAreEqual() throws {
    var builder = ONNXModelBuilder()
    builder.input("a", ["n", "time"])
    builder.input("b", ["n", "time"])
    builder.node("Add", ["a", "b"], ["y"])
    builder.output("y")
    #expect(try builder.imported(shapes: ["a": [3, 5]]).inputs.map(\.type.shape) == [[3, 5], [3, 5]])
  }

  @Test func outputsCutTheNet() throws {
    let graph = try Self.chain([1, 4]).imported(outputs: ["relu_out"])
    #expect(graph.nodes.map(\.sourceOperator) == ["Relu"] && graph.outputs.map(\.name) == ["relu_out"])
  }

  @Test func anUnknownOutputSuggestsTheNearest() throws {
    let diagnostics = try Self.chain([1, 4]).diagnostics(outputs: ["relu_ouf"])
    #expect(diagnostics.map(\.code) == ["unknown-output"] && diagnostics[0].hint.contains("'relu_out'"))
    #expect(try Self.chain([1, 4]).diagnostics(outputs: ["y", "y"]).map(\.code) == ["duplicate-name"])
  }

  @Test func cuttingBeforeAnUnsupportedNodeImports() throws {
    var builder = Self.chain([1, 4])
    builder.node("Bogus", ["y"], ["z"])
    builder.model.graph.output[0].name = "z"
    #expect(try builder.diagnostics().map(\.code) == ["unsupported-operator"])
    #expect(try builder.imported(outputs: ["y"]).nodes.count == 2)
  }

  @Test func everyUnsupportedNodeIsListed() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [1, 4])
    builder.node("Bogus", ["x"], ["a"])
    builder.node("Relu", ["a"], ["b"])
    builder.node("Mystery", ["b"], ["c"], domain: "com.example")
    builder.node("Loop", ["x"], ["d"])
    builder.node("Add", ["c", "d"], ["y"])
    builder.output("y")
    let diagnostics = try builder.diagnostics()
    #expect(diagnostics.map(\.sourceOperator) == ["Bogus", "com.example:Mystery", "Loop"])
    #expect(diagnostics[0].inputs == [TensorType(.float32, [1, 4])])
    #expect(diagnostics.allSatisfy { !$0.hint.isEmpty && $0.node.contains("_") })
  }

  @Test(arguments: [1, 6, 7, 13, 23, 28]) func supportedOperatorSets(opset: Int) throws {
    #expect(try Self.chain([1, 4], opset: opset).imported().nodes.count == 2)
  }

  @Test(arguments: [0, 29, -1]) func otherOperatorSetsAreRefused(opset: Int) throws {
    #expect(try Self.chain([1, 4], opset: opset).diagnostics().map(\.code) == ["unsupported-opset"])
  }

  @Test func aMissingOperatorSetIsRefused() throws {
    var builder = Self.chain([1, 4])
    builder.model.opsetImport = []
    #expect(try builder.diagnostics().map(\.code) == ["unsupported-opset"])
  }

  @Test func initializersThatAreInputsTooAreConstants() throws {
    var builder = ONNXModelBuilder(opset: 7)
    builder.input("x", [1, 2])
    builder.input("w", [2])
    builder.floats("w", [2], [10, 20])
    builder.node("Add", ["x", "w"], ["y"])
    builder.output("y")
    let graph = try builder.imported()
    #expect(graph.inputs.map(\.name) == ["x"])
    #expect(try graph.evaluated([[1, 2]]) == [[11, 22]])
  }

  @Test func cyclesDanglingInputsAndDuplicatesAreErrors() throws {
    var cycle = ONNXModelBuilder()
    cycle.input("x", [1])
    cycle.node("Add", ["x", "b"], ["a"])
    cycle.node("Relu", ["a"], ["b"])
    cycle.output("b")
    #expect(try cycle.diagnostics().map(\.code) == ["graph-cycle"])
    var dangling = ONNXModelBuilder()
    dangling.input("x", [1])
    dangling.node("Add", ["nowhere", "x"], ["a"])
    dangling.node("Add", ["a", "neither"], ["y"])
    dangling.output("y")
    #expect(Set(try dangling.diagnostics().map(\.code)) == ["dangling-input"])
    #expect(try dangling.diagnostics().count == 2)
    var duplicate = Self.chain([1, 4])
    duplicate.node("Abs", ["x"], ["y"])
    #expect(try duplicate.diagnostics().map(\.code) == ["duplicate-name"])
  }

  @Test func aSecondOutputIsRefusedOnlyWhereItIsRead() throws {
    var builder = ONNXModelBuilder(opset: 23)
    builder.input("x", [1, 4])
    builder.floats("scale", [4], [1, 2, 3, 4])
    builder.node("SimplifiedLayerNormalization", ["x", "scale"], ["a", "inverse"])
    builder.node("Relu", ["a"], ["y"])
    builder.output("y")
    #expect(try builder.imported().nodes.count == 2)
    builder.output("inverse")
    #expect(try builder.diagnostics().map(\.code) == ["unsupported-operator"])
  }

  @Test func aLongChainNeedsNoCallStack() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [1])
    for index in 0..<20_000 { builder.node("Neg", [index == 0 ? "x" : "v\(index)"], ["v\(index + 1)"]) }
    builder.output("v20000")
    #expect(try builder.imported().nodes.count == 20_000)
  }

  @Test func integerActivationsAreRefusedByFunctionsOfFloats() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [1, 4], type: .int64)
    builder.node("Sigmoid", ["x"], ["y"])
    builder.output("y")
    #expect(try builder.diagnostics().map(\.code) == ["unsupported-type"])
  }

  @Test func halfPrecisionInputsAreFloat() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [1, 4], type: .float16)
    builder.node("Cast", ["x"], ["f"], ["to": .int(1)])
    builder.node("Relu", ["f"], ["y"])
    builder.output("y")
    let graph = try builder.imported()
    #expect(graph.inputs[0].type == TensorType(.float32, [1, 4]) && graph.nodes.count == 1)
  }

  @Test(arguments: ["mlp10", "mlp128", "convnet", "resnet", "mobilenet", "denoiser", "conv-autoencoder"])
  func bundledNetsImport(name: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let graph = try importModel(at: .init(root.appending(path: "Examples/digits/\(name).onnx").path), options: ImportOptions())
    #expect(graph.inputs.map(\.type.shape) == [[1, 1, 28, 28]] && graph.outputs.count == 1)
  }

  @Test(
    .enabled(if: SharedFolder.has("models"), "needs ../shared/models"),
    arguments: [
      ("ort_mnist8", [[1, 10]]), ("rl_go1", [[1, 12]]), ("squeezenet_fp16", [[1, 1000, 1, 1]]),
      ("ultraface_rfb320", [[1, 4420, 2], [1, 4420, 4]]),
    ])
  func realModelsImport(name: String, outputs: [[Int]]) throws {
    let graph = try importModel(at: .init(SharedFolder.path("models/\(name)/model.onnx")), options: ImportOptions())
    #expect(graph.outputs.map(\.type.shape) == outputs)
  }

  @Test(
    .enabled(if: SharedFolder.has("models"), "needs ../shared/models"),
    arguments: ["dtln_1", "llama_stories260k", "ppocr_cls", "ppocr_rec_en", "sr_fsrcnn_s_x2", "yunet_n"])
  func realModelsOfLaterOperatorsListWhatIsMissing(name: String) throws {
    do {
      _ = try importModel(at: .init(SharedFolder.path("models/\(name)/model.onnx")), options: ImportOptions())
    } catch {
      #expect(!error.diagnostics.isEmpty && error.diagnostics.allSatisfy { !$0.hint.isEmpty && !$0.message.isEmpty }, "\(error)")
    }
  }
}
