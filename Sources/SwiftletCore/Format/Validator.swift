import CKernels

/// The one pass that proves a file: after it nothing in the structure sections can make a session misbehave. Order matters: every
/// step relies on what the steps before it proved. Memory: none. Time: linear, but for the order of reads and writes (`budget`).
struct Validator {
  let view: ModelView
  /// Comparisons left for proving the order of reads and writes: a second or so on a workstation; real nets need thousands.
  var budget: UInt64 = 1 << 28

  init(_ view: ModelView) { self.view = view }

  mutating func validate(structure bytes: (Extent) -> UnsafeRawBufferPointer, verifyingConstants: Bool) throws(FormatError) {
    try unsafe checkDigests(bytes, verifyingConstants: verifyingConstants)
    try checkStrings()
    for index in 0..<view.tensors.count { try checkTensor(index) }
    try checkPrograms()
    // Every instruction belongs to at most one program, so both loops together are linear.
    for index in 0..<view.programs.count {
      let program = view.programs[index]
      for instruction in view.instructions(program) { try checkInstruction(instruction, in: program) }
      try checkOrder(of: program)
    }
  }

  // MARK: Places in the file, for errors

  func programOffset(_ index: Int, _ field: Int = 0) -> UInt64 { view.layout.programs.offset + UInt64(index * 128 + field) }
  func bindingOffset(_ index: Int, _ field: Int = 0) -> UInt64 { view.layout.bindings.offset + UInt64(index * 128 + field) }
  func tensorOffset(_ index: Int, _ field: Int = 0) -> UInt64 { view.layout.tensors.offset + UInt64(index * 64 + field) }
  func instructionOffset(_ index: Int, _ field: Int = 0) -> UInt64 { view.layout.instructions.offset + UInt64(index * 256 + field) }

  // MARK: Digests

  private func checkDigests(_ bytes: (Extent) -> UnsafeRawBufferPointer, verifyingConstants: Bool) throws(FormatError) {
    let layout = view.layout
    var hash = SHA256()
    hash.update(layout.header.version)
    hash.update(layout.header.minimum_runtime)
    let sections: InlineArray<5, Extent> = [layout.strings, layout.programs, layout.bindings, layout.tensors, layout.instructions]
    for index in 0..<5 {
      hash.update(UInt32(index + 1))
      hash.update(UInt32(0))
      hash.update(sections[index].bytes)
      unsafe hash.update(bytes(sections[index]))
    }
    guard Self.matches(hash.finalize(), header: layout.header, at: 16) else {
      throw FormatError(.structureDigest, at: 16)
    }
    guard verifyingConstants else { return }
    var constants = SHA256()
    unsafe constants.update(view.constants)
    guard Self.matches(constants.finalize(), header: layout.header, at: 48) else {
      throw FormatError(.constantsDigest, at: 48)
    }
  }

  private static func matches(_ digest: SHA256.Digest, header: ck_file_header, at offset: Int) -> Bool {
    unsafe Swift.withUnsafeBytes(of: header) { header in
      for index in 0..<32 where unsafe header[offset + index] != digest[index] { return false }
      return true
    }
  }

  // MARK: Strings

  /// Proves the section UTF-8 as a whole, so that a reference is good where it neither starts nor ends inside a character.
  private func checkStrings() throws(FormatError) {
    let bytes = unsafe view.strings
    var index = 0
    while index < bytes.count {
      let length = unsafe Self.scalarLength(bytes, at: index)
      guard length > 0 else { throw FormatError(.string, at: view.layout.strings.offset + UInt64(index)) }
      index += length
    }
  }

  /// Bytes of the UTF-8 scalar at `index`, 0 where there is none. Source: Unicode 15, table 3-7.
  private static func scalarLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    let first = unsafe bytes[index]
    if first < 0x80 { return 1 }
    let length: Int
    var low: UInt8 = 0x80
    var high: UInt8 = 0xBF
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, low) = (3, 0xA0)
    case 0xED: (length, high) = (3, 0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, low) = (4, 0x90)
    case 0xF4: (length, high) = (4, 0x8F)
    case 0xF1...0xF3: length = 4
    default: return 0
    }
    guard length <= bytes.count - index else { return 0 }
    for position in 1..<length {
      let byte = unsafe bytes[index + position]
      guard byte >= low, byte <= high else { return 0 }
      (low, high) = (0x80, 0xBF)
    }
    return length
  }

  func checkString(_ string: ck_string, at offset: UInt64) throws(FormatError) {
    let end = UInt64(string.offset) + UInt64(string.bytes)
    let have = unsafe UInt64(view.strings.count)
    guard end <= have else { throw FormatError(.string, at: offset, expected: have, found: end) }
    guard isCharacterEdge(Int(string.offset)), isCharacterEdge(Int(end)) else {
      throw FormatError(.string, at: offset, found: UInt64(string.offset))
    }
  }

  private func isCharacterEdge(_ index: Int) -> Bool { unsafe index == view.strings.count || view.strings[index] & 0xC0 != 0x80 }

  // MARK: Tensors

  private func checkTensor(_ index: Int) throws(FormatError) {
    let tensor = view.tensors[index]
    try checkString(tensor.name, at: tensorOffset(index))
    let size = elementBytes(tensor.dtype)
    guard size > 0 else { throw FormatError(.tensorShape, at: tensorOffset(index, 8), found: UInt64(tensor.dtype)) }
    guard tensor.rank <= UInt8(CK_MAX_RANK) else {
      throw FormatError(.tensorShape, at: tensorOffset(index, 9), expected: UInt64(CK_MAX_RANK), found: UInt64(tensor.rank))
    }
    guard tensor.storage <= 1 else { throw FormatError(.tensorPlace, at: tensorOffset(index, 10), found: UInt64(tensor.storage)) }
    guard tensor.reserved0 == 0 else { throw FormatError(.reserved, at: tensorOffset(index, 11)) }
    guard tensor.reserved1 == 0 else { throw FormatError(.reserved, at: tensorOffset(index, 60)) }
    try checkDims(tensor.dims, rank: tensor.rank, at: tensorOffset(index, 12))
    let (bytes, overflow) = tensor.elementCount.multipliedReportingOverflow(by: size)
    guard tensor.elementCount > 0, !overflow, tensor.bytes == bytes, tensor.bytes <= UInt64(Int.max) else {
      throw FormatError(.tensorBytes, at: tensorOffset(index, 48), expected: bytes, found: tensor.bytes)
    }
    guard tensor.offset % UInt64(CK_TENSOR_ALIGNMENT) == 0 else {
      throw FormatError(.tensorPlace, at: tensorOffset(index, 40), expected: UInt64(CK_TENSOR_ALIGNMENT), found: tensor.offset)
    }
    if tensor.isConstant {
      try checkConstants(offset: tensor.offset, bytes: tensor.bytes, code: .tensorPlace, at: tensorOffset(index, 40))
    }
    try checkQuantization(tensor, index)
  }

  func checkDims(_ dims: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32), rank: UInt8, at offset: UInt64) throws(FormatError) {
    for axis in 0..<Int(CK_MAX_RANK) {
      let dim = element(dims, axis)
      let legal = axis < Int(rank) ? dim > 0 : dim == 1
      guard legal else { throw FormatError(.tensorShape, at: offset + UInt64(4 * axis), expected: 1, found: UInt64(dim)) }
    }
  }

  private func checkQuantization(_ tensor: ck_tensor, _ index: Int) throws(FormatError) {
    // The inverse is taken when floats are quantized for the caller.
    guard tensor.scale == 0 || (tensor.scale > 0 && tensor.scale.isFinite && (1 / tensor.scale).isFinite) else {
      throw FormatError(.quantization, at: tensorOffset(index, 36), found: UInt64(tensor.scale.bitPattern))
    }
    let legal: ClosedRange<Int32> =
      switch ck_dtype(UInt32(tensor.dtype)) {
      case CK_DTYPE_S8: -128...127
      case CK_DTYPE_U8: 0...255
      case CK_DTYPE_S16: -32768...32767
      default: 0...0
      }
    guard legal.contains(tensor.zero_point) else {
      throw FormatError(.quantization, at: tensorOffset(index, 56), found: UInt64(UInt32(bitPattern: tensor.zero_point)))
    }
  }

  /// Proves [offset, offset + bytes) inside the constants section, its start aligned.
  func checkConstants(offset: UInt64, bytes: UInt64, code: FormatError.Code, at place: UInt64) throws(FormatError) {
    let have = unsafe UInt64(view.constants.count)
    guard offset % UInt64(CK_TENSOR_ALIGNMENT) == 0 else {
      throw FormatError(code, at: place, expected: UInt64(CK_TENSOR_ALIGNMENT), found: offset)
    }
    guard offset <= have, bytes <= have - offset else { throw FormatError(code, at: place, expected: have, found: offset) }
  }
}
