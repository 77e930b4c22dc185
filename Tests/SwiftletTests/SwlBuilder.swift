import CKernels
import SwiftletCore

/// Writes .swl bytes from records, with nothing but the records: a second writer, so that reader and converter cannot share a mistake.
struct SwlBuilder {
  var strings: [UInt8] = []
  var programs: [ck_program] = []
  var bindings: [ck_binding] = []
  var tensors: [ck_tensor] = []
  var instructions: [ck_instruction] = []
  var constants: [UInt8] = []
  var metadata: [(String, String)]?

  mutating func string(_ text: String) -> ck_string {
    defer { strings += Array(text.utf8) }
    return ck_string(offset: UInt32(strings.count), bytes: UInt32(text.utf8.count))
  }

  mutating func constant<T>(_ values: [T]) -> ck_constant {
    let bytes = values.withUnsafeBytes { Array($0) }
    defer { constants += bytes + [UInt8](repeating: 0, count: (16 - bytes.count % 16) % 16) }
    return ck_constant(offset: UInt64(constants.count), bytes: UInt64(bytes.count))
  }

  /// Appends an arena tensor; its index.
  mutating func tensor(
    _ name: String, _ dims: [Int], at offset: Int, dtype: ck_dtype = CK_DTYPE_S8, scale: Float = 0.1, zeroPoint: Int = 0
  ) -> UInt32 {
    var tensor = ck_tensor()
    tensor.name = string(name)
    tensor.dtype = UInt8(dtype.rawValue)
    tensor.rank = UInt8(dims.count)
    tensor.dims = Self.padded(dims)
    tensor.scale = dtype == CK_DTYPE_F32 ? 0 : scale
    tensor.zero_point = Int32(zeroPoint)
    tensor.offset = UInt64(offset)
    tensor.bytes = UInt64(dims.reduce(1, *)) * elementBytes(tensor.dtype)
    tensors.append(tensor)
    return UInt32(tensors.count - 1)
  }

  /// A binding record, ready to be appended.
  mutating func binding(
    _ kind: ck_binding_kind, _ name: String, tensor: UInt32, dims: [Int], permutation: [Int]? = nil, dtype: ck_dtype = CK_DTYPE_F32
  ) -> ck_binding {
    var binding = ck_binding()
    binding.kind = kind.rawValue
    binding.tensor = tensor
    binding.name = string(name)
    binding.dtype = UInt8(dtype.rawValue)
    binding.rank = UInt8(dims.count)
    binding.dims = Self.padded(dims)
    let order = (permutation ?? Array(0..<dims.count)).map { UInt8($0) } + (dims.count..<6).map { UInt8($0) }
    binding.permutation = (order[0], order[1], order[2], order[3], order[4], order[5])
    binding.linked_output = CK_NONE
    return binding
  }

  mutating func instruction<P>(
    _ opcode: ck_opcode, _ name: String, _ parameters: P, inputs: [UInt32], outputs: [UInt32], constants: [ck_constant] = []
  ) {
    var instruction = ck_instruction()
    instruction.opcode = UInt16(opcode.rawValue)
    instruction.name = string(name)
    instruction.input_count = UInt8(inputs.count)
    instruction.output_count = UInt8(outputs.count)
    instruction.constant_count = UInt8(constants.count)
    withUnsafeMutableBytes(of: &instruction.operand) { bytes in
      let operands = bytes.assumingMemoryBound(to: UInt32.self)
      for index in 0..<8 { operands[index] = CK_NONE }
      for (index, operand) in (inputs + outputs).enumerated() { operands[index] = operand }
    }
    withUnsafeMutableBytes(of: &instruction.constant) { bytes in
      for (index, constant) in constants.enumerated() { bytes.storeBytes(of: constant, toByteOffset: 16 * index, as: ck_constant.self) }
    }
    withUnsafeMutableBytes(of: &instruction.parameters) { bytes in
      withUnsafeBytes(of: parameters) { bytes.copyMemory(from: $0) }
    }
    instructions.append(instruction)
  }

  /// Appends a program of the instructions and bindings added since the last one.
  mutating func program(_ name: String, arena: Int, persistent: Int = 0, bindings added: [ck_binding]) {
    var program = ck_program()
    program.name = string(name)
    program.first_instruction = programs.last.map { $0.first_instruction + $0.instruction_count } ?? 0
    program.instruction_count = UInt32(instructions.count) - program.first_instruction
    program.first_binding = UInt32(bindings.count)
    program.input_count = UInt32(added.count { $0.kind == CK_BINDING_INPUT.rawValue })
    program.output_count = UInt32(added.count { $0.kind == CK_BINDING_OUTPUT.rawValue })
    program.state_count = UInt32(added.count { $0.kind == CK_BINDING_STATE.rawValue })
    program.length_input = CK_NONE
    program.arena_bytes = UInt64(arena)
    program.persistent_bytes = UInt64(persistent)
    bindings += added.sorted { $0.kind < $1.kind }
    programs.append(program)
  }

  /// The file; constants end it, unless there is metadata.
  func build() -> [UInt8] {
    var sections: [(kind: UInt32, bytes: [UInt8])] = [
      (1, strings), (2, Self.bytes(programs)), (3, Self.bytes(bindings)), (4, Self.bytes(tensors)), (5, Self.bytes(instructions)),
      (6, constants + [UInt8](repeating: 0, count: (64 - constants.count % 64) % 64)),
    ]
    if let metadata {
      var body = Self.bytes([UInt32(metadata.count)])
      for text in metadata.flatMap({ [$0.0, $0.1] }) { body += Self.bytes([UInt32(text.utf8.count)]) + Array(text.utf8) }
      sections.append((7, Self.sha256(body) + body))
    }
    var file = [UInt8](repeating: 0, count: 128 + 24 * sections.count)
    var table: [ck_section] = []
    for (kind, bytes) in sections {
      let alignment = kind == 6 ? Int(CK_CONSTANTS_ALIGNMENT) : Int(CK_SECTION_ALIGNMENT)
      file += [UInt8](repeating: 0, count: (alignment - file.count % alignment) % alignment)
      table.append(ck_section(kind: kind, reserved: 0, offset: UInt64(file.count), bytes: UInt64(bytes.count)))
      file += bytes
    }
    var header = ck_file_header()
    header.magic = (0x89, 0x53, 0x57, 0x4C, 0x0D, 0x0A, 0x1A, 0x0A)
    (header.version, header.minimum_runtime) = (1, 1)
    header.total_bytes = UInt64(file.count)
    header.section_count = UInt32(sections.count)
    file.replaceSubrange(0..<128, with: Self.bytes([header]))
    file.replaceSubrange(128..<128 + 24 * table.count, with: Self.bytes(table))
    Self.seal(&file)
    return file
  }

  /// Recomputes both digests, so that damage meets the validator itself; leaves files alone whose table cannot be followed.
  static func seal(_ file: inout [UInt8]) {
    let sections = self.sections(of: file)
    guard sections.count >= 5, file.count >= 128 else { return }
    var structure = Array(file[8..<16])
    for kind in UInt32(1)...5 {
      guard let range = sections[kind] else { return }
      structure += bytes([kind, 0]) + bytes([UInt64(range.count)]) + file[range]
    }
    file.replaceSubrange(16..<48, with: sha256(structure))
    file.replaceSubrange(48..<80, with: sha256(sections[6].map { Array(file[$0]) } ?? []))
  }

  /// Where the table puts each section, as far as that is inside the file.
  static func sections(of file: [UInt8]) -> [UInt32: Range<Int>] {
    var sections: [UInt32: Range<Int>] = [:]
    for index in 0..<8 where 128 + 24 * index + 24 <= file.count {
      let entry = file.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 128 + 24 * index, as: ck_section.self) }
      guard (1...8).contains(entry.kind), entry.offset <= UInt64(file.count), entry.bytes <= UInt64(file.count) - entry.offset else {
        continue
      }
      sections[entry.kind] = Int(entry.offset)..<Int(entry.offset + entry.bytes)
    }
    return sections
  }

  static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    let digest = hash.finalize()
    return (0..<32).map { digest[$0] }
  }

  static func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  private static func padded(_ dims: [Int]) -> (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) {
    let dims = dims.map { UInt32($0) } + [UInt32](repeating: 1, count: 6 - dims.count)
    return (dims[0], dims[1], dims[2], dims[3], dims[4], dims[5])
  }
}
