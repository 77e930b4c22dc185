import CKernels

/// The records of a .swl file, read back by their documented offsets.
struct FileView {
  let bytes: [UInt8]
  var header: ck_file_header { record(at: 0) }
  var sections: [ck_section] { (0..<Int(header.section_count)).map { record(at: 128 + 24 * $0) } }
  var programs: [ck_program] { records(CK_SECTION_PROGRAMS) }
  var bindings: [ck_binding] { records(CK_SECTION_BINDINGS) }
  var tensors: [ck_tensor] { records(CK_SECTION_TENSORS) }
  var instructions: [ck_instruction] { records(CK_SECTION_INSTRUCTIONS) }

  func content(_ kind: ck_section_kind) -> [UInt8] {
    guard let section = sections.first(where: { $0.kind == kind.rawValue }) else { return [] }
    return Array(bytes[Int(section.offset)..<Int(section.offset + section.bytes)])
  }

  func string(_ place: ck_string) -> String {
    String(decoding: content(CK_SECTION_STRINGS)[Int(place.offset)..<Int(place.offset + place.bytes)], as: UTF8.self)
  }

  func parameters<Parameters>(_ instruction: ck_instruction, as type: Parameters.Type) -> Parameters {
    withUnsafeBytes(of: instruction.parameters) { $0.loadUnaligned(as: type) }
  }

  func operands(_ instruction: ck_instruction) -> (inputs: [ck_tensor], outputs: [ck_tensor]) {
    let indices = withUnsafeBytes(of: instruction.operand) { Array($0.bindMemory(to: UInt32.self)) }
    let (inputs, outputs) = (Int(instruction.input_count), Int(instruction.output_count))
    return (indices[..<inputs].map { tensors[Int($0)] }, indices[inputs..<inputs + outputs].map { tensors[Int($0)] })
  }

  private func record<Record>(at offset: Int) -> Record {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Record.self) }
  }

  private func records<Record>(_ kind: ck_section_kind) -> [Record] {
    let section = content(kind)
    return section.withUnsafeBytes { buffer in
      stride(from: 0, to: buffer.count, by: MemoryLayout<Record>.stride).map { buffer.loadUnaligned(fromByteOffset: $0, as: Record.self) }
    }
  }
}
