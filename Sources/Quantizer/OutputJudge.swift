import ModelCompiler
import ModelGraph
import Swiftlet

/// Judges plans by how far int8 outputs are from float ones.
///
/// Of a softmax its input is judged, less the mean of each row: probabilities tell classes apart only where two are near each other, so that a few
/// samples would decide.
struct OutputJudge {
  private let samples: [[[Float]]]
  private let watched: [Watched]
  /// [sample][output]
  private let expected: [[[Float]]]

  private struct Watched {
    var output: GraphOutput
    /// Length of the rows of which the mean does not count; 0 where all counts.
    var rowLength = 0
  }

  init(_ graph: Graph, _ samples: [[[Float]]]) throws(DiagnosticError) {
    self.samples = samples
    watched = Self.watched(of: graph)
    let float = try ObservedProgram(Self.watching(watched, graph), plan: nil)
    var expected: [[[Float]]] = []
    for sample in samples {
      do throws(RunError) { expected.append(Self.centered(try float.session.run(sample), watched)) } catch { throw DiagnosticError(running: error) }
    }
    self.expected = expected
  }

  /// Noise / signal, summed over the outputs. `graph` is the float net's, or one of the same function.
  func error(of plan: QuantizationPlan, for graph: Graph, done: () -> Void) throws(DiagnosticError) -> Double {
    // The arena's size does not matter here, and searching the smallest takes longer than running small nets.
    var options = CompilerOptions(plan: plan)
    options.overlaps = false
    let model = try loaded(try compile(Self.watching(watched, graph), options: options))
    var signal = Array(repeating: 0.0, count: watched.count)
    var noise = signal
    do throws(RunError) {
      let session = try Session(model)
      for (sample, expected) in zip(samples, expected) {
        for (output, (actual, expected)) in zip(Self.centered(try session.run(sample), watched), expected).enumerated() {
          for (actual, expected) in zip(actual, expected) where expected.isFinite {
            let error = Double(actual) - Double(expected)
            noise[output] += error * error
            signal[output] += Double(expected) * Double(expected)
          }
        }
        done()
      }
    } catch { throw DiagnosticError(running: error) }
    return zip(noise, signal).reduce(0) { $0 + $1.0 / max($1.1, .leastNormalMagnitude) }
  }

  private static func watched(of graph: Graph) -> [Watched] {
    let outputs = Set(graph.outputs.map(\.value))
    return graph.outputs.map { output in
      guard let node = graph.nodes.first(where: { $0.outputs == [output.value] }), let softmax = node.op as? Softmax, let scores = node.inputs.first.flatMap(\.self),
        graph.nodes.contains(where: { $0.outputs.contains(scores) }), !outputs.contains(scores), softmax.axis == graph[scores].type.rank - 1
      else { return Watched(output: output) }
      var watched = Watched(output: output, rowLength: graph[scores].type.shape.last ?? 0)
      watched.output.value = scores
      return watched
    }
  }

  private static func watching(_ watched: [Watched], _ graph: Graph) -> Graph {
    var graph = graph
    graph.outputs = watched.map(\.output)
    return graph
  }

  private static func centered(_ outputs: [[Float]], _ watched: [Watched]) -> [[Float]] {
    zip(outputs, watched).map { values, watched in
      guard watched.rowLength > 1 else { return values }
      var values = values
      for start in stride(from: 0, to: values.count, by: watched.rowLength) {
        let row = start..<min(start + watched.rowLength, values.count)
        let mean = values[row].reduce(0, +) / Float(row.count)
        for index in row { values[index] -= mean }
      }
      return values
    }
  }
}
