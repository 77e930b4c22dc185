import ArrayFiles
import Foundation
import Quantizer
import Swiftlet
import SystemPackage

/// A program of the user's that judges outputs: `PROGRAM OUTPUTS.npz DATA`, once a net. It prints one number, the metric, or one a sample.
struct MetricProgram {
  let path: String
  private let data: String
  private let labels: MetricLabels?

  init(_ path: String, data: String, labels: MetricLabels?) throws(Failure) {
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Failure.usage(
        "--metric-program \(path): \(FileManager.default.fileExists(atPath: path) ? "is not executable" : "no such file")", code: "bad-metric",
        hint: "give a program or a script with a #! line, made executable by chmod +x")
    }
    (self.path, self.data, self.labels) = (path, data, labels)
  }

  /// - Parameters:
  ///   - outputs: one a model output, the samples one after the other.
  ///   - net: "float" or "int8": for messages, and the file's name.
  func score(_ outputs: [[Float]], of model: Model, samples: Int, net: String) throws -> MetricValue {
    let folder = FileManager.default.temporaryDirectory.appending(path: "quantize-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (arrays, printed) = (folder.appending(path: "\(net).npz"), folder.appending(path: "numbers"))
    var contents = zip(model.outputs, outputs).map { ($0.name, NumericArray(shape: stackedShape($0.shape, samples), floats: $1)) }
    if let labels, !contents.contains(where: { $0.0 == "y" }) { contents.append(("y", NumericArray(shape: [labels.values.count], floats: labels.values))) }
    try writeNPZ(contents, to: FilePath(arrays.path))
    try Data().write(to: printed)
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = [arrays.path, data]
    process.standardInput = FileHandle.nullDevice
    // Through a file: a pipe that nobody drains would block it.
    process.standardOutput = try FileHandle(forWritingTo: printed)
    do { try process.run() } catch { throw fault("cannot be started: \(error.localizedDescription)") }
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw fault("\(process.terminationReason == .exit ? "ended with status" : "was ended by signal") \(process.terminationStatus) on the \(net) net's outputs")
    }
    return try value(String(decoding: Data(contentsOf: printed), as: UTF8.self), samples: samples)
  }

  private func value(_ text: String, samples: Int) throws(Failure) -> MetricValue {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    var numbers: [Double] = []
    for line in lines {
      guard let number = Double(line), number.isFinite else { throw fault("printed '\(line.prefix(60))' where a finite number is expected") }
      numbers.append(number)
    }
    guard numbers.count == 1 || numbers.count == samples else {
      throw fault("printed \(numbers.count) numbers, expected one, or one a sample: \(samples)")
    }
    return numbers.count == samples ? MetricValue(mean: numbers) : MetricValue(value: numbers[0], contributions: [])
  }

  private func fault(_ message: String) -> Failure {
    Failure.badData("--metric-program \(path): \(message)", code: "bad-metric", hint: "it is called with OUTPUTS.npz and the data, and prints one number a line: docs/metrics.md")
  }
}
