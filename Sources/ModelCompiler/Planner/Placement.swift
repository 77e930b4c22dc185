/// Where buffers lie in an arena so that no two that are alive together share a byte, except where allowed.
package struct Placement: Sendable {
  /// A buffer is alive from instruction `first` to `last`, both included.
  package struct Buffer: Hashable, Sendable {
    package var bytes: Int
    package var first: Int
    package var last: Int
    package init(bytes: Int, first: Int, last: Int) { (self.bytes, self.first, self.last) = (bytes, first, last) }
  }

  /// `output` starts at the instruction at which `input` dies, and may overlap it where offset(output) + ahead <= offset(input); where
  /// `isExact`, only at the same offset.
  package struct Allowance: Hashable, Sendable {
    package var output: Int
    package var input: Int
    package var ahead: Int
    package var isExact: Bool
    package init(output: Int, input: Int, ahead: Int, isExact: Bool = false) {
      (self.output, self.input, self.ahead, self.isExact) = (output, input, ahead, isExact)
    }
  }

  package let buffers: [Buffer]
  let alignment: Int
  private let neighbors: [[Neighbor]]
  package let allowances: [Allowance]

  /// A buffer that is alive together with another, and how far it may come: `reach` is the largest difference
  /// of offsets, this buffer's minus the neighbor's, that is still allowed below it; nil forbids every overlap.
  private struct Neighbor {
    var index: Int
    /// This buffer is the output: allowed where offset <= neighbor - ahead.
    var aheadOfInput: Int?
    /// This buffer is the input: allowed where offset >= neighbor + ahead.
    var behindOutput: Int?
    /// Allowed at the neighbor's own offset.
    var mayCoincide = false
  }

  /// - Parameter alignment: of offsets; sizes are rounded up to it.
  package init(_ buffers: [Buffer], allowances: [Allowance] = [], alignment: Int = 16) {
    self.alignment = alignment
    self.buffers = buffers.map { Buffer(bytes: dividedUp($0.bytes, by: alignment) * alignment, first: $0.first, last: $0.last) }
    self.allowances = allowances
    var neighbors: [[Neighbor]] = Array(repeating: [], count: buffers.count)
    var ahead: [Int: [Int: Int]] = [:]
    var coincident: [Int: Set<Int>] = [:]
    for allowance in allowances {
      if allowance.isExact {
        coincident[allowance.output, default: []].insert(allowance.input)
        coincident[allowance.input, default: []].insert(allowance.output)
      } else {
        ahead[allowance.output, default: [:]][allowance.input] = allowance.ahead
      }
    }
    var alive: [Int] = []
    for index in buffers.indices.sorted(by: { (buffers[$0].first, $0) < (buffers[$1].first, $1) }) where buffers[index].bytes > 0 {
      alive.removeAll { buffers[$0].last < buffers[index].first }
      for other in alive {
        let mayCoincide = coincident[index]?.contains(other) ?? false
        neighbors[index].append(
          Neighbor(index: other, aheadOfInput: ahead[index]?[other], behindOutput: ahead[other]?[index], mayCoincide: mayCoincide))
        neighbors[other].append(
          Neighbor(index: index, aheadOfInput: ahead[other]?[index], behindOutput: ahead[index]?[other], mayCoincide: mayCoincide))
      }
      alive.append(index)
    }
    self.neighbors = neighbors
  }

  /// The largest sum of buffers alive together, less all that the allowed overlaps could save: no placement is smaller.
  package var lowerBound: Int { peak.bytes }

  /// That sum, and the instruction before or at which it is reached.
  var peak: (bytes: Int, time: Int) {
    var changes: [Int: Int] = [:]
    for buffer in buffers where buffer.bytes > 0 {
      changes[buffer.first, default: 0] += buffer.bytes
      changes[buffer.last + 1, default: 0] -= buffer.bytes
    }
    // The inputs under an output do not overlap each other: together they share at most its own bytes.
    var saved: [Int: Int] = [:]
    for allowance in allowances {
      let (output, input) = (buffers[allowance.output], buffers[allowance.input])
      saved[allowance.output, default: 0] += max(0, min(output.bytes - allowance.ahead, input.bytes, output.bytes))
    }
    for (output, bytes) in saved {
      let buffer = buffers[output]
      changes[buffer.first, default: 0] -= min(bytes, buffer.bytes)
      changes[buffer.first + 1, default: 0] += min(bytes, buffer.bytes)
    }
    var (sum, largest, worst) = (0, buffers.map(\.bytes).max() ?? 0, 0)
    for time in changes.keys.sorted() {
      sum += changes[time, default: 0]
      if sum >= largest { (largest, worst) = (sum, time) }
    }
    return (largest, worst)
  }

  /// Puts each buffer, in this order, at the lowest place that those before it leave.
  /// - Returns: offsets, and how much of the arena they take.
  func firstFit(_ order: [Int], cost: inout Int) -> (offsets: [Int], bytes: Int) {
    var offsets = Array(repeating: -1, count: buffers.count)
    var bytes = 0
    var forbidden: [(after: Int, before: Int)] = []
    for index in order {
      let size = buffers[index].bytes
      forbidden.removeAll(keepingCapacity: true)
      for neighbor in neighbors[index] where offsets[neighbor.index] >= 0 {
        let start = offsets[neighbor.index]
        var (after, before) = (start - size, start + buffers[neighbor.index].bytes)
        if let ahead = neighbor.aheadOfInput { after = max(after, start - ahead) }
        if let ahead = neighbor.behindOutput { before = min(before, start + ahead) }
        if neighbor.mayCoincide {
          forbidden.append((after, start))
          after = start
        }
        if after < before { forbidden.append((after, before)) }
      }
      cost += neighbors[index].count + 4
      forbidden.sort { $0.after < $1.after }
      var offset = 0
      for gap in forbidden where gap.after < offset && offset < gap.before {
        offset = dividedUp(gap.before, by: alignment) * alignment
      }
      offsets[index] = offset
      bytes = max(bytes, offset + size)
    }
    return (offsets.map { max($0, 0) }, bytes)
  }

  /// What keeps these offsets from being a placement: the first pair that overlaps against the rules.
  package func conflict(_ offsets: [Int]) -> (Int, Int)? {
    for (index, neighbors) in neighbors.enumerated() {
      for neighbor in neighbors {
        let (start, other) = (offsets[index], offsets[neighbor.index])
        let areApart = start + buffers[index].bytes <= other || other + buffers[neighbor.index].bytes <= start
        let isAllowed =
          neighbor.aheadOfInput.map { start + $0 <= other } ?? neighbor.behindOutput.map { other + $0 <= start } ?? false
        if !areApart && !isAllowed && !(neighbor.mayCoincide && start == other) { return (index, neighbor.index) }
      }
    }
    return nil
  }
}
