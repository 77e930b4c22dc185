import CKernels

/// Programs and what they bind: inputs, outputs, states.
extension Validator {
  func checkPrograms() throws(FormatError) {
    guard view.programs.count > 0 else { throw FormatError(.program, at: view.layout.programs.offset, expected: 1) }
    var instructionEnd: UInt64 = 0
    var bindingEnd: UInt64 = 0
    for index in 0..<view.programs.count {
      let program = view.programs[index]
      try checkString(program.name, at: programOffset(index))
      guard program.plan <= CK_PLAN_RAM.rawValue else {
        throw FormatError(.program, at: programOffset(index, 8), found: UInt64(program.plan))
      }
      // Ranges ascend and never overlap: no record is validated twice, whatever the number of programs.
      let firstInstruction = UInt64(program.first_instruction)
      guard firstInstruction >= instructionEnd, firstInstruction + UInt64(program.instruction_count) <= UInt64(view.instructions.count)
      else {
        throw FormatError(.program, at: programOffset(index, 12), expected: instructionEnd, found: firstInstruction)
      }
      instructionEnd = firstInstruction + UInt64(program.instruction_count)
      let firstBinding = UInt64(program.first_binding)
      let bindings = UInt64(program.input_count) + UInt64(program.output_count) + UInt64(program.state_count)
      guard firstBinding >= bindingEnd, firstBinding + bindings <= UInt64(view.bindings.count) else {
        throw FormatError(.program, at: programOffset(index, 20), expected: bindingEnd, found: firstBinding)
      }
      bindingEnd = firstBinding + bindings
      guard program.length_input == CK_NONE || program.length_input < program.input_count else {
        throw FormatError(
          .program, at: programOffset(index, 36), expected: UInt64(program.input_count), found: UInt64(program.length_input))
      }
      guard program.arena_bytes % 64 == 0, program.arena_bytes <= UInt64(Int.max) else {
        throw FormatError(.program, at: programOffset(index, 40), expected: 64, found: program.arena_bytes)
      }
      guard program.persistent_bytes <= program.arena_bytes else {
        throw FormatError(.program, at: programOffset(index, 48), expected: program.arena_bytes, found: program.persistent_bytes)
      }
      for word in 0..<12 where element(program.reserved, word) != 0 {
        throw FormatError(.reserved, at: programOffset(index, 80 + 4 * word))
      }
      for binding in view.inputs(program) { try checkBinding(binding, CK_BINDING_INPUT, in: program) }
      for binding in view.outputs(program) { try checkBinding(binding, CK_BINDING_OUTPUT, in: program) }
      for binding in view.states(program) { try checkBinding(binding, CK_BINDING_STATE, in: program) }
    }
  }

  private func checkBinding(_ index: Int, _ kind: ck_binding_kind, in program: ck_program) throws(FormatError) {
    let binding = view.bindings[index]
    guard binding.kind == kind.rawValue else {
      throw FormatError(.binding, at: bindingOffset(index), expected: UInt64(kind.rawValue), found: UInt64(binding.kind))
    }
    guard binding.tensor < view.tensors.count else {
      throw FormatError(.binding, at: bindingOffset(index, 4), expected: UInt64(view.tensors.count), found: UInt64(binding.tensor))
    }
    let tensor = view.tensors[Int(binding.tensor)]
    try checkString(binding.name, at: bindingOffset(index, 8))
    guard elementBytes(binding.dtype) > 0 else { throw FormatError(.binding, at: bindingOffset(index, 16), found: UInt64(binding.dtype)) }
    guard binding.rank <= UInt8(CK_MAX_RANK) else {
      throw FormatError(.binding, at: bindingOffset(index, 17), expected: UInt64(CK_MAX_RANK), found: UInt64(binding.rank))
    }
    try checkDims(binding.dims, rank: binding.rank, at: bindingOffset(index, 24))
    var elements: UInt64 = 1
    for axis in 0..<Int(CK_MAX_RANK) {
      // Cannot overflow unnoticed: the tensor's own product did not, and the two must be equal at the end.
      let (product, overflow) = elements.multipliedReportingOverflow(by: UInt64(element(binding.dims, axis)))
      guard !overflow else { throw FormatError(.binding, at: bindingOffset(index, 24), expected: tensor.elementCount) }
      elements = product
    }
    guard !tensor.isConstant, elements == tensor.elementCount else {
      throw FormatError(.binding, at: bindingOffset(index, 4), expected: tensor.elementCount, found: elements)
    }
    // The caller sees halves as floats; nothing stores them in the arena.
    guard tensor.dtype != CK_DTYPE_F16.rawValue else {
      throw FormatError(.binding, at: bindingOffset(index, 4), found: UInt64(tensor.dtype))
    }
    try checkArena(tensor, Int(binding.tensor), in: program)
    try checkPermutation(binding, index)
    try checkNormalization(binding, index, tensor: tensor, isInput: kind == CK_BINDING_INPUT)
    try checkReserved(binding, index)
    try checkState(binding, index, tensor: tensor, isState: kind == CK_BINDING_STATE, in: program)
  }

  private func checkReserved(_ binding: ck_binding, _ index: Int) throws(FormatError) {
    guard binding.reserved0 == 0 else { throw FormatError(.reserved, at: bindingOffset(index, 19)) }
    guard binding.reserved1 == 0 else { throw FormatError(.reserved, at: bindingOffset(index, 54)) }
    for word in 0..<12 where element(binding.reserved, word) != 0 {
      throw FormatError(.reserved, at: bindingOffset(index, 80 + 4 * word))
    }
  }

  private func checkPermutation(_ binding: ck_binding, _ index: Int) throws(FormatError) {
    var seen: UInt8 = 0
    for position in 0..<Int(CK_MAX_RANK) {
      let axis = element(binding.permutation, position)
      let legal = position < Int(binding.rank) ? axis < binding.rank : Int(axis) == position
      guard legal, seen & (1 << axis) == 0 else {
        throw FormatError(.permutation, at: bindingOffset(index, 48 + position), found: UInt64(axis))
      }
      seen |= 1 << axis
    }
  }

  private func checkNormalization(_ binding: ck_binding, _ index: Int, tensor: ck_tensor, isInput: Bool) throws(FormatError) {
    let count = binding.channel_count
    guard count > 0 else {
      guard binding.normalization == 0 else {
        throw FormatError(.normalization, at: bindingOffset(index, 56), found: binding.normalization)
      }
      guard binding.channel_axis == 0 else { throw FormatError(.normalization, at: bindingOffset(index, 18)) }
      return
    }
    guard isInput, tensor.dtype == CK_DTYPE_F32.rawValue || tensor.scale > 0 else {
      throw FormatError(.normalization, at: bindingOffset(index, 20), found: UInt64(count))
    }
    guard count > 1 || binding.channel_axis == 0 else { throw FormatError(.normalization, at: bindingOffset(index, 18)) }
    guard count == 1 || (binding.channel_axis < binding.rank && count == element(binding.dims, Int(binding.channel_axis))) else {
      throw FormatError(.normalization, at: bindingOffset(index, 18), expected: UInt64(count), found: UInt64(binding.channel_axis))
    }
    let bytes = 8 * UInt64(count)
    try checkConstants(offset: binding.normalization, bytes: bytes, code: .normalization, at: bindingOffset(index, 56))
    let values = unsafe UnsafeRawPointer(view.constant(binding.normalization))
    for channel in 0..<2 * Int(count) {
      let value = unsafe values.loadUnaligned(fromByteOffset: 4 * channel, as: Float.self)
      // An inverse deviation of 0 would make infinite pixels not-a-number.
      guard value.isFinite, channel < Int(count) || value != 0 else {
        throw FormatError(.normalization, at: view.layout.constants.offset + binding.normalization + UInt64(4 * channel))
      }
    }
  }

  private func checkState(
    _ binding: ck_binding, _ index: Int, tensor: ck_tensor, isState: Bool, in program: ck_program
  ) throws(FormatError) {
    guard isState else {
      guard binding.initial_value == 0, binding.has_initial_value == 0, binding.linked_output == CK_NONE else {
        throw FormatError(.state, at: bindingOffset(index, 64))
      }
      return
    }
    guard tensor.offset + tensor.bytes <= program.persistent_bytes else {
      throw FormatError(.state, at: bindingOffset(index, 4), expected: program.persistent_bytes, found: tensor.offset)
    }
    if binding.has_initial_value == 1 {
      try checkConstants(offset: binding.initial_value, bytes: tensor.bytes, code: .state, at: bindingOffset(index, 64))
    } else if binding.has_initial_value != 0 || binding.initial_value != 0 {
      throw FormatError(.state, at: bindingOffset(index, 64))
    }
    guard binding.linked_output != CK_NONE else { return }
    guard binding.linked_output < program.output_count else {
      throw FormatError(.state, at: bindingOffset(index, 76), expected: UInt64(program.output_count), found: UInt64(binding.linked_output))
    }
    let linked = view.bindings[view.outputs(program).lowerBound + Int(binding.linked_output)].tensor
    guard linked != binding.tensor else { return }
    // A copy of bytes: the quantization is the same, and the source is no state, so that the order of copies does not matter.
    let source = view.tensors[Int(linked)]
    guard source.bytes == tensor.bytes, source.dtype == tensor.dtype, source.scale == tensor.scale, source.zero_point == tensor.zero_point,
      source.offset >= program.persistent_bytes
    else { throw FormatError(.state, at: bindingOffset(index, 76), expected: tensor.bytes, found: source.bytes) }
  }

  /// Proves an arena tensor inside the arena of a program that uses it.
  func checkArena(_ tensor: ck_tensor, _ index: Int, in program: ck_program) throws(FormatError) {
    guard tensor.offset <= program.arena_bytes, tensor.bytes <= program.arena_bytes - tensor.offset else {
      throw FormatError(.tensorPlace, at: tensorOffset(index, 40), expected: program.arena_bytes, found: tensor.offset)
    }
  }
}

@inline(__always)
private func element(
  _ words: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32), _ index: Int
) -> UInt32 {
  index < 6
    ? element((words.0, words.1, words.2, words.3, words.4, words.5), index)
    : element((words.6, words.7, words.8, words.9, words.10, words.11), index - 6)
}
