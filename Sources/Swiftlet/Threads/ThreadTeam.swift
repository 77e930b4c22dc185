internal import CKernels
internal import SwiftletCore

/// The threads of a session beside the caller's, made with it and ended by `stop`. Each instruction is divided, run by all and waited for:
/// the caller runs the first part, and any part that a worker has not begun by then. Runs allocate nothing.
final class ThreadTeam {
  private enum Mode {
    /// One thread, timed, to learn whether runs are short.
    case measuring(runs: Int, shortest: UInt64)
    case alone
    case together
  }

  /// No processor that this runs on does so many in 20 us: not worth measuring.
  private static let longMACs: UInt64 = 50_000_000
  private static let measuredRuns = 3

  private let program: DividedProgram
  private let workers: [Worker]
  private let scratch: AlignedMemory
  private let policy: SharingPolicy
  private var mode: Mode

  /// A team for the instructions of a session; nil where one thread does as well. Throws where the system has no memory or no thread.
  init?(
    _ view: ModelView, _ program: ck_program, _ instructions: BoundInstructions, threads: Int, _ policy: SharingPolicy
  ) throws(RunFault) {
    let divided = DividedProgram(view, program, instructions, threads: threads, policy)
    let parts = divided.divisions.map(\.parts).max() ?? 1
    guard parts > 1 else { return nil }
    var scratchBytes = 64
    for (position, division) in divided.divisions.enumerated() where division.parts > 1 {
      // Inside the arena, so its size is an Int. Rounded up, no two workers write the same cache line.
      scratchBytes = max(scratchBytes, (Int(view.instructions[Int(program.first_instruction) + position].scratch_bytes) + 63) / 64 * 64)
    }
    let (total, overflow) = scratchBytes.multipliedReportingOverflow(by: parts - 1)
    guard !overflow else { throw RunFault(.outOfMemory, need: .max) }
    let scratch = try AlignedMemory(total)
    var workers: [Worker] = []
    for part in 1..<parts {
      let start = scratch.start.advanced(by: (part - 1) * scratchBytes)
      guard let worker = Worker(divided, part: part, scratch: start.assumingMemoryBound(to: UInt8.self)) else {
        workers.forEach { $0.stop() }
        throw RunFault(.noThread, need: UInt64(parts - 1), have: UInt64(part - 1))
      }
      workers.append(worker)
    }
    (self.program, self.workers, self.scratch, self.policy) = (divided, workers, scratch, policy)
    let isLong = policy.shortRunNanoseconds == 0 || program.macs >= Self.longMACs
    mode = isLong ? .together : .measuring(runs: 0, shortest: .max)
  }

  /// Instructions that are divided.
  var sharedInstructions: Int { program.divisions.count { $0.parts > 1 } }
  /// Whether runs are known to be long enough.
  var isTogether: Bool { if case .together = mode { true } else { false } }

  /// Ends the threads; nothing runs after it.
  func stop() { workers.forEach { $0.stop() } }

  /// Runs every instruction.
  func run() throws(RunFault) {
    let start = begin()
    defer { finish(start) }
    for position in 0..<program.instructions.count { try execute(position) }
  }

  /// Runs one instruction between `begin` and `finish`.
  func execute(_ position: Int) throws(RunFault) {
    let parts = program.divisions[position].parts
    guard case .together = mode, parts > 1 else {
      return try program.instructions.check(
        program.instructions.run(position, program.instructions.fullRange(position), scratch: nil), at: position)
    }
    for part in 1..<parts { workers[part - 1].post(position) }
    var status = program.run(position, part: 0)
    for part in 1..<parts where workers[part - 1].takeBack(position) {
      let other = program.run(position, part: part)
      if status == CK_OK { status = other }
    }
    for part in 1..<parts {
      let other = workers[part - 1].wait()
      if status == CK_OK { status = other }
    }
    try program.instructions.check(status, at: position)
  }

  /// Begins a run: wakes the workers where it is long enough. What it returns is for `finish`.
  func begin() -> UInt64 {
    switch mode {
    case .measuring: return monotonicNanoseconds()
    case .alone: break
    case .together: for worker in workers { worker.wake() }
    }
    return 0
  }

  /// Ends a run.
  func finish(_ start: UInt64) {
    switch mode {
    case .measuring(let runs, let shortest):
      let least = min(shortest, monotonicNanoseconds() &- start)
      // The first runs meet cold caches and untouched pages: the shortest of a few tells.
      if least < policy.shortRunNanoseconds {
        mode = .alone
      } else {
        mode = runs + 1 < Self.measuredRuns ? .measuring(runs: runs + 1, shortest: least) : .together
      }
    case .alone: break
    case .together: for worker in workers { worker.rest() }
    }
  }
}
