import ModelGraph
import Swiftlet

extension ObservedProgram {
  /// The largest magnitude of each channel of each group, over all its members and `samples`.
  func peaks(of groups: [ChannelGroup], over samples: [[[Float]]]) throws(DiagnosticError) -> [[Float]] {
    var peaks = groups.map { [Float](repeating: 0, count: $0.channels) }
    var group: [ValueID: Int] = [:]
    for (index, members) in groups.map(\.members).enumerated() { for value in members { group[value] = index } }
    let schedule = schedule.mapValues { $0.filter { group[$0] != nil } }
    for sample in samples {
      do throws(RunError) {
        try set(sample)
        try session.run { (instruction, session) throws(RunError) in
          for value in schedule[instruction] ?? [] {
            guard let tensor = tensors[value], let index = group[value] else { continue }
            try session.withTensorFloats(tensor) { (floats) throws(RunError) in
              var channel = 0
              let count = peaks[index].count
              for position in floats.indices {
                peaks[index][channel] = max(peaks[index][channel], floats[position].magnitude)
                channel += 1
                if channel == count { channel = 0 }
              }
            }
          }
        }
      } catch { throw DiagnosticError(running: error) }
    }
    return peaks
  }
}
