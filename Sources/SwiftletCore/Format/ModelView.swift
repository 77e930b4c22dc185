package import CKernels

/// The operators that a model may use: see `ck/operator.h`.
package typealias OperatorTable = UnsafePointer<UnsafePointer<ck_operator>?>

/// The records of a file in memory. It owns nothing: whoever makes it keeps the structure sections unchanged and the constants
/// readable for as long as it, and sessions over it, are used. Nothing but `validated` makes one that a session accepts.
@safe package struct ModelView {
  package let layout: Layout
  package let strings: UnsafeRawBufferPointer
  package let programs: Records<ck_program>
  package let bindings: Records<ck_binding>
  package let tensors: Records<ck_tensor>
  package let instructions: Records<ck_instruction>
  package let constants: UnsafeRawBufferPointer
  package let operators: OperatorTable

  /// Validates the whole file in place. `file` starts at a multiple of 64 and does not change while the view is used.
  package static func validated(
    inPlace file: UnsafeRawBufferPointer, operators: OperatorTable, verifyingConstants: Bool
  ) throws(FormatError) -> ModelView {
    let layout = try unsafe Layout(file)
    guard let base = file.baseAddress, UInt(bitPattern: base) % UInt(CK_SECTION_ALIGNMENT) == 0 else {
      throw FormatError(.misaligned, at: 0, expected: UInt64(CK_SECTION_ALIGNMENT))
    }
    return try unsafe validated(layout, operators: operators, verifyingConstants: verifyingConstants) { extent in
      unsafe UnsafeRawBufferPointer(start: base + Int(extent.offset), count: Int(extent.bytes))
    }
  }

  /// Validates sections that the caller placed: `bytes` gives each section's memory, aligned to 64 and as long as its extent.
  package static func validated(
    _ layout: Layout, operators: OperatorTable, verifyingConstants: Bool, bytes: (Extent) -> UnsafeRawBufferPointer
  ) throws(FormatError) -> ModelView {
    let view = unsafe ModelView(
      layout: layout, strings: bytes(layout.strings), programs: Records(bytes(layout.programs)), bindings: Records(bytes(layout.bindings)),
      tensors: Records(bytes(layout.tensors)), instructions: Records(bytes(layout.instructions)), constants: bytes(layout.constants),
      operators: operators)
    var validator = Validator(view)
    try unsafe validator.validate(structure: bytes, verifyingConstants: verifyingConstants)
    return view
  }

  /// The bytes of a string, empty where it lies outside its section.
  package func string(_ string: ck_string) -> UnsafeRawBufferPointer {
    let end = UInt64(string.offset) + UInt64(string.bytes)
    guard unsafe end <= UInt64(strings.count) else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
    return unsafe UnsafeRawBufferPointer(rebasing: strings[Int(string.offset)..<Int(end)])
  }

  /// Constants from `offset` on; validated before it is called.
  package func constant(_ offset: UInt64) -> UnsafePointer<UInt8> {
    let base = unsafe constants.baseAddress ?? UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
    return unsafe (base + Int(offset)).assumingMemoryBound(to: UInt8.self)
  }

  /// Binding records of a program's inputs, outputs and states.
  package func inputs(_ program: ck_program) -> Range<Int> { range(program.first_binding, program.input_count) }
  package func outputs(_ program: ck_program) -> Range<Int> { range(program.first_binding + program.input_count, program.output_count) }
  package func states(_ program: ck_program) -> Range<Int> {
    range(program.first_binding + program.input_count + program.output_count, program.state_count)
  }
  package func instructions(_ program: ck_program) -> Range<Int> { range(program.first_instruction, program.instruction_count) }

  private func range(_ first: UInt32, _ count: UInt32) -> Range<Int> { Int(first)..<Int(first) + Int(count) }
}

extension ck_tensor {
  /// Elements, 0 where the product overflows; exact in a validated file.
  package var elementCount: UInt64 {
    var count: UInt64 = 1
    for axis in 0..<Int(CK_MAX_RANK) {
      let (product, overflow) = count.multipliedReportingOverflow(by: UInt64(element(dims, axis)))
      guard !overflow else { return 0 }
      count = product
    }
    return count
  }

  package var isConstant: Bool { storage == CK_STORAGE_CONSTANTS.rawValue }

  /// Bytes in which both hold the same values: one lies inside the other, with the same type and quantization. So a reshape is a second
  /// record over the same bytes, a slice one over a part of them, and what is concatenated is written straight into its part of the whole.
  /// Rows of one image may also lie across each other: what is written by bands of rows is read by other bands.
  package func sharedBytes(_ other: ck_tensor) -> UInt64 {
    guard storage == other.storage, dtype == other.dtype, scale == other.scale, zero_point == other.zero_point else { return 0 }
    if contains(other) { return other.bytes }
    return other.contains(self) ? bytes : commonRowBytes(other)
  }

  /// The bytes in both where each is some rows of the same image, else 0.
  private func commonRowBytes(_ other: ck_tensor) -> UInt64 {
    guard rank == 4, other.rank == 4, dims.0 == 1, other.dims.0 == 1, dims.1 > 0, dims.2 == other.dims.2, dims.3 == other.dims.3 else { return 0 }
    let (first, second) = offset <= other.offset ? (self, other) : (other, self)
    let rowBytes = bytes / UInt64(dims.1), distance = second.offset - first.offset
    guard rowBytes > 0, distance % rowBytes == 0, distance < first.bytes else { return 0 }
    return min(first.bytes - distance, second.bytes)
  }

  package func contains(_ other: ck_tensor) -> Bool { offset <= other.offset && other.offset + other.bytes <= offset + bytes }

  /// Whether the two share a byte of the arena.
  package func overlaps(_ other: ck_tensor) -> Bool {
    !isConstant && !other.isConstant && overlaps(offset: other.offset, bytes: other.bytes)
  }
  package func overlaps(offset other: UInt64, bytes otherBytes: UInt64) -> Bool {
    bytes > 0 && otherBytes > 0 && offset < other + otherBytes && other < offset + bytes
  }
}

extension ck_binding {
  /// What raw access takes for this tensor's own: uint8 levels of the source model are int8 ones here, both less 128.
  package func seenByCaller(_ tensor: ck_tensor) -> ck_tensor {
    guard dtype == CK_DTYPE_U8.rawValue, tensor.dtype == CK_DTYPE_S8.rawValue, tensor.scale > 0 else { return tensor }
    var seen = tensor
    seen.dtype = dtype
    seen.zero_point = tensor.zero_point &+ 128
    return seen
  }
}

/// Bytes of an element, 0 for a type that this version does not execute.
package func elementBytes(_ dtype: UInt8) -> UInt64 {
  switch ck_dtype(UInt32(dtype)) {
  case CK_DTYPE_S8, CK_DTYPE_U8, CK_DTYPE_BOOL: 1
  case CK_DTYPE_S16, CK_DTYPE_F16: 2
  case CK_DTYPE_S32, CK_DTYPE_F32: 4
  case CK_DTYPE_S64: 8
  default: 0
  }
}
