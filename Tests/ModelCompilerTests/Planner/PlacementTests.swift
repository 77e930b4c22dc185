import ModelCompiler
import Testing
import _TestSupport

@Suite struct PlacementTests {
  private func problem(_ random: inout SeededRandom) -> Placement {
    let count = Int.random(in: 1...60, using: &random)
    var buffers: [Placement.Buffer] = []
    for _ in 0..<count {
      let first = Int.random(in: -1...40, using: &random)
      let bytes = Int.random(in: 0...9, using: &random) == 0 ? 0 : Int.random(in: 1...5000, using: &random)
      buffers.append(Placement.Buffer(bytes: bytes, first: first, last: first + Int.random(in: 0...8, using: &random)))
    }
    var allowances: [Placement.Allowance] = []
    for (output, born) in buffers.enumerated() {
      for (input, dying) in buffers.enumerated() where input != output && dying.last == born.first && dying.first < born.first {
        guard Bool.random(using: &random) else { continue }
        let isExact = Int.random(in: 0..<3, using: &random) == 0
        let ahead = isExact ? 0 : Int.random(in: -500...3000, using: &random)
        allowances.append(Placement.Allowance(output: output, input: input, ahead: ahead, isExact: isExact))
      }
    }
    return Placement(buffers, allowances: allowances)
  }

  /// An independent statement of the rules.
  private func overlapsWrongly(_ placement: Placement, _ allowances: [Placement.Allowance], _ offsets: [Int]) -> Bool {
    for (a, first) in placement.buffers.enumerated() {
      for (b, second) in placement.buffers.enumerated().dropFirst(a + 1) {
        let areAlive = first.bytes > 0 && second.bytes > 0 && first.first <= second.last && second.first <= first.last
        let share = offsets[a] < offsets[b] + second.bytes && offsets[b] < offsets[a] + first.bytes
        guard areAlive, share else { continue }
        let isAllowed = allowances.contains {
          ($0.output == a && $0.input == b || $0.output == b && $0.input == a)
            && ($0.isExact ? offsets[a] == offsets[b] : offsets[$0.output] + $0.ahead <= offsets[$0.input])
        }
        if !isAllowed { return true }
      }
    }
    return false
  }

  @Test(arguments: 0..<300) func placementsObeyTheRules(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    let placement = problem(&random)
    let found = placement.search(effort: 200_000)
    #expect(found.offsets.allSatisfy { $0 >= 0 && $0 % 16 == 0 }, "seed \(seed)")
    #expect(placement.conflict(found.offsets) == nil, "seed \(seed)")
    #expect(!overlapsWrongly(placement, placement.allowances, found.offsets), "seed \(seed)")
    #expect(found.bytes == zip(found.offsets, placement.buffers).map { $0 + $1.bytes }.max(), "seed \(seed)")
    #expect(found.bytes >= placement.lowerBound, "seed \(seed)")
  }

  @Test func conflictSeesAnOverlap() {
    let placement = Placement([.init(bytes: 32, first: 0, last: 1), .init(bytes: 32, first: 1, last: 2)])
    #expect(placement.conflict([0, 16]) != nil)
    #expect(placement.conflict([0, 32]) == nil)
    #expect(placement.lowerBound == 64)
  }

  @Test func anOutputSlidesUnderItsDyingInput() {
    let buffers: [Placement.Buffer] = [.init(bytes: 1024, first: 0, last: 1), .init(bytes: 1024, first: 1, last: 2)]
    let inPlace = Placement(buffers, allowances: [.init(output: 1, input: 0, ahead: 0)])
    #expect(inPlace.search().bytes == 1024)
    let ahead = Placement(buffers, allowances: [.init(output: 1, input: 0, ahead: 96)])
    #expect(ahead.search().bytes == 1024 + 96)
    #expect(Placement(buffers).search().bytes == 2048)
    #expect([inPlace, ahead, Placement(buffers)].map(\.lowerBound) == [1024, 1024 + 96, 2048])
  }

  /// Two inputs under one output save its bytes once, so the bound is reached and not passed.
  @Test func theBoundOfAnOutputOverTwoInputsIsReached() {
    let buffers: [Placement.Buffer] = [
      .init(bytes: 1024, first: -1, last: 1), .init(bytes: 512, first: 0, last: 1), .init(bytes: 1024, first: 1, last: 2),
    ]
    let placement = Placement(buffers, allowances: [.init(output: 2, input: 0, ahead: 0), .init(output: 2, input: 1, ahead: 0)])
    #expect(placement.lowerBound == 1536)
    #expect(placement.search().bytes == 1536)
  }

  @Test func anExactOutputTakesItsInputsPlaceOrStaysApart() {
    let buffers: [Placement.Buffer] = [.init(bytes: 1024, first: 0, last: 1), .init(bytes: 512, first: 1, last: 2)]
    let exact = Placement(buffers, allowances: [.init(output: 1, input: 0, ahead: 0, isExact: true)])
    #expect(exact.search().bytes == 1024)
    #expect(exact.search().offsets == [0, 0])
    #expect(exact.conflict([512, 512]) == nil)
    #expect(exact.conflict([512, 256]) != nil)
    #expect(exact.conflict([0, 16]) != nil)
  }

  /// Feature maps that halve and deepen, with a residual connection now and then, as in a CNN.
  @Test(arguments: 0..<40) func cnnLikePlacementsAreWithinFivePercentOfTheBound(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    var buffers: [Placement.Buffer] = []
    var bytes = Int.random(in: 20_000...200_000, using: &random)
    for time in 0..<Int.random(in: 10...80, using: &random) {
      let isSkipped = Int.random(in: 0..<4, using: &random) == 0
      buffers.append(.init(bytes: bytes, first: time - 1, last: time + (isSkipped ? Int.random(in: 1...4, using: &random) : 0)))
      if Int.random(in: 0..<4, using: &random) == 0 { bytes = max(64, bytes * Int.random(in: 25...180, using: &random) / 100) }
    }
    let placement = Placement(buffers)
    let found = placement.search()
    #expect(placement.conflict(found.offsets) == nil)
    #expect(Double(found.bytes) <= 1.05 * Double(placement.lowerBound), "seed \(seed): \(found.bytes) of \(placement.lowerBound)")
  }

  @Test func theSameProblemGivesTheSamePlacement() {
    var random = SeededRandom(seed: 7)
    let placement = problem(&random)
    #expect(placement.search(effort: 100_000).offsets == placement.search(effort: 100_000).offsets)
  }
}
