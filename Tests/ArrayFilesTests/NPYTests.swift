import ArrayFiles
import SystemPackage
import Testing
import _TestSupport

@Suite struct NPYTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func read(_ bytes: [UInt8]) throws -> NumericArray { try readArrays(at: folder.write(bytes, "x.npy")).read(0) }

  @Test(arguments: [UInt8(1), 2, 3]) func everyVersion(version: UInt8) throws {
    let array = try read(npy(shape: "(2, 3)", version: version, data: floatBytes([1, 2, 3, 4, 5, 6.5])))
    #expect(array.shape == [2, 3])
    #expect(try array.floats() == [1, 2, 3, 4, 5, 6.5])
  }

  @Test(arguments: NumericArray.ElementType.allCases, [false, true])
  func everyElementType(type: NumericArray.ElementType, bigEndian: Bool) throws {
    let data: [UInt8] =
      switch type {
      case .bool: [1, 0, 1]
      case .int8: [0xFE, 0, 100]
      case .uint8: [254, 0, 100]
      case .int16: [-2, 0, 100].flatMap { bytes(of: Int16($0), bigEndian: bigEndian) }
      case .uint16: [65534, 0, 100].flatMap { bytes(of: UInt16($0), bigEndian: bigEndian) }
      case .int32: [-2, 0, 100].flatMap { bytes(of: Int32($0), bigEndian: bigEndian) }
      case .uint32: [4_294_967_294, 0, 100].flatMap { bytes(of: UInt32($0), bigEndian: bigEndian) }
      case .int64: [-2, 0, 100].flatMap { bytes(of: Int64($0), bigEndian: bigEndian) }
      case .uint64: [1 << 60, 0, 100].flatMap { bytes(of: UInt64($0), bigEndian: bigEndian) }
      case .float16: [0xC000, 0, 0x5640].flatMap { bytes(of: UInt16($0), bigEndian: bigEndian) }
      case .float32: [Float(-2), 0, 100].flatMap { bytes(of: $0.bitPattern, bigEndian: bigEndian) }
      case .float64: [Double(-2), 0, 100].flatMap { bytes(of: $0.bitPattern, bigEndian: bigEndian) }
      }
    let expected: [Int] =
      switch type {
      case .bool: [1, 0, 1]
      case .uint8: [254, 0, 100]
      case .uint16: [65534, 0, 100]
      case .uint32: [4_294_967_294, 0, 100]
      case .uint64: [1 << 60, 0, 100]
      default: [-2, 0, 100]
      }
    let array = try read(npy(descr: (bigEndian ? ">" : "<") + type.rawValue, shape: "(3,)", data: data))
    #expect(array.elementType == type)
    #expect(try array.integers() == expected)
    #expect(try array.floats() == expected.map { Float($0) })
  }

  @Test func fortranOrderBecomesRowMajor() throws {
    let columnMajor: [Int16] = [0, 3, 1, 4, 2, 5, 10, 13, 11, 14, 12, 15]
    let array = try read(
      npy(descr: ">i2", fortran: "True", shape: "(2, 3, 2)", data: columnMajor.flatMap { bytes(of: $0, bigEndian: true) }))
    #expect(try array.integers() == [0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15])
  }

  @Test func scalarsAndEmptyArrays() throws {
    let scalar = try read(npy(shape: "()", data: floatBytes([7])))
    #expect(scalar.shape.isEmpty)
    #expect(try scalar.integers() == [7])
    let empty = try read(npy(shape: "(0, 5L)", data: []))
    #expect(empty.shape == [0, 5])
    #expect(try empty.floats().isEmpty)
  }

  @Test func halfPrecisionSpecialValues() throws {
    let bits: [UInt16] = [0x0001, 0x03FF, 0x0400, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0x8000, 0x3555]
    let values = try read(npy(descr: "<f2", shape: "(9,)", data: bits.flatMap { bytes(of: $0) })).floats()
    #expect(values[0] == 0x1p-24 && values[1] == 1023 * 0x1p-24 && values[2] == 0x1p-14 && values[3] == 65504)
    #expect(values[4] == .infinity && values[5] == -.infinity && values[6].isNaN && values[7].sign == .minus && values[7] == 0)
    #expect(values[8] == 0.333251953125)
  }

  @Test func integersRefuseWhatIsNotOne() throws {
    #expect(throws: ArrayFileError.self) { try read(npy(shape: "(2,)", data: floatBytes([1, 1.5]))).integers() }
    #expect(throws: ArrayFileError.self) { try read(npy(shape: "(1,)", data: floatBytes([.nan]))).integers() }
    #expect(throws: ArrayFileError.self) { try read(npy(shape: "(1,)", data: floatBytes([1e30]))).integers() }
    #expect(throws: ArrayFileError.self) { try read(npy(descr: "<u8", shape: "(1,)", data: bytes(of: UInt64.max))).integers() }
    #expect(throws: ArrayFileError.self) { try read(npy(descr: "<f8", shape: "(1,)", data: bytes(of: 1e300.bitPattern))).floats() }
    #expect(try read(npy(shape: "(2,)", data: floatBytes([1, -3]))).integers() == [1, -3])
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)", "'}' expected"),
    ("{'descr': '<f4', 'fortran_order': False}", "must have descr"),
    ("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (4,)}", "True or False"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}", "non-negative"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4.5,)}", "')' expected"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "non-negative"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", "too large"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000)}", "needs 4000000000000 bytes"),
    ("{'descr': '<U8', 'fortran_order': False, 'shape': (4,)}", "'<U8' is not supported"),
    ("{'descr': '<c8', 'fortran_order': False, 'shape': (4,)}", "not supported"),
    ("{'descr': '|f4', 'fortran_order': False, 'shape': (4,)}", "not supported"),
    ("{'descr': '', 'fortran_order': False, 'shape': (4,)}", "not supported"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}", "structured"),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", "unexpected key"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), } 1", "after its dictionary"),
    ("{'descr': '<f4", "quoted string"), ("{", "quoted string"), ("", "'{' expected"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (5,)}", "needs 20 bytes, the file has 16"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", "needs 12 bytes, the file has 16"),
  ])
  func malformedHeaders(header: String, expected: String) throws {
    let message = try folder.failure(npy(shape: "", header: header, data: floatBytes([1, 2, 3, 4])), "bad.npy")
    #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    #expect(message?.contains("bad.npy") == true && message?.contains("array 'bad'") == true)
    #expect(message?.contains("\n") == false)
  }

  @Test func rankOf65IsRefused() throws {
    let shape = "(" + String(repeating: "1,", count: 65) + ")"
    #expect(try folder.failure(npy(shape: shape, data: floatBytes([1])), "rank.npy")?.contains("rank 65") == true)
  }

  @Test func everyTruncationAndEveryFlippedByteEnds() throws {
    let good = npy(shape: "(2, 2)", data: floatBytes([1, 2, 3, 4]))
    for count in good.indices { #expect(try folder.failure(Array(good[..<count]), "cut.npy") != nil) }
    for index in good.indices {
      for mask in [UInt8(0x01), 0x80, 0xFF] {
        var bad = good
        bad[index] ^= mask
        _ = try folder.failure(bad, "flip.npy")
      }
    }
    #expect(try folder.failure(good + [0], "long.npy")?.contains("the file has 17") == true)
    var version = good
    version[6] = 4
    #expect(try folder.failure(version, "version.npy")?.contains("version 4.0") == true)
  }

  @Test func whatIsNoArrayFile() throws {
    #expect(try folder.failure([], "empty.npy")?.contains("is empty") == true)
    #expect(try folder.failure(Array("hello, world".utf8), "text.npz")?.contains("neither") == true)
    #expect(throws: ArrayFileError.self) { try readArrays(at: folder.path.appending("missing.npy")) }
    #expect(throws: ArrayFileError.self) { try readArrays(at: "/dev/null") }
    #expect(throws: ArrayFileError.self) { try readArrays(at: folder.path.appending("x\ny")) }
  }
}
