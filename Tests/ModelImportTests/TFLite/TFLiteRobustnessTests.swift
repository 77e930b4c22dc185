import Foundation
import ModelGraph
import ModelImport
import Testing
import _TestSupport

/// Whatever the bytes are, importing ends with a graph or with diagnostics.
@Suite struct TFLiteRobustnessTests {
  private func attempt(_ bytes: [UInt8]) -> Bool {
    do throws(DiagnosticError) {
      let graph = try importTFLite(bytes, name: "test", options: ImportOptions())
      return !graph.outputs.isEmpty
    } catch {
      #expect(!error.diagnostics.isEmpty)
      return false
    }
  }

  private var smallModel: TFLiteFile {
    var file = TFLiteFile()
    let x = file.input("x", [1, 4, 4, 2], signature: [-1, 4, 4, 2])
    let a = file.activation("a", [1, 4, 4, 3])
    let weight = file.constant("w", [3, 3, 3, 2], counting(54))
    file.add(
      3, [x, weight, file.constant("b", [3], [1, 2, 3])], [a], options: (1, [0: .int8(0), 1: .int32(1), 2: .int32(1), 3: .int8(1)]))
    let b = file.activation("b1", [1, 2, 4, 3])
    let bounds = [file.constant("begin", [0, 0]), file.constant("end", [1, 4]), file.constant("steps", [1, 2])]
    file.add(45, [a] + bounds, [b], options: (32, [0: .int32(1), 4: .int32(0)]))
    let c = file.activation("c", [1, 24])
    file.add(22, [b, file.constant("shape", [-1, 24])], [c], options: (17, [0: .ints([1, 24])]))
    let d = file.activation("d", [1, 24])
    file.add(34, [c, file.constant("pads", [0, 0, 1, 2], shape: [2, 2])], [d])
    let axis = file.constant("axis", [1], shape: [])
    file.add(
      49, [axis, d], [file.output("y", [1, 9]), file.output("z", [1, 9]), file.output("q", [1, 9])],
      options: (35, [0: .int32(3)]))
    return file
  }

  @Test func everyTruncationIsRefused() {
    let bytes = smallModel.bytes
    #expect(attempt(bytes))
    for length in bytes.indices { #expect(!attempt(Array(bytes[..<length])), "\(length) bytes") }
  }

  @Test func mutationsNeverTrap() {
    let bytes = smallModel.bytes
    for index in bytes.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF, bytes[index] &+ 1, bytes[index] &- 1] {
        var mutant = bytes
        mutant[index] = value
        _ = attempt(mutant)
      }
    }
    mutate(bytes, seed: 5, count: 10_000)
  }

  @Test(.enabled(if: SharedFolder.has("models"), "needs ../shared/models"))
  func realModelNeverTraps() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: SharedFolder.path("models/keypoint_mlp/model.tflite"))))
    #expect(attempt(bytes))
    for length in bytes.indices { _ = attempt(Array(bytes[..<length])) }
    mutate(bytes, seed: 6, count: 10_000)
  }

  /// One to four bytes or 32-bit words at a time: random, extreme, or copied from elsewhere in the file.
  private func mutate(_ bytes: [UInt8], seed: UInt64, count: Int) {
    var random = SeededRandom(seed: seed)
    var imported = 0
    for _ in 0..<count {
      var mutant = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count - 4, using: &random)
        switch UInt8.random(in: 0..<4, using: &random) {
        case 0: mutant[place] = .random(in: 0...255, using: &random)
        case 1: mutant[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
        case 2:
          let words: [Int32] = [0, -1, 1, .max, .min, 0x7FFF, Int32(bytes.count)]
          mutant.replaceSubrange(place..<place + 4, with: littleEndian(words[.random(in: words.indices, using: &random)]))
        default:
          let source = Int.random(in: 0..<bytes.count - 4, using: &random)
          mutant.replaceSubrange(place..<place + 4, with: bytes[source..<source + 4])
        }
      }
      if attempt(mutant) { imported += 1 }
    }
    print("seed \(seed): \(imported) of \(count) mutants of \(bytes.count) bytes still import")
  }

  /// Tables that all name one long vector must not multiply the work.
  @Test func sharedVectorsAreBounded() {
    var file = TFLiteFile()
    let x = file.input("x", [1])
    file.add(19, [x], [file.output("y", [1])])
    var bytes = file.bytes
    // The operator-code vector is replaced by one of half a million offsets, all to the root table.
    let root = Int(bytes[0]) | Int(bytes[1]) << 8
    let fieldPlace = root + 8
    let start = bytes.count
    let count = 500_000
    bytes += littleEndian(UInt32(count))
    for index in 0..<count { bytes += littleEndian(UInt32(truncatingIfNeeded: root &- (start + 4 + 4 * index))) }
    bytes.replaceSubrange(fieldPlace..<fieldPlace + 4, with: littleEndian(UInt32(start - fieldPlace)))
    #expect(!attempt(bytes))
  }
}
