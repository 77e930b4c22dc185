internal import CKernels
internal import SwiftletCore

extension Model {
  /// The instruction of a program at which most of the arena is in use; nil where there is no such program or it has no instruction.
  /// Complexity: instructions times tensors of the program.
  public func arenaPeak(program index: Int = 0) -> ArenaPeak? {
    guard programs.indices.contains(index) else { return nil }
    let program = view.programs[index]
    let live = lifetimes(of: program)
    var peak: ArenaPeak?
    for instruction in programs[index].instructions {
      let tensors = live.filter { $0.value.contains(instruction) }.keys.sorted {
        (view.tensors[$0].bytes, $1) > (view.tensors[$1].bytes, $0)
      }
      let scratch = instructions[instruction].scratchBytes
      let bytes = unionBytes(tensors) + scratch
      if bytes > peak?.bytes ?? -1 { peak = ArenaPeak(instruction: instruction, bytes: bytes, scratchBytes: scratch, tensors: tensors) }
    }
    return peak
  }

  /// What stands where in a program's arena and when: its tensors, in the order in which they come to life, and scratch. Empty where there is no
  /// such program. Complexity: linear in the program, and a sort.
  public func arenaSpans(program index: Int = 0) -> [ArenaSpan] {
    guard programs.indices.contains(index) else { return [] }
    let program = view.programs[index]
    let range = view.instructions(program)
    var spans = lifetimes(of: program).map { tensor, live in
      ArenaSpan(tensor: tensor, offset: Int(view.tensors[tensor].offset), byteCount: Int(view.tensors[tensor].bytes), instructions: live)
    }
    for instruction in range where instructions[instruction].scratchBytes > 0 {
      spans.append(
        ArenaSpan(
          tensor: nil, offset: Int(view.instructions[instruction].scratch_offset), byteCount: instructions[instruction].scratchBytes,
          instructions: instruction...instruction))
    }
    return spans.sorted { ($0.instructions.lowerBound, $0.offset, $0.byteCount) < ($1.instructions.lowerBound, $1.offset, $1.byteCount) }
  }

  /// From the first instruction that writes a tensor to the last that reads it; inputs from the start, outputs to the end, states
  /// throughout.
  private func lifetimes(of program: ck_program) -> [Int: ClosedRange<Int>] {
    let range = view.instructions(program)
    guard let last = range.last else { return [:] }
    var live: [Int: ClosedRange<Int>] = [:]
    func use(_ tensor: Int, _ instruction: Int) {
      guard !view.tensors[tensor].isConstant else { return }
      let known = live[tensor] ?? instruction...instruction
      live[tensor] = min(known.lowerBound, instruction)...max(known.upperBound, instruction)
    }
    for binding in view.inputs(program) { use(Int(view.bindings[binding].tensor), range.lowerBound) }
    for instruction in range {
      for tensor in instructions[instruction].inputs + instructions[instruction].outputs { use(tensor, instruction) }
    }
    for binding in view.outputs(program) { use(Int(view.bindings[binding].tensor), last) }
    for binding in view.states(program) {
      use(Int(view.bindings[binding].tensor), range.lowerBound)
      use(Int(view.bindings[binding].tensor), last)
    }
    return live
  }

  /// Bytes of the arena that the tensors cover; those that share memory count once.
  private func unionBytes(_ tensors: [Int]) -> Int {
    var end = 0
    var bytes = 0
    for tensor in tensors.map({ view.tensors[$0] }).sorted(by: { $0.offset < $1.offset }) {
      let from = max(Int(tensor.offset), end)
      let to = Int(tensor.offset + tensor.bytes)
      if to > from { bytes += to - from }
      end = max(end, to)
    }
    return bytes
  }
}
