import SystemPackage

/// One file inside a zip archive, as its central directory describes it.
struct ZipMember: Sendable {
  var name: String
  var flags: UInt16
  var method: UInt16
  var checksum: UInt32
  var storedSize: Int
  var size: Int
  var headerOffset: Int
}

/// Reads the central directory: sizes come from there, so members with data descriptors need nothing more.
func readZipDirectory(_ file: InputFile) throws(ArrayFileError) -> [ZipMember] {
  let (offset, size, count) = try locateDirectory(file)
  guard count <= size / 46 else { throw damaged(file, "its directory of \(size) bytes cannot hold \(count) members") }
  let bytes = try file.read(at: offset, count: size, "the zip directory")
  var members: [ZipMember] = []
  var position = 0
  for _ in 0..<count {
    guard position + 46 <= bytes.count, bytes.littleEndian(UInt32.self, at: position) == 0x0201_4B50 else {
      throw damaged(file, "directory entry \(members.count) is missing")
    }
    let nameEnd = position + 46 + Int(bytes.littleEndian(UInt16.self, at: position + 28))
    let extraEnd = nameEnd + Int(bytes.littleEndian(UInt16.self, at: position + 30))
    let end = extraEnd + Int(bytes.littleEndian(UInt16.self, at: position + 32))
    guard end <= bytes.count else { throw damaged(file, "directory entry \(members.count) is truncated") }
    guard let name = String(validating: bytes[(position + 46)..<nameEnd], as: UTF8.self) else {
      throw damaged(file, "the name of member \(members.count) is not UTF-8")
    }
    var extra = Zip64Extra(bytes[nameEnd..<extraEnd])
    let fields = [24, 20, 42].map { extra.widen(bytes.littleEndian(UInt32.self, at: position + $0)) }
    guard let size = fields[0], let storedSize = fields[1], let headerOffset = fields[2] else {
      throw damaged(file, "the zip64 sizes of '\(name)' are missing or absurd")
    }
    members.append(
      ZipMember(
        name: name, flags: bytes.littleEndian(UInt16.self, at: position + 8), method: bytes.littleEndian(UInt16.self, at: position + 10),
        checksum: bytes.littleEndian(UInt32.self, at: position + 16), storedSize: storedSize, size: size, headerOffset: headerOffset))
    position = end
  }
  return members
}

/// The member's bytes. Every offset is checked against the file.
func openMember(_ member: ZipMember, of file: InputFile, name: String) throws(ArrayFileError) -> ArrayStream {
  func failure(_ message: String) -> ArrayFileError { ArrayFileError(file: file.path.string, array: name, message) }
  guard member.flags & 1 == 0 else { throw failure("is encrypted") }
  guard member.method == 0 || member.method == 8 else {
    throw failure("compression method \(member.method) is not supported, expected stored or deflated")
  }
  let header = try file.read(at: member.headerOffset, count: 30, "the zip header of '\(name)'")
  guard header.littleEndian(UInt32.self, at: 0) == 0x0403_4B50 else { throw failure("its zip header is missing") }
  let offset =
    member.headerOffset + 30 + Int(header.littleEndian(UInt16.self, at: 26)) + Int(header.littleEndian(UInt16.self, at: 28))
  guard offset <= file.size, member.storedSize <= file.size - offset else {
    throw failure("\(member.storedSize) bytes at offset \(offset) leave the file of \(file.size): truncated?")
  }
  return try ArrayStream(
    file, name: name, offset: offset, storedSize: member.storedSize, size: member.size,
    compression: member.method == 0 ? .stored : .deflated, checksum: member.checksum)
}

private func damaged(_ file: InputFile, _ message: String) -> ArrayFileError {
  ArrayFileError(file: file.path.string, "is a damaged zip archive: \(message)")
}

private func locateDirectory(_ file: InputFile) throws(ArrayFileError) -> (offset: Int, size: Int, count: Int) {
  // The end record has 22 bytes and a comment of up to 65535.
  let tailCount = min(file.size, 22 + 0xFFFF)
  let tailOffset = file.size - tailCount
  let tail = try file.read(at: tailOffset, count: tailCount, "the end of the zip archive")
  let isEnd = { (position: Int) in
    tail.littleEndian(UInt32.self, at: position) == 0x0605_4B50
      && position + 22 + Int(tail.littleEndian(UInt16.self, at: position + 20)) == tail.count
  }
  guard tailCount >= 22, let end = (0...(tailCount - 22)).last(where: isEnd) else {
    throw damaged(file, "its end record is missing: truncated?")
  }
  let count = Int(tail.littleEndian(UInt16.self, at: end + 10))
  let size = Int(tail.littleEndian(UInt32.self, at: end + 12))
  let offset = Int(tail.littleEndian(UInt32.self, at: end + 16))
  guard count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF else { return (offset, size, count) }
  let locator = try file.read(at: max(0, tailOffset + end - 20), count: 20, "the zip64 locator")
  guard locator.littleEndian(UInt32.self, at: 0) == 0x0706_4B50, let record = Int(exactly: locator.littleEndian(UInt64.self, at: 8)) else {
    throw damaged(file, "its zip64 locator is missing")
  }
  let bytes = try file.read(at: record, count: 56, "the zip64 end record")
  guard bytes.littleEndian(UInt32.self, at: 0) == 0x0606_4B50, let count = Int(exactly: bytes.littleEndian(UInt64.self, at: 32)),
    let size = Int(exactly: bytes.littleEndian(UInt64.self, at: 40)), let offset = Int(exactly: bytes.littleEndian(UInt64.self, at: 48))
  else { throw damaged(file, "its zip64 end record is missing or absurd") }
  return (offset, size, count)
}

/// The 64-bit values that stand in for those 32-bit fields that hold 0xFFFFFFFF, in their order.
private struct Zip64Extra {
  private var values: [UInt64] = []

  init(_ extra: ArraySlice<UInt8>) {
    let bytes = Array(extra)
    var position = 0
    while position + 4 <= bytes.count {
      let length = Int(bytes.littleEndian(UInt16.self, at: position + 2))
      guard position + 4 + length <= bytes.count else { return }
      if bytes.littleEndian(UInt16.self, at: position) == 1 {
        values = (0..<(length / 8)).map { bytes.littleEndian(UInt64.self, at: position + 4 + 8 * $0) }
        return
      }
      position += 4 + length
    }
  }

  mutating func widen(_ field: UInt32) -> Int? {
    guard field == .max else { return Int(field) }
    guard !values.isEmpty, let wide = Int(exactly: values.removeFirst()), wide <= 1 << 48 else { return nil }
    return wide
  }
}
