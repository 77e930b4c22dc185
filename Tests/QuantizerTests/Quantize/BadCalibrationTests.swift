import ModelGraph
import Quantizer
import Testing
import _TestSupport

@Suite struct BadCalibrationTests {
  static func diagnostics(_ graph: Graph, _ samples: [[[Float]]]) -> [Diagnostic] {
    do throws(DiagnosticError) {
      _ = try quantize(graph, calibration: CalibrationSet(samples: samples), options: QuantizerOptions()) { _, _ in }
      return []
    } catch { return error.diagnostics }
  }

  static func words(_ graph: Graph, _ samples: [[[Float]]]) -> String { diagnostics(graph, samples).map(\.description).joined() }

  @Test func emptyMisfittingAndForeignSamplesAreRefused() throws {
    let graph = try Nets.perceptron(seed: 1)
    let good = Nets.samples(graph, 3, seed: 2).samples
    #expect(Self.words(graph, []).contains("no samples"))
    let short = Self.words(graph, good + [[[1, 2]]])
    #expect(short.contains("'x'") && short.contains("[1,20]") && short.contains("sample 3") && short.contains("2 elements"), "\(short)")
    #expect(Self.words(graph, good + [[good[0][0], good[0][0]]]).contains("2 arrays"))
    #expect(Self.words(graph, good + [[]]).contains("0 arrays"))
    var broken = good
    broken[1][0][7] = .nan
    let message = Self.words(graph, broken)
    #expect(message.contains("sample 1") && message.contains("element 7") && message.contains("nan"), "\(message)")
    broken[1][0][7] = .infinity
    #expect(Self.words(graph, broken).contains("inf"))
  }

  @Test func constantSetsAreRefusedAndSingleSamplesWarnedOf() throws {
    let graph = try Nets.perceptron(seed: 1)
    let uniform = Array(repeating: Float(7), count: 20)
    #expect(Self.words(graph, [[uniform], [uniform]]).contains("constant"))
    #expect(Self.words(graph, [[uniform]]).contains("constant"))
    let sample = Nets.samples(graph, 1, seed: 3).samples[0]
    #expect(Self.words(graph, [sample, sample]).contains("constant"))
    let result = try Nets.quantized(graph, CalibrationSet(samples: [sample]))
    #expect(result.warnings.map(\.code) == ["single-sample"])
  }

  @Test func oneConstantInputOfTwoIsWarnedOf() throws {
    var net = Nets("two", seed: 4)
    let (a, b) = (net.builder.addInput("a", TensorType(.float32, [1, 4])), net.builder.addInput("b", TensorType(.float32, [1, 4])))
    net.builder.addOutput("y", try net.builder.add(Binary(.add), [a, b], name: "sum")[0])
    let samples: [[[Float]]] = [[[1, 2, 3, 4], [5, 5, 5, 5]], [[4, 3, 2, 1], [5, 5, 5, 5]]]
    let warnings = try Nets.quantized(net.builder.graph, CalibrationSet(samples: samples)).warnings
    #expect(warnings.map(\.code) == ["constant-input", "few-samples"])
    #expect(warnings[0].message.contains("'b'"))
  }

  @Test func activationsThatAreNotFiniteNameTheirNode() throws {
    var net = Nets("root", seed: 5)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 4]))
    let root = try net.builder.add(Unary(.sqrt), [input], name: "root", sourceOperator: "Sqrt")[0]
    net.builder.addOutput("y", try net.dense(root, 2, name: "y"))
    let samples: [[[Float]]] = [[[1, 2, 3, 4]], [[1, -2, 3, 4]]]
    let message = Self.words(net.builder.graph, samples)
    #expect(message.contains("Sqrt 'root'") && message.contains("NaN") && message.contains("sample 1"), "\(message)")
    var division = Nets("division", seed: 6)
    let x = division.builder.addInput("x", TensorType(.float32, [1, 4]))
    division.builder.addOutput("y", try division.builder.add(Unary(.reciprocal), [x], name: "inverse")[0])
    #expect(Self.words(division.builder.graph, [[[1, 2, 3, 4]], [[1, 0, 3, 4]]]).contains("'inverse'"))
  }

  @Test func weightsThatAreNotFiniteNameTheirNode() throws {
    var net = Nets("weights", seed: 7)
    let input = net.builder.addInput("x", TensorType(.float32, [1, 2]))
    let weight = net.builder.addConstant(Tensor(shape: [1, 2], floats: [.infinity, 1]))
    net.builder.addOutput("y", try net.builder.add(Dense(), [input, weight, nil], name: "broken")[0])
    #expect(Self.words(net.builder.graph, [[[1, 2]], [[3, 4]]]).contains("'broken'"))
  }
}
