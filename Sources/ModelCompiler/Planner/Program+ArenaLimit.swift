import ModelGraph

extension Program {
  /// 64 GiB. An arena beyond it comes of a mistaken input shape, not of a net for small boards.
  package static let largestArenaBytes = 1 << 36

  /// - Parameter bytes: what the arena needs at least.
  /// - Throws: `arena-too-large` with the largest tensors, where that exceeds `largestArenaBytes`.
  func checkArena(atLeast bytes: Int) throws(DiagnosticError) {
    guard bytes > Self.largestArenaBytes else { return }
    // Views share the bytes of their buffer: each buffer is named by its first tensor.
    var holders: [Int: ProgramTensor] = [:]
    for tensor in tensors {
      if let buffer = tensor.buffer, holders[buffer] == nil { holders[buffer] = tensor }
    }
    let largest = holders.sorted { (-buffers[$0.key], $0.key) < (-buffers[$1.key], $1.key) }.prefix(3).map { buffer, tensor in
      "'\(tensor.name)' \(tensor.shape) with \(rounded(buffers[buffer]))"
    }
    throw DiagnosticError(
      Diagnostic(
        code: "arena-too-large",
        message: "the arena needs \(rounded(bytes)) or more, expected at most \(rounded(Self.largestArenaBytes)); "
          + "the largest tensors are \(largest.joined(separator: ", "))",
        hint: "convert for smaller inputs with --shape, or cut the net with --outputs"))
  }
}

/// In GiB or MiB, rounded up.
private func rounded(_ bytes: Int) -> String {
  bytes >= 1 << 30 ? "\(dividedUp(bytes, by: 1 << 30)) GiB" : "\(dividedUp(bytes, by: 1 << 20)) MiB"
}
