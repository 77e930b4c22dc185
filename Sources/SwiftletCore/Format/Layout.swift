package import CKernels

/// Bytes [offset, offset + bytes) of the file.
package struct Extent: Equatable {
  package var offset: UInt64 = 0
  package var bytes: UInt64 = 0
}

/// Where each section lies, proved to be inside the file, in order and apart: the header and the section table, nothing else.
package struct Layout {
  package private(set) var header = ck_file_header()
  package private(set) var strings = Extent()
  package private(set) var programs = Extent()
  package private(set) var bindings = Extent()
  package private(set) var tensors = Extent()
  package private(set) var instructions = Extent()
  package private(set) var constants = Extent()
  package private(set) var metadata: Extent?
  package private(set) var signature: Extent?

  package static let headerBytes = MemoryLayout<ck_file_header>.stride
  private static let entryBytes = MemoryLayout<ck_section>.stride

  /// Reads header and table from the start of the file; `bytes` may continue past the file's own length.
  package init(_ bytes: UnsafeRawBufferPointer) throws(FormatError) {
    guard bytes.count >= Self.headerBytes, let base = bytes.baseAddress else {
      // A short file of another format deserves to hear so, rather than that it was cut.
      if unsafe bytes.count >= 8 && !Self.hasMagic(bytes) { throw FormatError(.magic, at: 0) }
      throw FormatError(.truncated, at: UInt64(bytes.count), expected: UInt64(Self.headerBytes), found: UInt64(bytes.count))
    }
    guard unsafe Self.hasMagic(bytes) else { throw FormatError(.magic, at: 0) }
    header = unsafe base.loadUnaligned(as: ck_file_header.self)
    let minimum = header.minimum_runtime
    guard header.version >= 1 else { throw FormatError(.version, at: 8, expected: 1, found: UInt64(header.version)) }
    guard minimum >= 1, minimum <= header.version, minimum <= CK_FORMAT_VERSION else {
      throw FormatError(.version, at: 12, expected: UInt64(CK_FORMAT_VERSION), found: UInt64(minimum))
    }
    guard header.total_bytes <= UInt64(bytes.count) else {
      throw FormatError(.truncated, at: UInt64(bytes.count), expected: header.total_bytes, found: UInt64(bytes.count))
    }
    for word in 0..<9 where unsafe base.loadUnaligned(fromByteOffset: 92 + 4 * word, as: UInt32.self) != 0 {
      throw FormatError(.reserved, at: UInt64(92 + 4 * word))
    }
    try unsafe readTable(base)
  }

  private mutating func readTable(_ base: UnsafeRawPointer) throws(FormatError) {
    let headerBytes = UInt64(Self.headerBytes)
    let entryBytes = UInt64(Self.entryBytes)
    let count = UInt64(header.section_count)
    guard header.total_bytes >= headerBytes, count <= (header.total_bytes - headerBytes) / entryBytes else {
      throw FormatError(.sectionTable, at: 88, expected: header.total_bytes, found: count)
    }
    var end = headerBytes + count * entryBytes
    var previousKind: UInt32 = 0
    var present: UInt32 = 0
    for index in 0..<count {
      let at = headerBytes + index * entryBytes
      let entry = unsafe base.loadUnaligned(fromByteOffset: Int(at), as: ck_section.self)
      guard entry.kind > previousKind else {
        throw FormatError(.sectionTable, at: at, expected: UInt64(previousKind) + 1, found: UInt64(entry.kind))
      }
      previousKind = entry.kind
      guard entry.reserved == 0 else { throw FormatError(.reserved, at: at + 4) }
      let isConstants = entry.kind == CK_SECTION_CONSTANTS.rawValue
      let alignment = UInt64(isConstants ? CK_CONSTANTS_ALIGNMENT : CK_SECTION_ALIGNMENT)
      guard entry.offset >= end, entry.offset % alignment == 0 else {
        throw FormatError(.sectionTable, at: at + 8, expected: end, found: entry.offset)
      }
      guard entry.offset <= header.total_bytes, entry.bytes <= header.total_bytes - entry.offset else {
        throw FormatError(.sectionTable, at: at + 16, expected: header.total_bytes, found: entry.bytes)
      }
      end = entry.offset + entry.bytes
      if entry.kind < 32 { present |= 1 << entry.kind }
      try assign(Extent(offset: entry.offset, bytes: entry.bytes), kind: entry.kind, at: at)
    }
    for kind in CK_SECTION_STRINGS.rawValue...CK_SECTION_INSTRUCTIONS.rawValue where present & (1 << kind) == 0 {
      throw FormatError(.missingSection, at: 88, expected: UInt64(kind))
    }
  }

  private mutating func assign(_ extent: Extent, kind: UInt32, at: UInt64) throws(FormatError) {
    var record = 1
    switch ck_section_kind(kind) {
    case CK_SECTION_STRINGS: strings = extent
    case CK_SECTION_PROGRAMS: (programs, record) = (extent, MemoryLayout<ck_program>.stride)
    case CK_SECTION_BINDINGS: (bindings, record) = (extent, MemoryLayout<ck_binding>.stride)
    case CK_SECTION_TENSORS: (tensors, record) = (extent, MemoryLayout<ck_tensor>.stride)
    case CK_SECTION_INSTRUCTIONS: (instructions, record) = (extent, MemoryLayout<ck_instruction>.stride)
    case CK_SECTION_CONSTANTS: constants = extent
    case CK_SECTION_METADATA: metadata = extent
    case CK_SECTION_SIGNATURE: signature = extent
    default:
      guard kind & CK_SECTION_OPTIONAL != 0 else { throw FormatError(.unknownSection, at: at, found: UInt64(kind)) }
    }
    guard extent.bytes % UInt64(record) == 0 else {
      throw FormatError(.recordSize, at: at + 16, expected: UInt64(record), found: extent.bytes)
    }
  }

  private static func hasMagic(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let magic: InlineArray<8, UInt8> = [0x89, 0x53, 0x57, 0x4C, 0x0D, 0x0A, 0x1A, 0x0A]
    for index in 0..<8 where unsafe bytes[index] != magic[index] { return false }
    return true
  }
}
