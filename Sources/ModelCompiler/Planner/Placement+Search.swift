extension Placement {
  /// Looks for the smallest arena: first fit over several orders, then over random changes of the best one.
  ///
  /// Deterministic: random numbers have a fixed seed, and `effort` counts comparisons, not time (a few nanoseconds each).
  package func search(effort: Int = 3_000_000) -> (offsets: [Int], bytes: Int) {
    var cost = 0
    let goal = lowerBound
    var best: (offsets: [Int], bytes: Int) = ([], .max)
    var bestOrder: [Int] = []
    for order in startingOrders() {
      let found = firstFit(order, cost: &cost)
      if found.bytes < best.bytes { (best, bestOrder) = (found, order) }
      if best.bytes <= goal { break }
    }
    var random = SplitMix(state: 0x5377_6966)
    var current = best
    while best.bytes > goal, bestOrder.count > 1, cost < effort {
      var order = bestOrder
      // A buffer at the top of the arena gets an earlier choice, or any two change places.
      let top = order.indices.filter { current.offsets[order[$0]] + buffers[order[$0]].bytes == current.bytes }
      if let highest = top.randomElement(using: &random), highest > 0, random.next() % 4 != 0 {
        order.insert(order.remove(at: highest), at: Int.random(in: 0..<highest, using: &random))
      } else {
        order.swapAt(Int.random(in: order.indices, using: &random), Int.random(in: order.indices, using: &random))
      }
      let found = firstFit(order, cost: &cost)
      guard found.bytes <= current.bytes else { continue }
      (current, bestOrder) = (found, order)
      if found.bytes < best.bytes { best = found }
    }
    return best
  }

  private func startingOrders() -> [[Int]] {
    let used = buffers.indices.filter { buffers[$0].bytes > 0 }
    func sorted(_ key: (Buffer) -> Int, _ second: (Buffer) -> Int) -> [Int] {
      used.sorted { a, b in (key(buffers[a]), second(buffers[a]), a) < (key(buffers[b]), second(buffers[b]), b) }
    }
    return [
      sorted({ -$0.bytes }, { $0.first }),
      sorted({ -$0.bytes }, { $0.first - $0.last }),
      sorted({ $0.first - $0.last }, { -$0.bytes }),
      sorted({ -($0.bytes * ($0.last - $0.first + 1)) }, { $0.first }),
      sorted({ $0.first }, { -$0.bytes }),
      sorted({ -$0.last }, { -$0.bytes }),
      byBreadth(used),
    ]
  }

  /// Instructions by the bytes alive at them, the heaviest first; at each the larger buffers first.
  private func byBreadth(_ used: [Int]) -> [Int] {
    var alive: [Int: [Int]] = [:]
    for time in Set(used.map { buffers[$0].first }) { alive[time] = [] }
    for index in used {
      for time in alive.keys where (buffers[index].first...buffers[index].last).contains(time) { alive[time]?.append(index) }
    }
    let breadth = alive.mapValues { $0.reduce(0) { $0 + buffers[$1].bytes } }
    var order: [Int] = []
    var isPlaced: Set<Int> = []
    for time in alive.keys.sorted(by: { (-breadth[$0, default: 0], $0) < (-breadth[$1, default: 0], $1) }) {
      for index in alive[time, default: []].sorted(by: { (-buffers[$0].bytes, $0) < (-buffers[$1].bytes, $1) })
      where isPlaced.insert(index).inserted {
        order.append(index)
      }
    }
    return order
  }
}

/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
