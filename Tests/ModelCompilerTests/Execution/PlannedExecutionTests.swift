import CKernels
import ModelCompiler
import ModelGraph
import Swiftlet
import Testing

/// A net gives the same whether its values share memory or keep a place each.
@Suite struct PlannedExecutionTests {
  @Test(arguments: 0..<40) func sharingMemoryChangesNothing(seed: Int) throws {
    let net = try RandomNet(seed: seed)
    let plan = try Reference(net.graph, net.inputs).plan
    let packed = [CompilerOptions(), CompilerOptions(plan: plan), mixed(plan, net.graph)]
    for options in packed + packed.map(Self.withoutOverlaps) {
      var keeping = options
      keeping.keepsAllValues = true
      let (planned, kept) = (try compile(net.graph, options: options), try compile(net.graph, options: keeping))
      let inputs = net.inputs.map(\.floats)
      let expected = try Session(Model(bytes: kept.bytes)).run(inputs)
      let session = try Session(Model(bytes: planned.bytes))
      #expect(try session.run(inputs) == expected, "seed \(seed)")
      #expect(try session.run(inputs) == expected, "seed \(seed), second run")
      #expect(planned.arenaBytes <= kept.arenaBytes)
      #expect(planned.lowerBoundBytes <= planned.arenaBytes && kept.lowerBoundBytes <= kept.arenaBytes, "seed \(seed)")
      #expect(try #require(session.model.arenaPeak()).bytes <= planned.arenaBytes, "seed \(seed)")
      #expect(planned.bytes == (try compile(net.graph, options: options).bytes))
    }
  }

  @Test(arguments: 0..<40) func aPlanForLatencyKeepsOutputsOffInputs(seed: Int) throws {
    let net = try RandomNet(seed: seed)
    let plan = try Reference(net.graph, net.inputs).plan
    for options in [CompilerOptions(), CompilerOptions(plan: plan), mixed(plan, net.graph)].map(Self.withoutOverlaps) {
      let model = try Model(bytes: compile(net.graph, options: options).bytes)
      #expect(model.programs[0].plan == .latency)
      for instruction in model.instructions {
        let output = model.tensors[try #require(instruction.outputs.first)]
        let start = try #require(output.arenaOffset)
        for (position, input) in instruction.inputs.map({ model.tensors[$0] }).enumerated() {
          guard let other = input.arenaOffset, start < other + input.byteCount, other < start + output.byteCount else { continue }
          let isInPlace = start == other && output.byteCount == input.byteCount
          let isResidual = position == 1 && ["conv2d_s8", "gemm_s8"].contains(instruction.operatorName)
          #expect(
            isInPlace && (isResidual || Self.elementwise.contains(instruction.operatorName)), "seed \(seed): \(instruction.operatorName)")
        }
      }
    }
  }

  private static let elementwise = ["table_s8", "binary_s8", "unary_f32", "binary_f32"]

  private static func withoutOverlaps(_ options: CompilerOptions) -> CompilerOptions {
    var options = options
    options.overlaps = false
    return options
  }

  /// The plan with every third node in float.
  private func mixed(_ plan: QuantizationPlan, _ graph: Graph) -> CompilerOptions {
    var plan = plan
    for node in graph.nodes where node.id.index % 3 == 0 { plan.precisions[node.id] = .float32 }
    return CompilerOptions(plan: plan)
  }

  @Test func everyValueIsKeptForObservers() throws {
    let net = try RandomNet(seed: 4)
    let reference = try Reference(net.graph, net.inputs)
    var options = CompilerOptions()
    options.keepsAllValues = true
    let model = try compile(net.graph, options: options)
    let session = try Session(Model(bytes: model.bytes))
    _ = try session.run(net.inputs.map(\.floats))
    let file = FileView(bytes: model.bytes)
    for node in net.graph.nodes {
      for value in node.outputs {
        let tensor = try #require(model.tensors[value])
        #expect(file.string(file.tensors[tensor].name) == net.graph[value].name)
        let expected = try #require(reference.values[value]).floats
        let found = try session.tensorFloats(tensor)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(node.name)")
      }
    }
  }

  @Test func bytesAreDeterministicAndOverlapsMakeAPlanForMemory() throws {
    let model = try compile(try NetBuilder.cnn(), options: CompilerOptions())
    #expect(try compile(try NetBuilder.cnn(), options: CompilerOptions()).bytes == model.bytes)
    #expect(try Model(bytes: model.bytes).programs[0].arenaBytes == model.arenaBytes)
  }
}
