import CKernels

/// Topological order in memory: what an instruction reads was written before it, whole, and nothing that is no part of it wrote there
/// since. Looks backward from every read to its writers, which takes no memory; `budget` bounds what a hostile file can make of that.
extension Validator {
  mutating func checkOrder(of program: ck_program) throws(FormatError) {
    try checkBoundApart(program)
    for index in view.instructions(program) {
      let instruction = view.instructions[index]
      for position in 0..<Int(instruction.input_count) {
        let operand = element(instruction.operand, position)
        guard !view.tensors[Int(operand)].isConstant else { continue }
        try checkRead(operand, before: index, at: instructionOffset(index, 16 + 4 * position), in: program)
      }
    }
    let end = view.instructions(program).upperBound
    for binding in view.outputs(program) {
      try checkRead(view.bindings[binding].tensor, before: end, at: bindingOffset(binding, 4), in: program)
    }
  }

  /// Inputs and states are all set before the first instruction: no two of them share a byte.
  private mutating func checkBoundApart(_ program: ck_program) throws(FormatError) {
    for position in 0..<view.inputs(program).count + view.states(program).count {
      let binding = bound(position, in: program)
      let tensor = view.tensors[Int(view.bindings[binding].tensor)]
      for earlier in 0..<position {
        try spend(1, at: bindingOffset(binding))
        guard !tensor.overlaps(view.tensors[Int(view.bindings[bound(earlier, in: program)].tensor)]) else {
          throw FormatError(.overlap, at: bindingOffset(binding, 4), found: tensor.offset)
        }
      }
      if position < view.inputs(program).count, tensor.offset < program.persistent_bytes {
        throw FormatError(.overlap, at: bindingOffset(binding, 4), expected: program.persistent_bytes, found: tensor.offset)
      }
    }
  }

  /// Binding record of the `position`th among inputs, then states.
  private func bound(_ position: Int, in program: ck_program) -> Int {
    let inputs = view.inputs(program)
    return position < inputs.count ? inputs.lowerBound + position : view.states(program).lowerBound + position - inputs.count
  }

  private mutating func checkRead(_ operand: UInt32, before end: Int, at: UInt64, in program: ck_program) throws(FormatError) {
    let tensor = view.tensors[Int(operand)]
    var missing = tensor.bytes
    var index = end
    while missing > 0, index > view.instructions(program).lowerBound {
      index -= 1
      let instruction = view.instructions[index]
      try spend(UInt64(instruction.output_count) + 1, at: at)
      var wrote: UInt64 = 0
      for position in Int(instruction.input_count)..<Int(instruction.input_count) + Int(instruction.output_count) {
        let output = view.tensors[Int(element(instruction.operand, position))]
        let shared = tensor.sharedBytes(output)
        if shared > 0 {
          wrote = min(shared, bytesWritten(index, instruction, of: output))
        } else if tensor.overlaps(output) {
          throw FormatError(.overwritten, at: at, expected: UInt64(operand), found: UInt64(index))
        }
      }
      missing -= min(missing, wrote)
      // Scratch of the writer itself was checked against its operands.
      if tensor.overlaps(offset: instruction.scratch_offset, bytes: instruction.scratch_bytes) {
        throw FormatError(.overwritten, at: at, expected: UInt64(operand), found: UInt64(index))
      }
    }
    guard missing > 0 else { return }
    for position in 0..<view.inputs(program).count + view.states(program).count {
      try spend(1, at: at)
      let shared = view.tensors[Int(view.bindings[bound(position, in: program)].tensor)].sharedBytes(tensor)
      missing -= min(missing, shared)
      if missing == 0 { return }
    }
    throw FormatError(.unwritten, at: at, expected: UInt64(operand), found: missing)
  }

  /// Bytes of its output that an instruction writes: all of them, but for a copy into a part of it (concatenation, padding).
  private func bytesWritten(_ index: Int, _ instruction: ck_instruction, of tensor: ck_tensor) -> UInt64 {
    guard instruction.opcode == UInt16(CK_OP_COPY.rawValue) else { return tensor.bytes }
    let record = unsafe UnsafeRawPointer(view.instructions.pointer(index)) + 128
    let copy = unsafe record.load(as: ck_copy_parameters.self)
    var bytes = UInt64(copy.element_bytes)
    for axis in 0..<min(Int(copy.rank), Int(CK_MAX_RANK)) {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: UInt64(element(copy.dims, axis)))
      guard !overflow else { return tensor.bytes }
      bytes = product
    }
    return min(bytes, tensor.bytes)
  }

  private mutating func spend(_ steps: UInt64, at: UInt64) throws(FormatError) {
    guard budget >= steps else { throw FormatError(.complexity, at: at, found: 1 << 28) }
    budget -= steps
  }
}
