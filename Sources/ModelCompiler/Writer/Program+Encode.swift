import CKernels
package import ModelGraph

/// Encodes a planned program as a file.
/// - Throws: `too-large` where a field of the format does not hold what the program asks for.
package func encode(
  _ program: Program, _ plan: ArenaPlan, metadata: [(key: String, value: String)]
) throws(DiagnosticError) -> [UInt8] {
  do throws(LoweringError) {
    var program = program
    var strings = StringTable()
    var tensors: [UInt8] = []
    for tensor in program.tensors {
      var record = ck_tensor(tensor, place: plan.offset(of: tensor))
      record.name = try strings.place(tensor.name)
      tensors += recordBytes(record)
    }
    var instructions: [UInt8] = []
    for (instruction, scratch) in zip(program.instructions, plan.scratch) {
      var record = instruction.record
      record.name = try strings.place(instruction.name)
      (record.scratch_offset, record.scratch_bytes) = (UInt64(scratch.offset), UInt64(scratch.bytes))
      instructions += recordBytes(record)
    }
    var bindings: [UInt8] = []
    for input in program.inputs {
      bindings += recordBytes(try ck_binding(input.interface, input.tensor, &strings, &program.constants))
    }
    for output in program.outputs { bindings += recordBytes(try ck_binding(output.interface, output.tensor, &strings)) }
    let record = try programRecord(program, plan, &strings)
    var container = Container(sections: [
      (CK_SECTION_STRINGS, strings.bytes), (CK_SECTION_PROGRAMS, recordBytes(record)), (CK_SECTION_BINDINGS, bindings),
      (CK_SECTION_TENSORS, tensors), (CK_SECTION_INSTRUCTIONS, instructions), (CK_SECTION_CONSTANTS, program.constants.bytes),
    ])
    if !metadata.isEmpty { container.sections.append((CK_SECTION_METADATA, encodedMetadata(metadata))) }
    return container.encoded()
  } catch {
    throw DiagnosticError(Diagnostic(code: error.code, message: error.message, hint: error.hint))
  }
}

private func programRecord(_ program: Program, _ plan: ArenaPlan, _ strings: inout StringTable) throws(LoweringError) -> ck_program {
  var record = ck_program()
  record.name = try strings.place(program.name)
  record.plan = (hasOverlaps(program, plan) ? CK_PLAN_RAM : CK_PLAN_LATENCY).rawValue
  record.instruction_count = try field(program.instructions.count)
  record.input_count = try field(program.inputs.count)
  record.output_count = try field(program.outputs.count)
  record.length_input = CK_NONE
  record.arena_bytes = UInt64(plan.arenaBytes)
  record.lower_bound_bytes = UInt64(plan.lowerBoundBytes)
  record.scratch_bytes = UInt64(plan.scratch.map(\.bytes).max() ?? 0)
  record.macs = UInt64(max(0, program.multiplyAccumulates))
  return record
}

/// Whether an instruction writes over what it reads, other than element by element in place.
private func hasOverlaps(_ program: Program, _ plan: ArenaPlan) -> Bool {
  program.instructions.contains { instruction in
    instruction.outputs.contains { output in
      instruction.inputs.enumerated().contains { position, input in
        guard let write = plan.offset(of: program[output]), let read = plan.offset(of: program[input]) else { return false }
        let isInPlace =
          instruction.isElementwise(input: position) && write == read && program[input].byteCount == program[output].byteCount
        return write < read + program[input].byteCount && read < write + program[output].byteCount && !isInPlace
      }
    }
  }
}

extension StringTable {
  mutating func place(_ string: String) throws(LoweringError) -> ck_string {
    guard let place = add(string) else { throw LoweringError("too-large", "the names of this model take over 4 GiB") }
    return place
  }
}

extension ck_tensor {
  /// The record of a tensor, without its name. Ranks over six are shown with their first axes merged.
  init(_ tensor: ProgramTensor, place: Int?) {
    self.init()
    var shape = tensor.shape
    while shape.count > Int(CK_MAX_RANK) { shape[0] *= shape.remove(at: 1) }
    rank = UInt8(shape.count)
    setArray(&dims, (shape + Array(repeating: 1, count: Int(CK_MAX_RANK) - shape.count)).map { UInt32(truncatingIfNeeded: $0) })
    bytes = UInt64(tensor.byteCount)
    dtype = UInt8(tensor.format.dtype.rawValue)
    if let quantization = tensor.format.quantization { (scale, zero_point) = (quantization.scale, quantization.zeroPoint) }
    switch tensor.storage {
    case .arena: (storage, offset) = (UInt8(CK_STORAGE_ARENA.rawValue), UInt64(place ?? 0))
    case .constants(let place): (storage, offset) = (UInt8(CK_STORAGE_CONSTANTS.rawValue), UInt64(place))
    }
  }
}
