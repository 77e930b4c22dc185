import CKernels

/// From which instruction to which each buffer of a program is alive.
struct Lifetimes {
  var buffers: [Placement.Buffer]

  /// Inputs are alive from before the first instruction, outputs until after the last.
  init(of program: Program) {
    let never = Placement.Buffer(bytes: 0, first: .max, last: .min)
    buffers = Array(repeating: never, count: program.buffers.count)
    for binding in program.inputs { touch(program, binding.tensor, at: -1) }
    for (index, instruction) in program.instructions.enumerated() {
      for tensor in instruction.inputs + instruction.outputs { touch(program, tensor, at: index) }
    }
    for binding in program.outputs { touch(program, binding.tensor, at: program.instructions.count) }
    // A tensor that nothing uses has a record all the same, and so a place.
    for (index, tensor) in program.tensors.enumerated() {
      if let buffer = tensor.buffer, buffers[buffer].first > buffers[buffer].last { touch(program, TensorID(index: index), at: -1) }
    }
  }

  private mutating func touch(_ program: Program, _ tensor: TensorID, at time: Int) {
    guard let buffer = program[tensor].buffer else { return }
    buffers[buffer].bytes = program.buffers[buffer]
    buffers[buffer].first = min(buffers[buffer].first, time)
    buffers[buffer].last = max(buffers[buffer].last, time)
  }

  /// Where an output that starts at an instruction may overlap an input that dies there.
  func allowances(in program: Program, _ contracts: OperatorContracts) -> [Placement.Allowance] {
    var result: [Placement.Allowance] = []
    for (time, instruction) in program.instructions.enumerated() {
      // With several outputs, each would have to wait for what the others read.
      guard instruction.outputs.count == 1, case .arena(let output, let outputOffset) = program[instruction.outputs[0]].storage,
        buffers[output].first == time
      else { continue }
      var reach: [Int: Int?] = [:]
      for (position, input) in instruction.inputs.enumerated() {
        guard case .arena(let buffer, let offset) = program[input].storage, buffer != output, buffers[buffer].last == time else { continue }
        if contracts.takesPlace(instruction.record, position), isInPlace(instruction, buffer, program, contracts) {
          result.append(Placement.Allowance(output: output, input: buffer, ahead: 0, isExact: true))
        }
        let ahead = contracts.ahead(instruction.record, position).map { $0 + outputOffset - offset }
        if let known = reach[buffer] {
          reach[buffer] = .some(known.flatMap { known in ahead.map { max(known, $0) } })
        } else {
          reach[buffer] = .some(ahead)
        }
      }
      for (input, ahead) in reach.sorted(by: { $0.key < $1.key }) {
        if let ahead { result.append(Placement.Allowance(output: output, input: input, ahead: ahead)) }
      }
    }
    return result
  }

  /// Where the output of an element-wise instruction may take the place of an input that dies there.
  func inPlaceAllowances(in program: Program, _ contracts: OperatorContracts) -> [Placement.Allowance] {
    var result: [Placement.Allowance] = []
    for (time, instruction) in program.instructions.enumerated() {
      guard instruction.outputs.count == 1, let output = program[instruction.outputs[0]].buffer, buffers[output].first == time else { continue }
      let read = Set(instruction.inputs.compactMap { program[$0].buffer }).sorted()
      for buffer in read where buffer != output && buffers[buffer].last == time {
        guard isInPlace(instruction, buffer, program, contracts) else { continue }
        result.append(Placement.Allowance(output: output, input: buffer, ahead: 0, isExact: true))
      }
    }
    return result
  }

  /// Whether every operand in that buffer is read like the output is written.
  private func isInPlace(_ instruction: Instruction, _ buffer: Int, _ program: Program, _ contracts: OperatorContracts) -> Bool {
    guard case .arena(_, let start) = program[instruction.outputs[0]].storage else { return false }
    let bytes = program[instruction.outputs[0]].byteCount
    return instruction.inputs.enumerated().allSatisfy { position, input in
      guard program[input].buffer == buffer else { return true }
      return instruction.isElementwise(input: position) && program[input].storage == .arena(buffer: buffer, offset: start)
        && program[input].byteCount == bytes
        && (contracts.ahead(instruction.record, position) == 0 || contracts.takesPlace(instruction.record, position))
    }
  }
}
