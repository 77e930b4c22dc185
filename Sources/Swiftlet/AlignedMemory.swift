internal import SwiftletCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Memory of a session, aligned to a cache line; an allocation that the system refuses is an error, not a trap.
final class AlignedMemory {
  let bytes: UnsafeMutableRawBufferPointer
  let start: UnsafeMutableRawPointer

  init(_ count: Int) throws(RunFault) {
    var start: UnsafeMutableRawPointer?
    guard posix_memalign(&start, SwiftletCore.Session.arenaAlignment, max(count, 1)) == 0, let start else {
      throw RunFault(.outOfMemory, need: UInt64(count))
    }
    self.start = start
    bytes = UnsafeMutableRawBufferPointer(start: start, count: count)
  }

  deinit { free(start) }
}
