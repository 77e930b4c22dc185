import CZlib
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes a .npz of stored members. It is written beside `path` and renamed, so that `path` is never half written.
/// - Throws: where a name is empty or repeated, the archive exceeds 4 GiB, or the folder cannot be written.
package func writeNPZ(_ arrays: [(String, NumericArray)], to path: FilePath) throws(ArrayFileError) {
  var names: Set<String> = []
  var total = 22
  for (name, array) in arrays {
    guard !name.isEmpty, name.utf8.count <= 0xFF00 else {
      throw ArrayFileError(file: path.string, array: name, "cannot be a member's name")
    }
    guard names.insert(name).inserted else { throw ArrayFileError(file: path.string, array: name, "is given twice") }
    total += array.bytes.count + 4096 + 2 * name.utf8.count
  }
  guard total < Int(UInt32.max), arrays.count < 0xFFFF else { throw ArrayFileError(file: path.string, "more than 4 GiB for one .npz") }
  if let type = try? Stat(path).type, type != .regular {
    throw ArrayFileError(file: path.string, "exists and is not a regular file")
  }

  let aside = FilePath("\(path.string).\(getpid()).part")
  var isRenamed = false
  defer { if !isRenamed { unlink(aside.string) } }
  do {
    let descriptor = try FileDescriptor.open(
      aside, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead, .otherRead])
    try descriptor.closeAfter {
      var directory: [UInt8] = []
      var offset = 0
      for (name, array) in arrays {
        let header = npyHeader(array)
        let member = zipRecord(name, header: header, array.bytes)
        let signature: [UInt8] = [0x50, 0x4B, 3, 4]
        try descriptor.writeAll(signature + member.common + member.name)
        try descriptor.writeAll(header)
        try descriptor.writeAll(array.bytes)
        directory += [0x50, 0x4B, 1, 2, 20, 3]
        directory += member.common
        directory += [UInt8](repeating: 0, count: 6) // no comment, the first disk, not text
        directory += littleEndian(UInt32(0o100644) << 16)
        directory += littleEndian(UInt32(offset))
        directory += member.name
        offset += 4 + member.common.count + member.name.count + header.count + array.bytes.count
      }
      let count = littleEndian(UInt16(arrays.count))
      try descriptor.writeAll(directory)
      var end: [UInt8] = [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
      end += count + count
      end += littleEndian(UInt32(directory.count)) + littleEndian(UInt32(offset))
      end += [0, 0]
      try descriptor.writeAll(end)
    }
    guard rename(aside.string, path.string) == 0 else { throw Errno(rawValue: errno) }
    isRenamed = true
  } catch {
    throw ArrayFileError(file: path.string, "cannot be written: \(error)")
  }
}

/// Version 1.0, padded so that the data begins at a multiple of 64.
private func npyHeader(_ array: NumericArray) -> [UInt8] {
  let order = array.elementType.byteCount == 1 ? "|" : "<"
  let shape = array.shape.map(String.init).joined(separator: ", ") + (array.shape.count == 1 ? "," : "")
  var text = Array("{'descr': '\(order)\(array.elementType.rawValue)', 'fortran_order': False, 'shape': (\(shape)), }".utf8)
  text += [UInt8](repeating: 0x20, count: 63 - (10 + text.count) % 64) + [0x0A]
  return npyMagic + [1, 0] + littleEndian(UInt16(text.count)) + text
}

/// The fields that a member's local header and its directory entry share, from "version needed" to the extra field's length.
private func zipRecord(_ name: String, header: [UInt8], _ data: [UInt8]) -> (common: [UInt8], name: [UInt8]) {
  var checksum = crc32(0, nil, 0)
  for part in [header, data] {
    part.withUnsafeBufferPointer { buffer in
      for start in stride(from: 0, to: buffer.count, by: 1 << 24) {
        let chunk = UnsafeBufferPointer(rebasing: buffer[start..<min(start + 1 << 24, buffer.count)])
        checksum = crc32(checksum, chunk.baseAddress, uInt(chunk.count))
      }
    }
  }
  let name = Array((name + ".npy").utf8)
  let size = littleEndian(UInt32(header.count + data.count))
  // Bit 11: the name is UTF-8. The date is 1980-01-01, so that equal arrays give equal files.
  let common =
    littleEndian(UInt16(20)) + littleEndian(UInt16(0x0800)) + littleEndian(UInt16(0)) + littleEndian(UInt16(0))
    + littleEndian(UInt16(0x0021)) + littleEndian(UInt32(truncatingIfNeeded: checksum)) + size + size
    + littleEndian(UInt16(name.count)) + littleEndian(UInt16(0))
  return (common, name)
}

private func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
