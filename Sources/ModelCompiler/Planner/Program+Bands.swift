import CKernels

extension Program {
  /// Cuts expansions and the depthwise convolutions behind them, with the projections behind those, into bands of output rows: of the wide
  /// tensors between them only a band exists at a time. Rows that two bands read are copied, not computed again. The bytes of all other
  /// values are the same.
  ///
  /// With `overlaps` where it makes the arena smaller, since bands cost up to a twentieth of a block's time; without, where the wide tensor
  /// leaves a processor's second-level cache, so that bands are faster.
  package mutating func cutIntoBands(_ limits: BandLimits, overlaps: Bool, contracts: OperatorContracts = .kernels) {
    let chains = bandChains(limits)
    guard !chains.isEmpty else { return }
    if overlaps {
      let banded = smallest(chains, contracts)
      guard !banded.isEmpty else { return }
      let candidate = cut(banded)
      let before = planArena(of: self, contracts: contracts).arenaBytes, after = planArena(of: candidate, contracts: contracts).arenaBytes
      if after * 10 <= before * 9 { self = candidate }
    } else {
      self = cut(chains.filter { $0.wideBytes > limits.cacheBytes })
    }
  }

  /// The chains that it takes to lower the sum of what is alive at the worst instruction, again and again.
  private func smallest(_ chains: [BandChain], _ contracts: OperatorContracts) -> [BandChain] {
    var banded: [BandChain] = []
    var peak = livePeak(of: self, contracts)
    while true {
      // The instruction in this program, whatever was cut before it.
      let original = originalIndex(of: peak.time, banded)
      guard let chain = chains.first(where: { $0.instructions.contains(original) }), !banded.contains(where: { $0.first == chain.first })
      else { break }
      let next = (banded + [chain]).sorted { $0.first < $1.first }
      let now = livePeak(of: cut(next), contracts)
      guard now.bytes < peak.bytes else { break }
      (banded, peak) = (next, now)
    }
    return banded
  }

  private func originalIndex(of time: Int, _ banded: [BandChain]) -> Int {
    var shift = 0
    for chain in banded where chain.first + shift <= time {
      let count = chain.emittedCount
      if time < chain.first + shift + count { return chain.first }
      shift += count - chain.instructions.count
    }
    return time - shift
  }

  private func cut(_ chains: [BandChain]) -> Program {
    var result = self
    for chain in chains.reversed() {
      let instructions = chain.bands(in: &result)
      result.instructions.replaceSubrange(chain.instructions, with: instructions)
    }
    return result
  }

  /// All that can be cut, in ascending order, no two of which share an instruction.
  private func bandChains(_ limits: BandLimits) -> [BandChain] {
    var readers: [Int: Int] = [:]
    for tensor in instructions.flatMap(\.inputs) + outputs.map(\.tensor) + inputs.map(\.tensor) {
      if let buffer = self[tensor].buffer { readers[buffer, default: 0] += 1 }
    }
    var chains: [BandChain] = []
    var index = 0
    while index + 1 < instructions.count {
      let chain = [3, 2].lazy.compactMap { BandChain(index, count: $0, in: self, readers: readers, bandBytes: limits.bandBytes) }.first
      if let chain { chains.append(chain) }
      index += chain?.instructions.count ?? 1
    }
    return chains
  }
}

/// The largest sum of what is alive at once, and the instruction at which it is.
private func livePeak(of program: Program, _ contracts: OperatorContracts) -> (bytes: Int, time: Int) {
  var lifetimes = Lifetimes(of: program)
  for (index, instruction) in program.instructions.enumerated() {
    lifetimes.buffers.append(Placement.Buffer(bytes: contracts.scratch(instruction.record), first: index, last: index))
  }
  return Placement(lifetimes.buffers, allowances: lifetimes.allowances(in: program, contracts)).peak
}
