import ArrayFiles
import Foundation
import SystemPackage
import Testing
import _TestSupport

enum NumPy {
  /// The script's exit status; nil where there is no python3.
  static func run(_ script: String) -> Int32? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus
  }
  static let isPresent = run("import numpy") == 0
}

@Suite(.enabled(if: NumPy.isPresent, "needs python3 with numpy")) struct NumPyTests {
  @Test(arguments: ["savez", "savez_compressed"]) func whatNumPyWrites(function: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.path.appending("n.npz")
    let script = """
      import numpy as n
      a = n.arange(-60, 60).reshape(2, 3, 4, 5)
      types = ['i1', '<i2', '>i2', '<i4', '>i4', '<i8', '>i8', '<f2', '>f2', '<f4', '>f4', '<f8', '>f8']
      d = {t: a.astype(t) for t in types}
      d.update({'F' + t: n.asfortranarray(a.astype(t)) for t in types})
      d.update({t: n.abs(a).astype(t) for t in ['u1', '<u2', '>u4', '<u8']})
      d['b1'] = a % 2 == 0
      n.\(function)('\(file.string)', **d)
      """
    #expect(NumPy.run(script) == 0)
    let archive = try readArrays(at: file)
    #expect(archive.entries.count == 31)
    let expected = Array(-60..<60)
    for index in archive.entries.indices {
      let name = archive.entries[index].name
      let array = try archive.read(index)
      #expect(array.shape == [2, 3, 4, 5])
      let values =
        name == "b1" ? expected.map { $0 % 2 == 0 ? 1 : 0 } : name.contains("u") ? expected.map(abs) : expected
      #expect(try array.integers() == values, "\(name)")
    }
  }

  @Test func whatNumPyReads() throws {
    let folder = try TemporaryFolder()
    let file = folder.path.appending("n.npz")
    try writeNPZ(
      [
        ("x", NumericArray(shape: [2, 2], floats: [1, 2, 3, 4.5])), ("ü", NumericArray(shape: [], integers: [7])),
        ("q", NumericArray(shape: [2], int8: [-128, 127])),
      ], to: file)
    let script = """
      import numpy as n
      d = n.load('\(file.string)')
      assert sorted(d) == ['q', 'x', '\\u00fc'] and d['x'].dtype == n.float32 and d['x'].tolist() == [[1, 2], [3, 4.5]]
      assert d['\\u00fc'].shape == () and int(d['\\u00fc']) == 7 and d['q'].dtype == n.int8 and d['q'].tolist() == [-128, 127]
      """
    #expect(NumPy.run(script) == 0)
  }
}
