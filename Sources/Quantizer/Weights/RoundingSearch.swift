import ModelGraph
import Swiftlet

extension ObservedProgram {
  /// Rounded weights for the layers in which they are better on held-out rows than plain rounding.
  ///
  /// Runs the net in float over all samples as often as it takes to keep the moments within `memoryLimit` floats.
  /// - Parameter heldOut: numbers of the samples that judge; the others make the moments, or all where none is left.
  func roundedWeights(
    _ layers: [NodeWeights], over samples: [[[Float]]], heldOut: Set<Int>, centered: Bool, progress: (Int, Int) -> Void
  ) throws(DiagnosticError) -> [NodeID: [Int8]] {
    var passes: [[(layer: NodeWeights, taps: TapSamples)]] = []
    var footprint = Int.max
    for layer in layers where layer.canRound {
      guard let taps = TapSamples(layer.node, in: graph) else { continue }
      let size = TapCovariance.footprint(taps)
      if footprint > Self.memoryLimit - size {
        passes.append([])
        footprint = 0
      }
      passes[passes.count - 1].append((layer, taps))
      footprint += size
    }
    let learnt = samples.count - heldOut.count
    var result: [NodeID: [Int8]] = [:]
    for (index, pass) in passes.enumerated() {
      var covariances = pass.map { TapCovariance($0.taps) }
      var readers: [ValueID: [Int]] = [:]
      for (index, layer) in pass.enumerated() { readers[layer.layer.input, default: []].append(index) }
      let schedule = schedule.mapValues { $0.filter { readers[$0] != nil } }
      for (number, sample) in samples.enumerated() {
        let judges = heldOut.contains(number)
        do throws(RunError) {
          try set(sample)
          try session.run { (instruction, session) throws(RunError) in
            for value in schedule[instruction] ?? [] {
              guard let tensor = tensors[value] else { continue }
              try session.withTensorFloats(tensor) { (floats) throws(RunError) in
                for reader in readers[value] ?? [] {
                  if judges { covariances[reader].add(floats, sample: number, of: heldOut.count, isHeldOut: true) }
                  if !judges || learnt == 0 { covariances[reader].add(floats, sample: number, of: max(learnt, 1), isHeldOut: false) }
                }
              }
            }
          }
        } catch { throw DiagnosticError(running: error) }
        progress(index * samples.count + number + 1, passes.count * samples.count)
      }
      for (layer, covariance) in zip(pass.map(\.layer), covariances) {
        result[layer.node.id] = covariance.rounded(layer.weights, scales: layer.scales, centered: centered)
      }
    }
    return result
  }

  /// 256 MB.
  private static let memoryLimit = 1 << 26
}
