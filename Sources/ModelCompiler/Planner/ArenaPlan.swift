import CKernels

/// Where everything of a program lies in its arena.
package struct ArenaPlan: Sendable {
  /// Of each buffer of the program.
  package var offsets: [Int]
  /// Offset and bytes of each instruction's scratch.
  package var scratch: [(offset: Int, bytes: Int)]
  /// A multiple of 64.
  package var arenaBytes: Int
  /// The largest sum of simultaneously live tensors and scratch, less what outputs could share with dying inputs: at most `arenaBytes`.
  package var lowerBoundBytes: Int

  /// The arena offset of a tensor, nil for a constant.
  package func offset(of tensor: ProgramTensor) -> Int? {
    guard case .arena(let buffer, let offset) = tensor.storage else { return nil }
    return offsets[buffer] + offset
  }
}

/// Plans the arena of a program. Without `overlaps`, an output shares bytes with an input only element by element, at the same place.
package func planArena(
  of program: Program, keepsAllValues: Bool = false, overlaps: Bool = true, contracts: OperatorContracts = .kernels
) -> ArenaPlan {
  var lifetimes = Lifetimes(of: program)
  let scratch = program.instructions.map { contracts.scratch($0.record) }
  if keepsAllValues { return sequentialPlan(lifetimes, scratch) }
  let tensorBuffers = lifetimes.buffers.count
  for (index, bytes) in scratch.enumerated() where bytes > 0 {
    lifetimes.buffers.append(Placement.Buffer(bytes: bytes, first: index, last: index))
  }
  let allowances = overlaps ? lifetimes.allowances(in: program, contracts) : lifetimes.inPlaceAllowances(in: program, contracts)
  let placement = Placement(lifetimes.buffers, allowances: allowances)
  let found = placement.search()
  var next = tensorBuffers
  var places: [(offset: Int, bytes: Int)] = []
  for bytes in scratch {
    places.append(bytes > 0 ? (found.offsets[next], bytes) : (0, 0))
    next += bytes > 0 ? 1 : 0
  }
  return ArenaPlan(
    offsets: Array(found.offsets.prefix(tensorBuffers)), scratch: places, arenaBytes: dividedUp(found.bytes, by: 64) * 64,
    lowerBoundBytes: placement.lowerBound)
}

/// Every buffer after the one before it, and the scratch of all instructions behind them.
private func sequentialPlan(_ lifetimes: Lifetimes, _ scratch: [Int]) -> ArenaPlan {
  let alignment = Int(CK_TENSOR_ALIGNMENT)
  var offsets: [Int] = []
  var end = 0
  for buffer in lifetimes.buffers {
    offsets.append(end)
    end += dividedUp(buffer.bytes, by: alignment) * alignment
  }
  let bytes = end + dividedUp(scratch.max() ?? 0, by: alignment) * alignment
  return ArenaPlan(
    offsets: offsets, scratch: scratch.map { $0 > 0 ? (end, $0) : (0, 0) }, arenaBytes: dividedUp(bytes, by: 64) * 64,
    lowerBoundBytes: bytes)
}
