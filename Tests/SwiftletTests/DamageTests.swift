import CKernels
import CTestSupport
import Foundation
import SwiftletCore
import Testing
import _TestSupport

/// Damaged files: an error or a run that stays inside its memory. The file, the arena and the workspace each end at a page without access.
@Suite struct DamageTests {
  private static let files = [("sample", SampleModel().builder.build()), ("operators", OperatorsModel().builder.build())]

  /// Validates and, where that passes, runs every program; true where it passed. Arenas past 4 MiB are only validated.
  private func survives(_ file: [UInt8]) throws -> Bool {
    try Guarded.with(file.count) { memory in
      memory.copyBytes(from: file)
      let view: ModelView
      do {
        view = try ModelView.validated(inPlace: UnsafeRawBufferPointer(memory), operators: ck_default_table(), verifyingConstants: true)
      } catch { return false }
      for index in 0..<view.programs.count {
        let program = view.programs[index]
        guard program.arena_bytes <= 1 << 22 else { continue }
        try Guarded.with(Int(program.arena_bytes)) { arena in
          try Guarded.with((Session.workspaceBytes(program) + 15) / 16 * 16) { workspace in
            try run(view, index, arena, workspace)
          }
        }
      }
      return true
    }
  }

  private func run(_ view: ModelView, _ index: Int, _ arena: UnsafeMutableRawBufferPointer, _ workspace: UnsafeMutableRawBufferPointer)
    throws
  {
    let program = view.programs[index]
    var session = try Session(view, program: index, arena: arena, workspace: workspace, isa: ck_isa_best())
    for _ in 0..<2 {
      for input in 0..<Int(program.input_count) {
        let tensor = view.tensors[Int(view.bindings[view.inputs(program).lowerBound + input].tensor)]
        let floats = [Float](repeating: 0.5, count: Int(tensor.elementCount))
        let wasSet = (try? floats.withUnsafeBufferPointer { try session.setInput(input, $0) }) != nil
        if !wasSet { try [UInt8](repeating: 0x42, count: Int(tensor.bytes)).withUnsafeBytes { try session.setInput(input, raw: $0) } }
      }
      do { try session.run() } catch { continue }
      for output in 0..<Int(program.output_count) {
        let tensor = view.tensors[Int(view.bindings[view.outputs(program).lowerBound + output].tensor)]
        var floats = [Float](repeating: 0, count: Int(tensor.elementCount))
        try floats.withUnsafeMutableBufferPointer { try session.output(output, into: $0) }
        var raw = [UInt8](repeating: 0, count: Int(tensor.bytes))
        try raw.withUnsafeMutableBytes { try session.output(output, raw: $0) }
      }
    }
  }

  @Test(arguments: files) func theWholeFileRuns(_ name: String, _ file: [UInt8]) throws {
    #expect(try survives(file))
  }

  @Test(arguments: files) func everyTruncationIsRefused(_ name: String, _ file: [UInt8]) throws {
    for count in file.indices {
      #expect(try !survives(Array(file[..<count])), "\(name) cut to \(count) bytes")
    }
  }

  @Test(arguments: files) func everyFlippedByteIsNoticed(_ name: String, _ file: [UInt8]) throws {
    let sections = SwlBuilder.sections(of: file)
    for offset in file.indices {
      var damaged = file
      damaged[offset] ^= 0x41
      let passed = try survives(damaged)
      // Digests cover records and constants; the rest is padding.
      let isCovered = sections.contains { $0.key <= 6 && $0.value.contains(offset) } || offset < 80
      if isCovered { #expect(!passed, "\(name), byte \(offset)") }
    }
  }

  @Test(arguments: files) func everyFlippedByteUnderASoundDigestIsSafe(_ name: String, _ file: [UInt8]) throws {
    var accepted = 0
    var refused = 0
    let constants = SwlBuilder.sections(of: file)[6]?.lowerBound ?? file.count
    for offset in file.indices {
      // Weights are data: one change each is enough.
      for mask: UInt8 in offset < constants ? [0x01, 0x80, 0xFF] : [0x80] {
        var damaged = file
        damaged[offset] ^= mask
        SwlBuilder.seal(&damaged)
        if try survives(damaged) { accepted += 1 } else { refused += 1 }
      }
    }
    // Weights may be anything; almost no other byte may.
    #expect(accepted > 500 && refused > 500, "\(name): \(accepted) accepted, \(refused) refused")
  }

  /// Several fields at once, with the values that break bounds: SWIFTLET_FUZZ_ROUNDS sets how often.
  @Test(arguments: files) func randomDamageUnderASoundDigestIsSafe(_ name: String, _ file: [UInt8]) throws {
    let rounds = ProcessInfo.processInfo.environment["SWIFTLET_FUZZ_ROUNDS"].flatMap(Int.init) ?? 2000
    let structure = (SwlBuilder.sections(of: file)[5]?.upperBound ?? file.count)
    let interesting: [UInt64] = [
      0, 1, 2, 3, 15, 16, 17, 63, 64, 127, 128, 255, 4096, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 62, .max,
    ]
    var accepted = 0
    for round in 0..<rounds {
      var random = SeededRandom(seed: UInt64(round) &+ 77)
      var damaged = file
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let width = [1, 2, 4, 8][Int.random(in: 0..<4, using: &random)]
        let offset = Int.random(in: 80 / width..<structure / width, using: &random) * width
        var value = interesting[Int.random(in: 0..<interesting.count, using: &random)]
        // Near misses as often as far ones.
        if Bool.random(using: &random) {
          let old = (0..<width).reduce(UInt64(0)) { $0 | UInt64(damaged[offset + $1]) << UInt64(8 * $1) }
          value = old &+ [1, .max, 16, 0 &- 16, 64][Int.random(in: 0..<5, using: &random)]
        }
        for byte in 0..<width { damaged[offset + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
      }
      SwlBuilder.seal(&damaged)
      do {
        if try survives(damaged) { accepted += 1 }
      } catch {
        Issue.record("\(name), seed \(round + 77): \(error)")
      }
    }
    #expect(accepted > 0 && accepted < rounds, "\(accepted) of \(rounds) accepted")
  }
}

/// Memory that ends at a page without access.
enum Guarded {
  struct Overrun: Error { var bytes: Int }

  static func with<R>(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> R) throws -> R {
    let memory = try #require(guarded_allocate(count))
    let result = Result { try body(UnsafeMutableRawBufferPointer(start: memory, count: count)) }
    let overrun = guarded_free(memory, count)
    if overrun != 0 { throw Overrun(bytes: overrun) }
    return try result.get()
  }
}
