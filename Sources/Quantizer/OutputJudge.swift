import ModelCompiler
import ModelGraph
import Swiftlet

/// Judges plans by how far int8 outputs are from float ones.
struct OutputJudge {
  private let samples: [[[Float]]]
  /// [sample][output]
  private let expected: [[[Float]]]

  init(_ float: ObservedProgram, _ samples: [[[Float]]]) throws(DiagnosticError) {
    self.samples = samples
    var expected: [[[Float]]] = []
    for sample in samples {
      do throws(RunError) { expected.append(try float.session.run(sample)) } catch { throw DiagnosticError(running: error) }
    }
    self.expected = expected
  }

  /// Noise / signal, summed over the outputs. `graph` is the float net's, or one of the same function.
  func error(of plan: QuantizationPlan, for graph: Graph, done: () -> Void) throws(DiagnosticError) -> Double {
    let model = try loaded(try compile(graph, options: CompilerOptions(plan: plan)))
    var signal = Array(repeating: 0.0, count: graph.outputs.count)
    var noise = signal
    do throws(RunError) {
      let session = try Session(model)
      for (sample, expected) in zip(samples, expected) {
        for (output, (actual, expected)) in zip(try session.run(sample), expected).enumerated() {
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
}
