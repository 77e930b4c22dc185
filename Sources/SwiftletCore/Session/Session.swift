package import CKernels

/// A program tied to an arena. All memory is the caller's: the arena and a workspace for the bound instructions, both unchanged by others
/// and readable for as long as the session lives. Setting inputs, running and reading outputs allocate nothing.
@safe package struct Session: ~Copyable {
  package let view: ModelView
  package let program: ck_program
  package let isa: ck_isa
  let arena: UnsafeMutablePointer<UInt8>
  private let bound: UnsafeMutablePointer<ck_bound>
  /// One byte an input: set since the last run.
  private let isSet: UnsafeMutablePointer<UInt8>
  /// Floats to bytes and back, of the session's instruction set. Asked for where they are used: a firmware of raw inputs and outputs does not
  /// link them.
  var codecKernels: ck_codec_kernels { ck_codec_kernels_of(isa) }

  package static let workspaceAlignment = 16
  package static let arenaAlignment = 64

  /// Bytes of workspace that a program needs.
  package static func workspaceBytes(_ program: ck_program) -> Int {
    unsafe Int(program.instruction_count) * MemoryLayout<ck_bound>.stride + Int(program.input_count)
  }

  /// Binds every instruction of a program and resets its states. `isa` is one that the CPU has.
  package init(
    _ view: ModelView, program index: Int, arena: UnsafeMutableRawBufferPointer, workspace: UnsafeMutableRawBufferPointer, isa: ck_isa
  ) throws(RunFault) {
    guard index >= 0, index < view.programs.count else {
      throw RunFault(.noSuchProgram, index: index, need: UInt64(view.programs.count), have: 0)
    }
    let program = view.programs[index]
    guard isa.rawValue < UInt32(CK_ISA_COUNT), ck_isa_available() >> isa.rawValue & 1 == 1 else {
      throw RunFault(.isaUnavailable, index: Int(isa.rawValue), have: UInt64(ck_isa_available()))
    }
    guard UInt64(arena.count) >= program.arena_bytes else {
      throw RunFault(.arenaTooSmall, index: index, need: program.arena_bytes, have: UInt64(arena.count))
    }
    // A program without instructions or tensors may come with no memory at all: any aligned address serves, nothing is read there.
    let nowhere = unsafe UnsafeMutableRawPointer(bitPattern: Self.arenaAlignment).unsafelyUnwrapped
    let arenaStart = unsafe program.arena_bytes > 0 ? arena.baseAddress ?? nowhere : nowhere
    guard UInt(bitPattern: arenaStart) % UInt(Self.arenaAlignment) == 0 else {
      throw RunFault(
        .arenaMisaligned, index: index, need: UInt64(Self.arenaAlignment),
        have: UInt64(UInt(bitPattern: arenaStart) % UInt(Self.arenaAlignment)))
    }
    let needed = Self.workspaceBytes(program)
    let workspaceStart = unsafe needed > 0 ? workspace.baseAddress ?? nowhere : nowhere
    guard workspace.count >= needed, UInt(bitPattern: workspaceStart) % UInt(Self.workspaceAlignment) == 0 else {
      throw RunFault(.workspaceTooSmall, index: index, need: UInt64(needed), have: UInt64(workspace.count))
    }
    self.view = view
    self.program = program
    self.isa = isa
    let count = Int(program.instruction_count)
    unsafe self.arena = arenaStart.assumingMemoryBound(to: UInt8.self)
    unsafe bound = workspaceStart.bindMemory(to: ck_bound.self, capacity: count)
    unsafe isSet = (workspaceStart + count * MemoryLayout<ck_bound>.stride).bindMemory(to: UInt8.self, capacity: Int(program.input_count))
    unsafe isSet.update(repeating: 0, count: Int(program.input_count))
    unsafe self.arena.update(repeating: 0, count: Int(program.arena_bytes))
    for position in 0..<count { bind(position) }
    initializeStates()
  }

  /// Throws `isaUnavailable` for the first instruction that this build has no kernel for: a firmware built for one kind of core leaves some
  /// out. To be called before the first run in such builds; all others have a scalar kernel of everything.
  package func requireKernels() throws(RunFault) {
    for position in 0..<Int(program.instruction_count) where unsafe bound[position].run == nil {
      throw RunFault(.isaUnavailable, index: Int(program.first_instruction) + position, have: UInt64(ck_isa_available()))
    }
  }

  private func bind(_ position: Int) {
    let index = Int(program.first_instruction) + position
    let record = unsafe view.instructions.pointer(index)
    let instruction = unsafe record.pointee
    var bound = unsafe ck_bound()
    unsafe bound.instruction = record
    unsafe withUnsafeMutableBytes(of: &bound.operand) { operands in
      let pointers = unsafe operands.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self)
      for position in 0..<Int(instruction.input_count) + Int(instruction.output_count) {
        unsafe pointers[position] = address(view.tensors[Int(element(instruction.operand, position))])
      }
    }
    unsafe withUnsafeMutableBytes(of: &bound.operand_xor) { xor in
      for position in 0..<Int(instruction.input_count) + Int(instruction.output_count) {
        unsafe xor[position] = arenaXor(view.tensors[Int(element(instruction.operand, position))])
      }
    }
    unsafe withUnsafeMutableBytes(of: &bound.constant) { constants in
      let pointers = unsafe constants.assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
      for position in 0..<Int(instruction.constant_count) {
        unsafe pointers[position] = view.constant(element(instruction.constant, position).offset)
      }
    }
    unsafe bound.scratch = arena + Int(instruction.scratch_offset)
    unsafe ck_find_operator(view.operators, instruction.opcode)?.pointee.bind(record, isa, &bound)
    unsafe (self.bound + position).initialize(to: bound)
  }

  func address(_ tensor: ck_tensor) -> UnsafeMutablePointer<UInt8> {
    unsafe tensor.isConstant ? UnsafeMutablePointer(mutating: view.constant(tensor.offset)) : arena + Int(tensor.offset)
  }

  // MARK: Running

  /// Runs every instruction, then copies linked outputs to their states. Inputs are used up: their places in the arena serve other tensors.
  package mutating func run() throws(RunFault) {
    try begin()
    for position in 0..<Int(program.instruction_count) { try execute(position) }
    finish()
  }

  /// Runs on what the arena holds, for measurements: inputs need not have been set.
  package mutating func rerun() throws(RunFault) {
    for position in 0..<Int(program.instruction_count) { try execute(position) }
    finish()
  }

  /// First step of `run`: proves every input set.
  package mutating func begin() throws(RunFault) {
    for input in 0..<Int(program.input_count) {
      guard unsafe isSet[input] != 0 else { throw RunFault(.inputNotSet, index: input) }
    }
    unsafe isSet.update(repeating: 0, count: Int(program.input_count))
  }

  /// Runs the program's instruction at `position`.
  package mutating func execute(_ position: Int) throws(RunFault) {
    precondition(position >= 0 && position < Int(program.instruction_count))
    try instructions.check(unsafe ck_run(bound + position), at: position)
  }

  /// The bound instructions, for whoever runs parts of them on several threads between `begin` and `finish`.
  package var instructions: BoundInstructions { unsafe BoundInstructions(bound, program) }

  /// Last step of `run`: linked outputs become states.
  package mutating func finish() {
    for state in view.states(program) {
      let binding = view.bindings[state]
      guard binding.linked_output != CK_NONE else { continue }
      let source = view.bindings[view.outputs(program).lowerBound + Int(binding.linked_output)].tensor
      guard source != binding.tensor else { continue }
      let tensor = view.tensors[Int(binding.tensor)]
      unsafe address(tensor).update(from: address(view.tensors[Int(source)]), count: Int(tensor.bytes))
    }
  }

  /// Gives every state its initial value.
  package mutating func reset() { initializeStates() }

  /// Not mutating, since Swift 6.2 lets no initializer of a type that cannot be copied call what is.
  private func initializeStates() {
    for state in view.states(program) {
      let binding = view.bindings[state]
      let tensor = view.tensors[Int(binding.tensor)]
      let target = unsafe address(tensor)
      let count = Int(tensor.bytes)
      let xor = arenaXor(tensor)
      if binding.has_initial_value != 0 {
        let source = unsafe view.constant(binding.initial_value)
        for index in 0..<count { unsafe target[index] = source[index] ^ xor }
      } else if tensor.dtype == CK_DTYPE_S16.rawValue {
        unsafe UnsafeMutableRawPointer(target).bindMemory(to: Int16.self, capacity: count / 2)
          .update(repeating: Int16(truncatingIfNeeded: tensor.zero_point), count: count / 2)
      } else {
        unsafe target.update(repeating: UInt8(truncatingIfNeeded: tensor.zero_point) ^ xor, count: count)
      }
    }
  }

  func markSet(_ input: Int) { unsafe isSet[input] = 1 }

  /// What turns the file's bytes of a tensor into the arena's.
  func arenaXor(_ tensor: ck_tensor) -> UInt8 { tensor.dtype == CK_DTYPE_S8.rawValue && !tensor.isConstant ? ck_arena_xor() : 0 }
}
