import CKernels

/// Encodes sections into a file: header, table, aligned contents, digests.
struct Container {
  /// Contents by kind, ascending.
  var sections: [(kind: ck_section_kind, bytes: [UInt8])]

  /// The file.
  func encoded() -> [UInt8] {
    var offset = MemoryLayout<ck_file_header>.size + sections.count * MemoryLayout<ck_section>.size
    var table: [ck_section] = []
    for section in sections {
      let alignment = Int(section.kind == CK_SECTION_CONSTANTS ? CK_CONSTANTS_ALIGNMENT : CK_SECTION_ALIGNMENT)
      offset = dividedUp(offset, by: alignment) * alignment
      table.append(
        ck_section(kind: section.kind.rawValue, reserved: 0, offset: UInt64(offset), bytes: UInt64(section.bytes.count)))
      offset += section.bytes.count
    }
    var file = recordBytes(header(totalBytes: offset))
    file.reserveCapacity(offset)
    for entry in table { file += recordBytes(entry) }
    for (entry, section) in zip(table, sections) {
      file += repeatElement(0, count: Int(entry.offset) - file.count)
      file += section.bytes
    }
    return file
  }

  private func header(totalBytes: Int) -> ck_file_header {
    var header = ck_file_header()
    setArray(&header.magic, [0x89, 0x53, 0x57, 0x4C, 0x0D, 0x0A, 0x1A, 0x0A] as [UInt8])
    header.version = CK_FORMAT_VERSION
    header.minimum_runtime = CK_FORMAT_VERSION
    var structure = recordBytes(header.version) + recordBytes(header.minimum_runtime)
    for section in sections where section.kind.rawValue <= CK_SECTION_INSTRUCTIONS.rawValue {
      structure += recordBytes(section.kind.rawValue) + recordBytes(UInt32(0)) + recordBytes(UInt64(section.bytes.count))
      structure += section.bytes
    }
    setArray(&header.structure_digest, sha256(structure))
    let constants = sections.first { $0.kind == CK_SECTION_CONSTANTS }
    setArray(&header.constants_digest, sha256(constants?.bytes ?? []))
    header.total_bytes = UInt64(totalBytes)
    header.section_count = UInt32(sections.count)
    return header
  }
}

/// SHA-256 of the rest, then the count and each pair, keys and values with their lengths (u32) before them.
func encodedMetadata(_ metadata: [(key: String, value: String)]) -> [UInt8] {
  var content = recordBytes(UInt32(truncatingIfNeeded: metadata.count))
  for string in metadata.flatMap({ [$0.key, $0.value] }) {
    content += recordBytes(UInt32(truncatingIfNeeded: string.utf8.count))
    content += string.utf8
  }
  return sha256(content) + content
}
