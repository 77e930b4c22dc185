import ArrayFiles
import Foundation
import SystemPackage
import Testing
import _TestSupport

@Suite struct NPZTests {
  private let folder: TemporaryFolder
  private let x = npy(shape: "(2, 2)", data: floatBytes([1, 2, 3, 4]))
  private let y = npy(descr: "|u1", shape: "(1000,)", data: [UInt8](repeating: 7, count: 1000))
  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: 0..<8) func storedDeflatedDescriptorsAndZip64(variant: Int) throws {
    let (deflates, descriptor, zip64) = (variant & 1 != 0, variant & 2 != 0, variant & 4 != 0)
    var zip = ZipBuilder(usesZip64End: zip64, comment: Array("a comment".utf8))
    for (name, data) in [("x.npy", x), ("dir/y.npy", y)] {
      zip.members.append(.init(name: name, data: data, deflates: deflates, usesDescriptor: descriptor, usesZip64: zip64))
    }
    zip.members.append(.init(name: "readme.txt", data: [1, 2]))
    let archive = try readArrays(at: folder.write(zip.build(), "a.npz"))
    #expect(archive.kind == .npz)
    #expect(archive.entries.map(\.name) == ["x", "dir/y"])
    #expect(try archive.read(named: "x")?.floats() == [1, 2, 3, 4])
    #expect(try archive.read(1).integers() == [Int](repeating: 7, count: 1000))
    #expect(try archive.read(named: "z") == nil)
  }

  @Test func unreadableArrayLeavesTheOthers() throws {
    let names = npy(descr: "<U2", shape: "(1,)", data: [UInt8](repeating: 65, count: 8))
    let zip = ZipBuilder(members: [.init(name: "classes.npy", data: names), .init(name: "x.npy", data: x)])
    let archive = try readArrays(at: folder.write(zip.build(), "a.npz"))
    #expect(throws: ArrayFileError.self) { try archive.read(named: "classes") }
    #expect(try archive.read(named: "x")?.shape == [2, 2])
  }

  private func failure(_ change: (inout ZipBuilder.Member) -> Void) throws -> String {
    var member = ZipBuilder.Member(name: "y.npy", data: y, deflates: true)
    change(&member)
    return try folder.failure(ZipBuilder(members: [member]).build(), "bad.npz") ?? "no error"
  }

  @Test func damagedMembers() throws {
    #expect(try failure { $0.checksum = 1 }.contains("bad.npz: array 'y': checksum mismatch"))
    #expect(try failure { ($0.deflates, $0.checksum) = (false, 1) }.contains("checksum mismatch"))
    #expect(try failure { $0.flags = 1 }.contains("encrypted"))
    #expect(try failure { $0.method = 12 }.contains("method 12"))
    #expect(try failure { $0.stored = [0xFF, 0xFF, 0xFF] }.contains("damaged"))
    #expect(try failure { $0.stored = Array(deflate($0.data).dropLast(3)) }.contains("ends inside"))
    #expect(try failure { $0.stored = [] }.contains("more than real data"))
    #expect(try failure { $0.stored = deflate($0.data + [1]) }.contains("does not end"))
    #expect(try failure { ($0.deflates, $0.declaredSize) = (false, 9) }.contains("stored bytes cannot hold"))
    #expect(try failure { $0.declaredSize = $0.data.count + 1 }.contains("needs 1000 bytes, the file has 1001"))
  }

  @Test func bombsAreRefusedBeforeTheyGrow() throws {
    #expect(try failure { $0.declaredSize = 0xFFFF_0000 }.contains("more than real data"))
    #expect(try failure { ($0.usesZip64, $0.declaredSize) = (true, 1 << 44) }.contains("more than real data"))
    #expect(try failure { ($0.usesZip64, $0.declaredSize) = (true, -1) }.contains("absurd"))
    // 1 GiB declared, within deflate's own limit of expansion.
    let start = npy(descr: "|u1", shape: "(1073741824,)", data: [])
    #expect(
      try failure {
        $0.stored = [UInt8](repeating: 0, count: 1 << 21)
        $0.declaredSize = start.count + 1 << 30
      }.contains("more than real data"))
    // The bytes would come, but the shape asks for far fewer.
    let long = npy(descr: "|u1", shape: "(4,)", data: [UInt8](repeating: 0, count: 1 << 20))
    #expect(try failure { $0.data = long }.contains("needs 4 bytes"))
  }

  @Test func damagedDirectories() throws {
    let good = ZipBuilder(members: [.init(name: "x.npy", data: x)]).build()
    #expect(try folder.failure(ZipBuilder().build(), "none.npz")?.contains("no .npy member") == true)
    let twice = ZipBuilder(members: [.init(name: "x.npy", data: x), .init(name: "x.npy", data: x)])
    #expect(try folder.failure(twice.build(), "twice.npz")?.contains("occurs twice") == true)
    var crowded = good
    crowded[good.count - 12] = 0xFE
    crowded[good.count - 11] = 0x7F
    #expect(try folder.failure(crowded, "crowded.npz")?.contains("cannot hold") == true)
  }

  @Test func everyTruncationAndEveryFlippedByteEnds() throws {
    for zip64 in [false, true] {
      let member = ZipBuilder.Member(name: "x.npy", data: x, deflates: true, usesDescriptor: zip64, usesZip64: zip64)
      let good = ZipBuilder(members: [member], usesZip64End: zip64).build()
      for count in good.indices { #expect(try folder.failure(Array(good[..<count]), "cut.npz") != nil) }
      for index in good.indices {
        for mask in [UInt8(0x01), 0x80, 0xFF] {
          var bad = good
          bad[index] ^= mask
          if let message = try folder.failure(bad, "flip.npz") { #expect(!message.contains("\n")) }
        }
      }
    }
  }

  @Test func foldersAreSortedByName() throws {
    _ = try folder.write(x, "b.npy")
    _ = try folder.write(ZipBuilder(members: [.init(name: "q.npy", data: y), .init(name: "p.npy", data: x)]).build(), "a.npz")
    _ = try folder.write([1], "notes.txt")
    _ = try folder.write([1], ".hidden.npy")
    let archive = try readArrays(at: folder.path)
    #expect(archive.kind == .directory)
    #expect(archive.entries.map(\.name) == ["q", "p", "b"])
    #expect(archive.entries.map { $0.file.lastComponent?.string } == ["a.npz", "a.npz", "b.npy"])
    #expect(try archive.read(2).floats() == [1, 2, 3, 4])
    let empty = try TemporaryFolder()
    #expect(throws: ArrayFileError.self) { try readArrays(at: empty.path) }
  }

  @Test func writtenArraysComeBack() throws {
    var random = SeededRandom(seed: 5)
    let floats = (0..<4096).map { _ in Float.random(in: -1...1, using: &random) }
    let file = folder.path.appending("out.npz")
    try writeNPZ(
      [
        ("logits:0", NumericArray(shape: [4, 1024], floats: floats)), ("größe/n", NumericArray(shape: [], integers: [-9])),
        ("q", NumericArray(shape: [3], int8: [-128, 0, 127])), ("none", NumericArray(shape: [0], floats: [])),
      ], to: file)
    let first = try Data(contentsOf: URL(filePath: file.string))
    let archive = try readArrays(at: file)
    #expect(archive.entries.map(\.name) == ["logits:0", "größe/n", "q", "none"])
    #expect(try archive.read(0).floats() == floats)
    #expect(try archive.read(0).shape == [4, 1024])
    #expect(try archive.read(1).integers() == [-9])
    #expect(try archive.read(2).integers() == [-128, 0, 127])
    #expect(try archive.read(3).shape == [0])
    try writeNPZ([("logits:0", archive.read(0))], to: file)
    #expect(try readArrays(at: file).entries.count == 1)
    #expect(first.starts(with: Data([0x50, 0x4B])))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path.string) == ["out.npz"])
  }

  @Test func unwritableOutputLeavesNothing() throws {
    let array = NumericArray(shape: [1], floats: [1])
    #expect(throws: ArrayFileError.self) { try writeNPZ([("a", array)], to: folder.path) }
    #expect(throws: ArrayFileError.self) { try writeNPZ([("a", array)], to: "/dev/null") }
    #expect(throws: ArrayFileError.self) { try writeNPZ([("a", array)], to: folder.path.appending("no").appending("out.npz")) }
    #expect(throws: ArrayFileError.self) { try writeNPZ([("a", array), ("a", array)], to: folder.path.appending("o.npz")) }
    #expect(throws: ArrayFileError.self) { try writeNPZ([("", array)], to: folder.path.appending("o.npz")) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path.string).isEmpty)
  }
}
