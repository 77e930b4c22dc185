import CKernels
import Foundation
import Swiftlet
import Testing

@Suite struct ModelTests {
  private func withFile<R>(_ bytes: [UInt8], _ body: (String) throws -> R) throws -> R {
    let path = FileManager.default.temporaryDirectory.appending(path: "swiftlet-\(UUID().uuidString).swl").path
    try Data(bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  @Test func describesWhatTheFileHolds() throws {
    let bytes = SampleModel(hasMetadata: true).builder.build()
    let model = try withFile(bytes) { try Model(contentsOfFile: $0) }
    #expect(model.fileBytes == bytes.count && model.formatVersion == 1)
    let image = model.inputs[0]
    #expect(image.name == "image" && image.shape == [1, 2, 3, 3] && image.elementType == .int8 && image.sourceType == .float32)
    #expect(image.scale == SampleModel.imageScale && image.zeroPoint == 3 && image.byteCount == 18 && image.elementCount == 18)
    #expect(model.outputs.map(\.name) == ["sum"])
    #expect(model.instructions.map(\.operatorName) == ["table_s8", "gemm_s8", "binary_s8", "table_s8"])
    #expect(model.instructions.map(\.macs) == [0, 72, 0, 0])
    #expect(model.instructions[1].constantBytes == 320 + 3 * 64)
    #expect(model.instructions[1].precision == .int8)
    #expect(model.programs[0].instructions == 0..<3 && model.programs[1].instructions == 3..<4)
    #expect(model.metadata.map(\.key) == ["source", "größe"] && model.metadata.map(\.value) == ["sample.onnx", "klein"])
    #expect(try Session(model).run([SampleModel.image])[0].count == 4)
  }

  @Test func namesWhatHoldsTheArenasPeak() throws {
    let model = try Model(bytes: SampleModel().builder.build())
    // memory 4 (a state, always), image 18, negated 18 at the first instruction.
    let peak = try #require(model.arenaPeak())
    #expect(peak.instruction == 0 && peak.bytes == 40 && peak.scratchBytes == 0)
    #expect(peak.tensors.map { model.tensors[$0].name } == ["image", "negated", "memory"])
    // Two tensors in the same place count once.
    #expect(model.arenaPeak(program: 1)?.bytes == 5)
    #expect(model.arenaPeak(program: 2) == nil)
  }

  @Test func metadataCanBeStrippedAndDamageIsNoticed() throws {
    #expect(try Model(bytes: SampleModel().builder.build()).metadata.isEmpty)
    let file = SampleModel(hasMetadata: true).builder.build()
    let range = try #require(SwlBuilder.sections(of: file)[7])
    for offset in range {
      var damaged = file
      damaged[offset] ^= 0x10
      #expect(throws: ModelError.self, "byte \(offset)") { try Model(bytes: damaged) }
    }
    // A sound digest over lies about lengths.
    for word in stride(from: range.lowerBound + 32, to: range.upperBound - 3, by: 4) {
      var damaged = file
      damaged.replaceSubrange(word..<word + 4, with: [0xFF, 0xFF, 0xFF, 0xFF])
      damaged.replaceSubrange(
        range.lowerBound..<range.lowerBound + 32, with: SwlBuilder.sha256(Array(damaged[(range.lowerBound + 32)..<range.upperBound])))
      #expect(throws: ModelError.self, "word \(word)") { try Model(bytes: damaged) }
    }
  }

  /// Validation is of a private copy: rubbish written over the whole mapped file spoils results, never safety.
  @Test func aFileChangedUnderTheMappingCannotUndoTheProof() throws {
    let file = SampleModel().builder.build()
    try withFile(file) { path in
      let model = try Model(contentsOfFile: path)
      let session = try Session(model)
      let expected = try session.run([SampleModel.image])
      for fill: UInt8 in [0xFF, 0x80, 0x00] {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.write(contentsOf: Data(repeating: fill, count: file.count))
        try handle.close()
        session.reset()
        // A mean that became not-a-number is an error; everything else is some result.
        _ = try? session.run([SampleModel.image])
        _ = try? Session(model).run([SampleModel.image])
        #expect(model.instructions.map(\.operatorName).first == "table_s8")
      }
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      try handle.write(contentsOf: Data(file))
      try handle.close()
      session.reset()
      #expect(try session.run([SampleModel.image]) == expected)
    }
  }

  @Test func manySessionsOfOneModelRunSideBySide() async throws {
    let model = try Model(bytes: SampleModel().builder.build())
    let expected = try Session(model).run([SampleModel.image])
    try await withThrowingTaskGroup(of: [[Float]].self) { group in
      for _ in 0..<8 { group.addTask { try Session(model).run([SampleModel.image]) } }
      for try await output in group { #expect(output == expected) }
    }
  }
}
