/// From when on work is worth a second thread. It decides about speed only: results are the same.
package struct SharingPolicy: Sendable {
  /// Multiply-accumulates of the smallest part of an instruction: handing one over takes about as long as these on a fast core.
  package var partMACs: UInt64 = 50_000
  /// The same for instructions without: bytes read and written.
  package var partBytes: UInt64 = 16_384
  /// A run that one thread does in less time stays there.
  package var shortRunNanoseconds: UInt64 = 20_000

  package init() {}

  /// Shares whatever can be shared, for tests.
  package static var always: SharingPolicy {
    var policy = SharingPolicy()
    (policy.partMACs, policy.partBytes, policy.shortRunNanoseconds) = (1, 1, 0)
    return policy
  }
}
