import CKernels
import Foundation
import Swiftlet
import Testing

/// The articles' code compiles (it stands in Snippets.swift) and does what they say.
@Suite struct ArticleTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test func everySwiftBlockIsASnippet() throws {
    let folder = Self.root.appending(path: "Sources/Swiftlet/Swiftlet.docc")
    let articles = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "md" }
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snippets.swift")
    let snippets = lines(try String(contentsOf: file, encoding: .utf8))
    var count = 0
    for article in articles {
      for block in swiftBlocks(try String(contentsOf: article, encoding: .utf8)) {
        count += 1
        let name = article.lastPathComponent
        #expect(contains(snippets, block), "\(name) shows code that Snippets.swift lacks:\n\(block.joined(separator: "\n"))")
      }
    }
    #expect(count == 9)
  }

  private func lines(_ text: String) -> [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

  private func swiftBlocks(_ text: String) -> [[String]] {
    var blocks: [[String]] = []
    var open: [String]?
    for line in lines(text) {
      if let block = open {
        if line.hasPrefix("```") { blocks.append(block) }
        open = line.hasPrefix("```") ? nil : block + [line]
      } else if line == "```swift" {
        open = []
      }
    }
    return blocks
  }

  /// Whether the lines stand in the file one after the other, all indented by the same spaces.
  private func contains(_ file: [String], _ block: [String]) -> Bool {
    guard let first = block.first, file.count >= block.count else { return false }
    return (0...file.count - block.count).contains { start in
      guard file[start].hasSuffix(first) else { return false }
      let indentation = file[start].dropLast(first.count)
      return indentation.allSatisfy { $0 == " " }
        && zip(block, file[start...]).allSatisfy { $0.isEmpty ? $1.isEmpty : indentation + $0 == $1 }
    }
  }

  @Test func snippetsRun() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "swiftlet-\(UUID().uuidString).swl").path
    try Data(SampleModel().builder.build()).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let (image, sample) = (SampleModel.image, SampleModel())
    let raw = sample.expected(image, memory: SampleModel.initialMemory.map(Int.init))
    let model = try Model(contentsOfFile: path)
    let scale = model.outputs[0].scale
    let expected = raw.map { Float($0) * scale }

    #expect(try Snippets.landingPage(path: path, image: image) == expected)
    let (scores, best) = try Snippets.classify(path: path, image: image)
    #expect(scores == expected && best == raw.indices.max { raw[$0] < raw[$1] })

    // The state carries on: the second frame sees the first one's output.
    let session = try Session(model)
    var seen: [[Float]] = []
    try Snippets.runInPlace(session, frames: [image, image]) { seen.append($0) }
    #expect(seen == [expected, sample.expected(image, memory: raw).map { Float($0) * scale }])
    #expect(try Snippets.dequantize(session) == seen.last)

    let comparison = try Snippets.compare(floatPath: path, int8Path: path, samples: [image, image])
    #expect(comparison.agreements == 2 && comparison.decibels == .infinity)
    #expect(try Snippets.runOnEveryInstructionSet(model, image: image))
  }

  private static var floatModel: SwlBuilder {
    var builder = SwlBuilder()
    let x = builder.tensor("x", [4], at: 0, dtype: CK_DTYPE_F32)
    let y = builder.tensor("y", [4], at: 64, dtype: CK_DTYPE_F32)
    let clip = ck_unary_parameters(count: 4, kind: CK_UNARY_CLIP.rawValue, a: 0, b: 6)
    builder.instruction(CK_OP_UNARY_F32, "clip", clip, inputs: [x], outputs: [y])
    builder.program(
      "main", arena: 128,
      bindings: [
        builder.binding(CK_BINDING_INPUT, "x", tensor: x, dims: [4]), builder.binding(CK_BINDING_OUTPUT, "y", tensor: y, dims: [4]),
      ])
    return builder
  }

  @Test func snippetsPrint() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "swiftlet-\(UUID().uuidString).swl").path
    let bytes = SampleModel().builder.build()
    try Data(bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var printed: [String] = []
    try Snippets.describe(path: path) { printed.append($0) }
    let model = try Model(contentsOfFile: path)
    #expect(
      printed == [
        "input image [1, 2, 3, 3]", "output sum [1, 4]", "192 bytes of arena, \(model.weightsBytes) bytes of weights",
      ])

    printed = []
    try Snippets.listFloatIslands(path: path) { printed.append($0) }
    #expect(printed == [])
    try Data(Self.floatModel.build()).write(to: URL(filePath: path))
    try Snippets.listFloatIslands(path: path) { printed.append($0) }
    #expect(printed == ["float32: unary_f32 'clip'"])

    printed = []
    #expect(try Snippets.report(path: path, image: [1], print: { printed.append($0) }) == [])
    try Data(bytes.prefix(100)).write(to: URL(filePath: path))
    #expect(try Snippets.report(path: path, image: [1], print: { printed.append($0) }) == [])
    #expect(printed.count == 2 && printed[0] == "4 values expected, 1 given")
    #expect(printed.last?.hasPrefix("no sound model: \(path): truncated: ") == true)
  }
}
