import ArrayFiles
import Foundation
import ModelCompiler
import ModelGraph
import ModelImport
import Quantizer
import Swiftlet
import SystemPackage
import Testing
import _TestSupport

/// Real trained models in ../shared/models and how their own runtimes' reference data is read.
enum TrainedModels {
  /// The path of a file of Examples/digits.
  static func digits(_ name: String) -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return root.appending(path: "Examples/digits/\(name)").path
  }

  /// Imports, folds, fuses and compiles to a float program.
  static func floatModel(_ path: String, shapes: [String: [Int]] = [:]) throws -> (graph: Graph, model: Model) {
    let graph = try importModel(at: FilePath(path), options: ImportOptions(shapes: shapes)).optimized()
    return (graph, try Model(bytes: try compile(graph, options: CompilerOptions(plan: nil)).bytes))
  }

  static func int8File(_ graph: Graph, calibration: [[[Float]]]) throws -> [UInt8] {
    let result = try quantize(graph, calibration: CalibrationSet(samples: calibration), options: QuantizerOptions()) { _, _ in }
    return try compile(result.graph, options: CompilerOptions(plan: result.plan)).bytes
  }

  static func int8Model(_ graph: Graph, calibration: [[[Float]]]) throws -> Model {
    try Model(bytes: try int8File(graph, calibration: calibration))
  }

  /// Arrays of an .npz by name.
  static func arrays(_ path: String) throws -> ArrayArchive { try readArrays(at: FilePath(path)) }
}

extension ArrayArchive {
  /// The array of that name; a missing one fails the test.
  func require(_ name: String) throws -> NumericArray { try #require(try read(named: name), "array \(name)") }
}

/// The largest difference relative to the reference's largest magnitude.
func relativeError(_ actual: [Float], _ expected: [Float]) -> Float {
  guard actual.count == expected.count else { return .infinity }
  let largest = expected.map(\.magnitude).max() ?? 0
  let difference = zip(actual, expected).map { ($0 - $1).magnitude }.max() ?? 0
  return difference.isNaN ? .infinity : difference / max(largest, .leastNormalMagnitude)
}

func indexOfLargest(_ values: [Float]) -> Int {
  var best = 0
  for index in values.indices where values[index] > values[best] { best = index }
  return best
}
