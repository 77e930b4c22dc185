import CKernels

/// One instruction: its fields, its operands' places, then what its operator says in C beside the kernels.
extension Validator {
  func checkInstruction(_ index: Int, in program: ck_program) throws(FormatError) {
    let instruction = view.instructions[index]
    try checkString(instruction.name, at: instructionOffset(index, 8))
    guard UInt32(instruction.flags) & ~CK_ALL_FLAGS == 0 else {
      throw FormatError(.instruction, at: instructionOffset(index, 2), found: UInt64(instruction.flags))
    }
    guard instruction.output_count >= 1, Int(instruction.input_count) + Int(instruction.output_count) <= Int(CK_MAX_OPERANDS) else {
      throw FormatError(
        .instruction, at: instructionOffset(index, 4), expected: UInt64(CK_MAX_OPERANDS), found: UInt64(instruction.output_count))
    }
    guard instruction.constant_count <= UInt8(CK_MAX_CONSTANTS) else {
      throw FormatError(
        .instruction, at: instructionOffset(index, 6), expected: UInt64(CK_MAX_CONSTANTS), found: UInt64(instruction.constant_count))
    }
    guard instruction.reserved == 0 else { throw FormatError(.reserved, at: instructionOffset(index, 7)) }
    guard let operation = unsafe ck_find_operator(view.operators, instruction.opcode)?.pointee else {
      throw FormatError(.unknownOperator, at: instructionOffset(index), found: UInt64(instruction.opcode))
    }
    try checkOperands(index, instruction, in: program)
    try checkConstants(index, instruction)
    guard instruction.scratch_offset % UInt64(CK_TENSOR_ALIGNMENT) == 0, instruction.scratch_bytes > 0 || instruction.scratch_offset == 0,
      instruction.scratch_offset <= program.arena_bytes, instruction.scratch_bytes <= program.arena_bytes - instruction.scratch_offset
    else {
      throw FormatError(.scratch, at: instructionOffset(index, 112), expected: program.arena_bytes, found: instruction.scratch_offset)
    }
    try unsafe checkOperator(index, instruction, operation)
    try unsafe checkOverlaps(index, instruction, operation, in: program)
  }

  private func checkOperands(_ index: Int, _ instruction: ck_instruction, in program: ck_program) throws(FormatError) {
    let inputs = Int(instruction.input_count)
    let operands = inputs + Int(instruction.output_count)
    for position in 0..<Int(CK_MAX_OPERANDS) {
      let operand = element(instruction.operand, position)
      guard position < operands else {
        guard operand == CK_NONE else {
          throw FormatError(.operand, at: instructionOffset(index, 16 + 4 * position), found: UInt64(operand))
        }
        continue
      }
      guard operand < view.tensors.count else {
        let count = UInt64(view.tensors.count)
        throw FormatError(.operand, at: instructionOffset(index, 16 + 4 * position), expected: count, found: UInt64(operand))
      }
      let tensor = view.tensors[Int(operand)]
      guard position < inputs || !tensor.isConstant else {
        throw FormatError(.operand, at: instructionOffset(index, 16 + 4 * position), found: UInt64(operand))
      }
      if !tensor.isConstant { try checkArena(tensor, Int(operand), in: program) }
    }
  }

  private func checkConstants(_ index: Int, _ instruction: ck_instruction) throws(FormatError) {
    for position in 0..<Int(CK_MAX_CONSTANTS) {
      let constant = element(instruction.constant, position)
      let at = instructionOffset(index, 48 + 16 * position)
      if position < Int(instruction.constant_count) {
        try checkConstants(offset: constant.offset, bytes: constant.bytes, code: .constant, at: at)
      } else if constant.offset != 0 || constant.bytes != 0 {
        throw FormatError(.reserved, at: at)
      }
    }
  }

  /// The operator's own proofs, in C: geometry first, then the side arrays, then the scratch it asks for.
  private func checkOperator(_ index: Int, _ instruction: ck_instruction, _ operation: ck_operator) throws(FormatError) {
    let record = unsafe view.instructions.pointer(index)
    var operands = unsafe InlineArray<8, UnsafePointer<ck_tensor>?>(repeating: nil)
    for position in 0..<Int(instruction.input_count) + Int(instruction.output_count) {
      unsafe operands[position] = unsafe view.tensors.pointer(Int(element(instruction.operand, position)))
    }
    guard let check = unsafe operation.check else {
      throw FormatError(.unknownOperator, at: instructionOffset(index), found: UInt64(instruction.opcode))
    }
    let fault = unsafe operands.span.withUnsafeBufferPointer { unsafe check(record, $0.baseAddress) }
    try report(fault, index)
    if let checkConstants = unsafe operation.check_constants {
      var constants = unsafe InlineArray<4, UnsafePointer<UInt8>?>(repeating: nil)
      for position in 0..<Int(instruction.constant_count) {
        unsafe constants[position] = unsafe view.constant(element(instruction.constant, position).offset)
      }
      let fault = unsafe constants.span.withUnsafeBufferPointer { unsafe checkConstants(record, $0.baseAddress) }
      try report(fault, index)
    }
    let scratch = unsafe operation.scratch.map { unsafe $0(record) } ?? 0
    guard scratch <= instruction.scratch_bytes else {
      throw FormatError(.scratch, at: instructionOffset(index, 120), expected: scratch, found: instruction.scratch_bytes)
    }
  }

  private func report(_ fault: ck_fault, _ index: Int) throws(FormatError) {
    guard fault.status != UInt16(CK_OK.rawValue) else { return }
    throw FormatError(.operatorCheck, at: instructionOffset(index, Int(fault.offset)), found: UInt64(fault.status))
  }

  /// Bytes shared inside one instruction: none, but for an output over an input as far as the operator's `ahead` allows.
  private func checkOverlaps(
    _ index: Int, _ instruction: ck_instruction, _ operation: ck_operator, in program: ck_program
  ) throws(FormatError) {
    let record = unsafe view.instructions.pointer(index)
    let inputs = Int(instruction.input_count)
    let operands = inputs + Int(instruction.output_count)
    for position in inputs..<operands {
      let output = view.tensors[Int(element(instruction.operand, position))]
      let at = instructionOffset(index, 16 + 4 * position)
      for other in 0..<position {
        let tensor = view.tensors[Int(element(instruction.operand, other))]
        guard output.overlaps(tensor) else { continue }
        guard other < inputs else { throw FormatError(.overlap, at: at, found: output.offset) }
        let ahead = unsafe operation.ahead.map { unsafe $0(record, UInt32(other)) } ?? UInt64.max
        if ahead == CK_SAME_PLACE, output.offset == tensor.offset, output.bytes == tensor.bytes { continue }
        let (end, overflow) = output.offset.addingReportingOverflow(ahead)
        guard !overflow, end <= tensor.offset else { throw FormatError(.overlap, at: at, expected: ahead, found: output.offset) }
      }
      // Only a state's own tensor may be written where states live.
      if output.offset < program.persistent_bytes {
        let isState = view.states(program).contains { binding in
          let state = view.tensors[Int(view.bindings[binding].tensor)]
          return state.contains(output) && state.sharedBytes(output) > 0
        }
        guard isState else {
          throw FormatError(.overlap, at: at, expected: program.persistent_bytes, found: output.offset)
        }
      }
    }
    guard instruction.scratch_bytes > 0 else { return }
    let at = instructionOffset(index, 112)
    guard instruction.scratch_offset >= program.persistent_bytes else {
      throw FormatError(.overlap, at: at, expected: program.persistent_bytes, found: instruction.scratch_offset)
    }
    for position in 0..<operands {
      let tensor = view.tensors[Int(element(instruction.operand, position))]
      guard tensor.isConstant || !tensor.overlaps(offset: instruction.scratch_offset, bytes: instruction.scratch_bytes) else {
        throw FormatError(.overlap, at: at, found: instruction.scratch_offset)
      }
    }
  }
}
