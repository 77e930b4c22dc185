import ArrayFiles
import Foundation
import SystemPackage

/// A .npy byte by byte, right or wrong as the test wants it.
func npy(
  descr: String = "<f4", fortran: String = "False", shape: String, version: UInt8 = 1, header: String? = nil, data: [UInt8]
) -> [UInt8] {
  let text = Array((header ?? "{'descr': '\(descr)', 'fortran_order': \(fortran), 'shape': \(shape), }").utf8) + [0x0A]
  let length = version == 1 ? bytes(of: UInt16(text.count)) : bytes(of: UInt32(text.count))
  return joined([0x93], Array("NUMPY".utf8), [version, 0], length, text, data)
}

func joined(_ parts: [UInt8]...) -> [UInt8] { Array(parts.joined()) }

func bytes<T: FixedWidthInteger>(of value: T, bigEndian: Bool = false) -> [UInt8] {
  withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { Array($0) }
}

func floatBytes(_ values: [Float]) -> [UInt8] { values.flatMap { bytes(of: $0.bitPattern) } }

/// A zip archive with every field open to sabotage.
struct ZipBuilder {
  struct Member {
    var name: String
    var data: [UInt8]
    var deflates = false
    var usesDescriptor = false
    var usesZip64 = false
    var flags: UInt16 = 0
    var method: UInt16?
    var declaredSize: Int?
    var checksum: UInt32?
    /// Stands for the compressed bytes.
    var stored: [UInt8]?
  }
  var members: [Member] = []
  var usesZip64End = false
  var comment: [UInt8] = []

  func build() -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let stored = member.stored ?? (member.deflates ? deflate(member.data) : member.data)
      let size = member.declaredSize ?? member.data.count
      let checksum = member.checksum ?? crc(member.data)
      let flags = member.flags | (member.usesDescriptor ? 8 : 0)
      let start = bytes(of: flags) + bytes(of: member.method ?? (member.deflates ? 8 : 0)) + [0, 0, 0, 0]
      let name = Array(member.name.utf8)
      let offset = archive.count
      let known = member.usesDescriptor ? bytes(of: UInt32(0)) + bytes(of: UInt64(0)) : bytes(of: checksum) + sizes(stored.count, size)
      archive += joined(
        Array("PK\u{3}\u{4}".utf8), [20, 0], start, known, bytes(of: UInt16(name.count)), [5, 0], name, [9, 9, 1, 0, 7])
      archive += stored
      if member.usesDescriptor { archive += joined(Array("PK\u{7}\u{8}".utf8), bytes(of: checksum), sizes(stored.count, size)) }
      let extra =
        member.usesZip64
        ? joined([1, 0, 24, 0], bytes(of: Int64(size)), bytes(of: UInt64(stored.count)), bytes(of: UInt64(offset))) : []
      let wide = bytes(of: UInt32.max)
      directory += joined(Array("PK\u{1}\u{2}".utf8), [20, 0, 20, 0], start, bytes(of: checksum))
      directory += member.usesZip64 ? wide + wide : sizes(stored.count, size)
      directory += joined(bytes(of: UInt16(name.count)), bytes(of: UInt16(extra.count)), [UInt8](repeating: 0, count: 10))
      directory += joined(member.usesZip64 ? wide : bytes(of: UInt32(offset)), name, extra)
    }
    let directoryOffset = archive.count
    archive += directory
    let count = bytes(of: UInt16(members.count))
    var end = joined(count, count, bytes(of: UInt32(directory.count)), bytes(of: UInt32(directoryOffset)))
    if usesZip64End {
      let record = archive.count
      let wideCount = bytes(of: UInt64(members.count))
      archive += joined(Array("PK\u{6}\u{6}".utf8), bytes(of: UInt64(44)), [45, 0, 45, 0], [UInt8](repeating: 0, count: 8))
      archive += joined(wideCount, wideCount, bytes(of: UInt64(directory.count)), bytes(of: UInt64(directoryOffset)))
      archive += joined(Array("PK\u{6}\u{7}".utf8), [0, 0, 0, 0], bytes(of: UInt64(record)), [1, 0, 0, 0])
      end = [UInt8](repeating: 0xFF, count: 12)
    }
    return joined(archive, Array("PK\u{5}\u{6}".utf8), [0, 0, 0, 0], end, bytes(of: UInt16(comment.count)), comment)
  }

  private func sizes(_ stored: Int, _ size: Int) -> [UInt8] { bytes(of: UInt32(stored)) + bytes(of: UInt32(truncatingIfNeeded: size)) }
}

/// CRC-32 bit by bit, independent of zlib's.
func crc(_ data: [UInt8]) -> UInt32 {
  ~data.reduce(~UInt32(0)) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
}

/// One block of fixed Huffman codes; runs become matches of length 258 at distance 1, which is deflate's best ratio.
func deflate(_ data: [UInt8]) -> [UInt8] {
  var output: [UInt8] = []
  var bit = 0
  func put(_ value: Int, _ count: Int) {
    for index in 0..<count {
      if bit == 0 { output.append(0) }
      output[output.count - 1] |= UInt8(value >> index & 1) << bit
      bit = (bit + 1) % 8
    }
  }
  // Huffman codes are written most significant bit first.
  func code(_ value: Int, _ count: Int) { for index in (0..<count).reversed() { put(value >> index, 1) } }
  put(0b011, 3)
  var position = 0
  while position < data.count {
    if position > 0, position + 258 <= data.count, data[(position - 1)..<(position + 258)].allSatisfy({ $0 == data[position] }) {
      code(0b1100_0101, 8)
      code(0, 5)
      position += 258
    } else {
      let byte = Int(data[position])
      if byte < 144 { code(0x30 + byte, 8) } else { code(0x190 + byte - 144, 9) }
      position += 1
    }
  }
  code(0, 7)
  return output
}

/// A folder that is removed with the value.
final class TemporaryFolder {
  let path = FilePath(FileManager.default.temporaryDirectory.appending(path: "swiftlet-arrays-\(UUID().uuidString)").path)
  init() throws { try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  func write(_ bytes: [UInt8], _ name: String) throws -> FilePath {
    let file = path.appending(name)
    try Data(bytes).write(to: URL(filePath: file.string))
    return file
  }

  /// What reading the first array of these bytes says, or nil where it succeeds.
  func failure(_ bytes: [UInt8], _ name: String) throws -> String? {
    let file = try write(bytes, name)
    do {
      _ = try readArrays(at: file).read(0)
      return nil
    } catch {
      return error.description
    }
  }
}
