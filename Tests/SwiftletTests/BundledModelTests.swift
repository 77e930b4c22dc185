import CKernels
import Foundation
import Swiftlet
import Testing

/// The model that tools/check-embedded runs on ARM: its bytes are what the builder writes, its output what this machine computes. After a
/// change on purpose, SWIFTLET_RECORD=1 writes both anew.
@Suite struct BundledModelTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "tools/embedded")

  @Test(arguments: ISA.available) func isWhatTheBuilderWritesAndComputesTheSame(_ isa: ISA) throws {
    let file = OperatorsModel().builder.build()
    let input = (0..<144).map { Float($0 * 37 % 97 - 48) * 0.25 }
    let session = try Session(Model(bytes: file), isa: isa)
    _ = try session.run([input])
    let output = try session.rawOutput(0) + session.rawOutput(1)
    #expect(Set(output).count > 30, "the output must vary")
    let files: [(String, Data)] = [
      ("operators.swl", Data(file)), ("operators.in.raw", input.withUnsafeBytes { Data($0) }),
      ("operators.out.raw", output.withUnsafeBytes { Data($0) }),
    ]
    for (name, data) in files {
      let url = Self.folder.appending(path: name)
      if isa == .scalar, ProcessInfo.processInfo.environment["SWIFTLET_RECORD"] != nil { try data.write(to: url) }
      #expect(try Data(contentsOf: url) == data, "\(name) on \(isa.rawValue)")
    }
  }
}
