import CKernels
import ModelCompiler
import ModelGraph
import Testing
import _TestSupport

@Suite struct EncodeTests {
  private func compiled(_ options: CompilerOptions = CompilerOptions()) throws -> CompiledModel {
    try compile(try NetBuilder.cnn(), options: options)
  }

  @Test func sectionsAscendAlignedAndFillTheFile() throws {
    var options = CompilerOptions()
    options.metadata = [("source", "cnn.onnx"), ("note", "é")]
    let file = FileView(bytes: try compiled(options).bytes)
    let header = file.header
    #expect(withUnsafeBytes(of: header.magic) { Array($0) } == [0x89, 0x53, 0x57, 0x4C, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(header.version == 1 && header.total_bytes == UInt64(file.bytes.count))
    #expect(file.sections.map(\.kind) == [1, 2, 3, 4, 5, 6, 7])
    var end = UInt64(128 + 24 * 7)
    for section in file.sections {
      #expect(section.offset % (section.kind == CK_SECTION_CONSTANTS.rawValue ? 4096 : 64) == 0)
      #expect(section.offset >= end)
      #expect(file.bytes[Int(end)..<Int(section.offset)].allSatisfy { $0 == 0 })
      end = section.offset + section.bytes
    }
    #expect(end == header.total_bytes)
  }

  @Test func digestsCoverStructureAndConstants() throws {
    let file = FileView(bytes: try compiled().bytes)
    var structure: [UInt8] = [1, 0, 0, 0, 1, 0, 0, 0]
    for section in file.sections where section.kind <= 5 {
      let length = (0..<8).map { UInt8(truncatingIfNeeded: section.bytes >> (8 * UInt64($0))) }
      structure += [UInt8(section.kind), 0, 0, 0, 0, 0, 0, 0] + length
      structure += file.bytes[Int(section.offset)..<Int(section.offset + section.bytes)]
    }
    #expect(withUnsafeBytes(of: file.header.structure_digest) { Array($0) } == sha256(structure))
    #expect(withUnsafeBytes(of: file.header.constants_digest) { Array($0) } == sha256(file.content(CK_SECTION_CONSTANTS)))
  }

  @Test func metadataIsPairsBehindTheirDigest() throws {
    var options = CompilerOptions()
    options.metadata = [("k", "value"), ("", "")]
    let section = FileView(bytes: try compiled(options).bytes).content(CK_SECTION_METADATA)
    #expect(Array(section[..<32]) == sha256(Array(section[32...])))
    #expect(
      Array(section[32...]) == [2, 0, 0, 0, 1, 0, 0, 0, 0x6B, 5, 0, 0, 0] + Array("value".utf8) + [0, 0, 0, 0, 0, 0, 0, 0])
    #expect(FileView(bytes: try compiled().bytes).sections.count == 6)
  }

  @Test func recordsStayInsideArenaAndConstants() throws {
    let model = try compiled()
    let file = FileView(bytes: model.bytes)
    let program = try #require(file.programs.first)
    #expect(program.arena_bytes == UInt64(model.arenaBytes) && program.arena_bytes % 64 == 0)
    #expect(program.lower_bound_bytes == UInt64(model.lowerBoundBytes))
    let constants = UInt64(file.content(CK_SECTION_CONSTANTS).count)
    for tensor in file.tensors {
      #expect(tensor.offset % 16 == 0)
      #expect(tensor.offset + tensor.bytes <= (tensor.storage == 0 ? program.arena_bytes : constants), "\(file.string(tensor.name))")
    }
    for instruction in file.instructions {
      for constant in withUnsafeBytes(of: instruction.constant, { Array($0.bindMemory(to: ck_constant.self)) }) {
        #expect(constant.offset % 16 == 0 && constant.offset + constant.bytes <= constants)
      }
      #expect(instruction.scratch_offset + instruction.scratch_bytes <= program.arena_bytes)
    }
    #expect(
      file.instructions.map { file.string($0.name) } == ["stem", "dw0", "pw0", "add0", "dw1", "pw1", "add1", "mean", "dense", "softmax"])
    let expected = 16 * 16 * (8 * 27 + 2 * (8 * 9 + 8 * 8)) + 80
    #expect(program.macs == UInt64(expected))
  }

  @Test func theSameInputGivesTheSameBytes() throws {
    #expect(try compiled().bytes == compiled().bytes)
  }

  @Test func bindingsKeepTheCallersView() throws {
    var net = NetBuilder(seed: 3)
    let x = net.builder.addInput("nchw", TensorType(.float32, [1, 3, 4, 5]))
    net.builder.addOutput("y", try net.add(Unary(.abs), x))
    var graph = net.builder.graph
    graph[x].type = TensorType(.float32, [1, 4, 5, 3])
    graph[graph.outputs[0].value].type = TensorType(.float32, [1, 4, 5, 3])
    graph.inputs[0].permutation = [0, 2, 3, 1]
    graph.inputs[0].normalization = Normalization(mean: [1, 2, 3], std: [2, 4, 8], channelAxis: 1)
    graph.outputs[0].type = TensorType(.float32, [1, 3, 4, 5])
    graph.outputs[0].permutation = [0, 2, 3, 1]
    let file = FileView(bytes: try compile(graph, options: CompilerOptions()).bytes)
    let input = try #require(file.bindings.first)
    #expect(file.string(input.name) == "nchw" && input.rank == 4 && input.channel_axis == 1 && input.channel_count == 3)
    #expect(withUnsafeBytes(of: input.permutation) { Array($0) } == [0, 2, 3, 1, 4, 5])
    #expect(withUnsafeBytes(of: input.dims) { Array($0.bindMemory(to: UInt32.self)) } == [1, 3, 4, 5, 1, 1])
    let constants = file.content(CK_SECTION_CONSTANTS)
    let values = constants[Int(input.normalization)..<Int(input.normalization) + 24].withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
    #expect(values == [1, 2, 3, 0.5, 0.25, 0.125])
    #expect(file.bindings.count == 2 && file.bindings[1].kind == CK_BINDING_OUTPUT.rawValue)
  }
}
