import Foundation
import ModelGraph

/// What makes a usable calibration set a poor one: too few samples, the same ones again, empty ones, values of another scale than the net was
/// trained on. Warnings, since each may be meant.
struct CalibrationChecks {
  /// Under this many samples the ranges of most nets still move.
  static let fewSamples = 16

  let graph: Graph
  let samples: [[[Float]]]

  var warnings: [Diagnostic] {
    guard samples.count > 1 else { return [] }
    return fewSamples + duplicates + constants + graph.inputs.indices.compactMap(scaling)
  }

  private var fewSamples: [Diagnostic] {
    guard samples.count < Self.fewSamples else { return [] }
    return [
      Diagnostic(
        code: "few-samples", message: "\(samples.count) calibration samples: values that none of them shows may be clipped",
        hint: "give 100 or so typical inputs")
    ]
  }

  private var duplicates: [Diagnostic] {
    var first: [[[Float]]: Int] = [:]
    var repeated: [(sample: Int, of: Int)] = []
    for (index, sample) in samples.enumerated() {
      if let earlier = first[sample] { repeated.append((index, earlier)) } else { first[sample] = index }
    }
    guard let example = repeated.first else { return [] }
    return [
      Diagnostic(
        code: "duplicate-samples",
        message: "\(listing(repeated.map(\.sample))) of \(samples.count) hold\(repeated.count == 1 ? "s" : "") the same values as an earlier one "
          + "(sample \(example.sample) those of sample \(example.of)), and count\(repeated.count == 1 ? "s" : "") twice",
        hint: "give different inputs")
    ]
  }

  private var constants: [Diagnostic] {
    graph.inputs.indices.compactMap { input in
      let flat = samples.indices.filter { sample in
        let values = samples[sample][input]
        return values.count > 1 && values.allSatisfy { $0 == values[0] }
      }
      // An input that never varies has a warning of its own.
      guard let example = flat.first, flat.count < samples.count else { return nil }
      return Diagnostic(
        code: "constant-samples",
        message: "input '\(graph.inputs[input].name)': every element is \(samples[example][input][0]) in \(listing(flat)) of \(samples.count)",
        hint: "remove what is empty, unless it is typical")
    }
  }

  private func listing(_ indices: [Int]) -> String {
    let shown = indices.prefix(5).map(String.init).joined(separator: ", ")
    return "sample\(indices.count == 1 ? "" : "s") \(shown)" + (indices.count > 5 ? " and \(indices.count - 5) more" : "")
  }

  // MARK: - Scale

  private struct Extent {
    var (low, high) = (Float.infinity, -Float.infinity)
    var squares = 0.0
    var count = 0
    var isWhole = true
    /// Sample that holds the largest value.
    var sample = 0
    var rootMeanSquare: Double { (squares / Double(max(count, 1))).squareRoot() }
  }

  private func extent(_ input: Int, less mean: Float) -> Extent {
    var extent = Extent()
    for (index, sample) in samples.enumerated() {
      for value in sample[input] {
        if value > extent.high { (extent.high, extent.sample) = (value, index) }
        extent.low = min(extent.low, value)
        extent.squares += Double(value - mean) * Double(value - mean)
        extent.isWhole = extent.isWhole && value == value.rounded()
      }
      extent.count += sample[input].count
    }
    return extent
  }

  /// Values that --mean and --std do not fit, and pixels as they come from a file before a net that was trained on smaller numbers.
  private func scaling(_ index: Int) -> Diagnostic? {
    let input = graph.inputs[index]
    guard graph.isFloatingPoint(input.value), input.type.elementCount > 1, input.levelType == nil else { return nil }
    guard let normalization = input.normalization else { return rawPixels(input, extent(index, less: 0)) }
    let mean = normalization.mean.reduce(0, +) / Float(max(normalization.mean.count, 1))
    let std = normalization.std.reduce(0) { $0 + $1.magnitude } / Float(max(normalization.std.count, 1))
    let extent = extent(index, less: mean)
    let seen = "\((extent.low - mean) / std) ... \((extent.high - mean) / std)"
    let found = "input '\(input.name)': all values lie in \(extent.low) ... \(extent.high) (the largest in sample \(extent.sample))"
    if extent.low >= -1.01, extent.high <= 1.01, max(mean.magnitude, std) >= 16 {
      return Diagnostic(
        code: "already-scaled", message: "\(found), and --mean and --std make \(seen) of them",
        hint: "leave out --mean and --std, or give raw values, whichever the device hands over")
    }
    if extent.high > 16, max(mean.magnitude, std) <= 4, extent.high / std > 50 {
      return Diagnostic(
        code: "not-scaled", message: "\(found), and --mean and --std make \(seen) of them",
        hint: "give --mean and --std in the samples' units: 255 times those for 0 ... 1")
    }
    return nil
  }

  /// Trained nets keep what they compute near 1: a first layer that makes far more of whole numbers up to 255 expects smaller ones.
  private func rawPixels(_ input: GraphInput, _ extent: Extent) -> Diagnostic? {
    guard extent.isWhole, extent.low >= 0, extent.high > 64, extent.high <= 255, let gain = gain(behind: input.value) else { return nil }
    let response = gain * extent.rootMeanSquare
    guard response > 50 else { return nil }
    return Diagnostic(
      code: "raw-pixels",
      message: "input '\(input.name)' is fed whole numbers from \(Int(extent.low)) to \(Int(extent.high)) (the largest in sample \(extent.sample)), and its "
        + "first layer makes about \(Int(min(response.rounded(), 1e9))) of them: the net looks trained on smaller ones",
      hint: "where it was trained on 0 ... 1, give --std 255")
  }

  /// Root mean square, over the output channels of the weighted layers that read `value`, of a channel's weights: what white noise of
  /// magnitude 1 becomes.
  private func gain(behind value: ValueID) -> Double? {
    for node in graph.nodes where node.inputs.first == value {
      if node.hasWeights, node.inputs.count > 1, let weight = node.inputs[1].flatMap({ graph[$0].constant }), let rows = weight.shape.first, rows > 0 {
        return (weight.floats.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(rows)).squareRoot()
      }
      if (node.op as? any Quantizable)?.movesElements == true, let output = node.outputs.first { return gain(behind: output) }
    }
    return nil
  }
}
