internal import CKernels
internal import SwiftletCore

/// How the output of an instruction is divided among threads: into contiguous, even parts of its rows or of its panels.
struct Division: Sendable {
  /// 1: the instruction stays on one thread.
  var parts = 1
  private let full: ck_range
  private var isByRows = true

  /// The division of the instruction at `position` of a program among up to `threads`.
  init(
    _ view: ModelView, _ program: ck_program, _ instructions: BoundInstructions, _ position: Int, threads: Int, _ policy: SharingPolicy
  ) {
    full = instructions.fullRange(position)
    let index = Int(program.first_instruction) + position
    let record = view.instructions[index]
    guard Self.canDivide(record, view) else { return }
    let macs = multiplyAccumulates(view.instructions.pointer(index))
    let worth = macs > 0 ? macs / policy.partMACs : Self.operands(record, view).reduce(0) { $0 &+ $1.bytes } / policy.partBytes
    let wanted = min(threads, Int(clamping: worth))
    let (rows, panels) = (Int(full.row_end), Int(full.panel_end))
    // Rows keep all weights of a pixel in one place; few rows would leave uneven parts.
    isByRows = rows >= 4 * wanted || rows >= panels
    parts = max(1, min(wanted, isByRows ? rows : panels))
  }

  /// Rows and panels of a part.
  func range(_ part: Int) -> ck_range {
    var range = full
    func boundary(_ count: UInt32, _ part: Int) -> UInt32 { UInt32(truncatingIfNeeded: UInt64(count) * UInt64(part) / UInt64(parts)) }
    if isByRows {
      (range.row_begin, range.row_end) = (boundary(full.row_end, part), boundary(full.row_end, part + 1))
    } else {
      (range.panel_begin, range.panel_end) = (boundary(full.panel_end, part), boundary(full.panel_end, part + 1))
    }
    return range
  }

  /// Whether parts can run in any order with the same result: none writes what another reads, and all compute as the whole does.
  private static func canDivide(_ record: ck_instruction, _ view: ModelView) -> Bool {
    let opcode = ck_opcode(UInt32(record.opcode))
    guard record.output_count == 1, opcode != CK_OP_COPY, !usesBLAS(record) else { return false }
    let operands = operands(record, view)
    guard let output = operands.last, !output.overlaps(offset: record.scratch_offset, bytes: record.scratch_bytes) else { return false }
    return operands.dropLast().enumerated().allSatisfy { position, input in
      let isResidual = UInt32(record.flags) & CK_FLAG_ADD.rawValue != 0 && position == 1
      let isInPlace = (isElementwise(opcode) || isResidual) && input.offset == output.offset && input.bytes == output.bytes
      return !input.overlaps(output) || isInPlace
    } && operands.allSatisfy { $0.isConstant || !$0.overlaps(offset: record.scratch_offset, bytes: record.scratch_bytes) }
  }

  /// Each output element is made of the input's at the same index, where they may overlap at all.
  private static func isElementwise(_ opcode: ck_opcode) -> Bool {
    [CK_OP_TABLE_S8, CK_OP_BINARY_S8, CK_OP_UNARY_F32, CK_OP_BINARY_F32, CK_OP_BINARY_S16, CK_OP_REQUANTIZE].contains(opcode)
  }

  /// A matrix product of another shape may sum in another order there.
  private static func usesBLAS(_ record: ck_instruction) -> Bool {
    let isProduct = [CK_OP_CONV2D_F32, CK_OP_GEMM_F32, CK_OP_MATMUL_F32].contains { record.opcode == $0.rawValue }
    return isProduct && UInt32(record.flags) & CK_FLAG_FAST_FLOAT.rawValue != 0
  }

  /// Inputs, then the output.
  private static func operands(_ record: ck_instruction, _ view: ModelView) -> [ck_tensor] {
    (0..<Int(record.input_count) + Int(record.output_count)).map { view.tensors[Int(element(record.operand, $0))] }
  }
}

/// Instructions of a session and their divisions.
struct DividedProgram: Sendable {
  let instructions: BoundInstructions
  let divisions: [Division]

  init(_ view: ModelView, _ program: ck_program, _ instructions: BoundInstructions, threads: Int, _ policy: SharingPolicy) {
    self.instructions = instructions
    divisions = (0..<instructions.count).map { Division(view, program, instructions, $0, threads: threads, policy) }
  }

  /// Runs one part of the instruction at `position`.
  func run(_ position: Int, part: Int, scratch: UnsafeMutablePointer<UInt8>? = nil) -> ck_status {
    instructions.run(position, divisions[position].range(part), scratch: scratch)
  }
}
