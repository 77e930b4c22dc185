internal import CKernels
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A thread of a session: runs its part of each instruction that it is given, and sleeps outside `run`.
///
/// `state` is all that it shares with the caller: a posted instruction is taken by whoever changes it first, the worker or, where that has
/// not begun when everything else is done, the caller.
final class Worker: @unchecked Sendable {  // `thread` is the caller's alone; the rest is atomic or never changes.
  private enum State {
    static let idle = 0
    static let asleep = 1
    static let busy = 2
    /// Busy, and the caller sleeps until it is not.
    static let awaited = 3
    static let stopped = 4
    /// The instruction at position 0 is posted; others follow.
    static let firstPosted = 5
  }

  /// How long the worker waits for the next instruction, and the caller for the worker, before it sleeps.
  private static let spinNanoseconds: UInt64 = 20_000

  private let state = Atomic<Int>(State.idle)
  private let isRunning = Atomic<Bool>(false)
  private let status = Atomic<UInt32>(CK_OK.rawValue)
  private let part: Int
  private let program: DividedProgram
  private let scratch: UnsafeMutablePointer<UInt8>
  private let bell = Bell()
  private var thread: pthread_t?

  /// Starts the thread; nil where the system has none. It runs part `part` of instructions with scratch that outlives it.
  init?(_ program: DividedProgram, part: Int, scratch: UnsafeMutablePointer<UInt8>) {
    (self.program, self.part, self.scratch) = (program, part, scratch)
    thread = startThread()
    guard thread != nil else { return nil }
  }

  // MARK: Caller

  /// A run begins: the worker waits awake for instructions.
  func wake() {
    isRunning.store(true, ordering: .relaxed)
    if state.compareExchange(expected: State.asleep, desired: State.idle, ordering: .acquiringAndReleasing).exchanged { bell.ring() }
  }

  /// A run has ended: the worker goes to sleep.
  func rest() { isRunning.store(false, ordering: .relaxed) }

  /// Gives the worker its part of an instruction.
  func post(_ position: Int) {
    status.store(CK_OK.rawValue, ordering: .relaxed)
    if state.exchange(State.firstPosted + position, ordering: .acquiringAndReleasing) == State.asleep { bell.ring() }
  }

  /// Whether the worker has not begun what was posted; it will not then.
  func takeBack(_ position: Int) -> Bool {
    state.compareExchange(expected: State.firstPosted + position, desired: State.idle, ordering: .acquiringAndReleasing).exchanged
  }

  /// Waits until the worker has done what it began.
  func wait() -> ck_status {
    if !spins(until: { state.load(ordering: .acquiring) != State.busy }) {
      bell.whileHeld {
        let (isBusy, _) = state.compareExchange(expected: State.busy, desired: State.awaited, ordering: .acquiringAndReleasing)
        guard isBusy else { return }
        while state.load(ordering: .acquiring) == State.awaited { bell.waitHeld() }
      }
    }
    return ck_status(rawValue: status.load(ordering: .relaxed))
  }

  /// Ends the thread; nothing is posted.
  func stop() {
    guard let thread else { return }
    if state.exchange(State.stopped, ordering: .acquiringAndReleasing) == State.asleep { bell.ring() }
    pthread_join(thread, nil)
    self.thread = nil
  }

  // MARK: Worker

  /// Does what is posted until `stop`.
  func work() {
    while true {
      let job = nextJob()
      if job == State.stopped { return }
      guard state.compareExchange(expected: job, desired: State.busy, ordering: .acquiringAndReleasing).exchanged else { continue }
      let result = program.run(job - State.firstPosted, part: part, scratch: scratch)
      status.store(result.rawValue, ordering: .relaxed)
      if state.exchange(State.idle, ordering: .acquiringAndReleasing) == State.awaited { bell.ring() }
    }
  }

  private func nextJob() -> Int {
    while true {
      let hasJob = spins { state.load(ordering: .acquiring) != State.idle || !isRunning.load(ordering: .relaxed) }
      let seen = state.load(ordering: .acquiring)
      if seen >= State.stopped { return seen }
      if !hasJob || !isRunning.load(ordering: .relaxed) { sleep() }
    }
  }

  private func sleep() {
    bell.whileHeld {
      guard state.compareExchange(expected: State.idle, desired: State.asleep, ordering: .acquiringAndReleasing).exchanged else { return }
      while state.load(ordering: .acquiring) == State.asleep { bell.waitHeld() }
    }
  }

  /// Waits awake for a condition; false where it takes too long.
  @inline(__always)
  private func spins(until isMet: () -> Bool) -> Bool {
    // The clock is read seldom: most waits are shorter than a reading.
    for _ in 0..<64 where isMet() { return true }
    let start = monotonicNanoseconds()
    repeat {
      for _ in 0..<32 where isMet() { return true }
    } while monotonicNanoseconds() &- start < Self.spinNanoseconds
    return false
  }
}
