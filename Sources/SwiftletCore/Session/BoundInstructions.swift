package import CKernels

/// The bound instructions of a session, to be run in parts. Valid as long as the session's memory; only read, so any thread may hold it.
@safe package struct BoundInstructions: @unchecked Sendable {
  private let bound: UnsafePointer<ck_bound>
  private let first: Int
  package let count: Int

  init(_ bound: UnsafePointer<ck_bound>, _ program: ck_program) {
    unsafe self.bound = bound
    first = Int(program.first_instruction)
    count = Int(program.instruction_count)
  }

  /// Rows and panels of the whole output of the instruction at `position`.
  package func fullRange(_ position: Int) -> ck_range {
    precondition(position >= 0 && position < count)
    return unsafe ck_full_range(bound + position)
  }

  /// Runs a part of the instruction at `position`, `range` being inside the full one. Parts may run at the same time where none writes
  /// what another reads and each has scratch of its own, aligned to 64 and as large as the instruction's; nil is the instruction's own.
  package func run(_ position: Int, _ range: ck_range, scratch: UnsafeMutablePointer<UInt8>?) -> ck_status {
    precondition(position >= 0 && position < count)
    return unsafe ck_run_part(bound + position, range, scratch)
  }

  /// Throws what `status` says of the instruction at `position`.
  package func check(_ status: ck_status, at position: Int) throws(RunFault) {
    guard status == CK_OK else { throw RunFault(.badIndex, index: first + position, have: UInt64(status.rawValue)) }
  }
}
