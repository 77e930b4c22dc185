import ArrayFiles
import Foundation
import SystemPackage
import Testing

/// Nonsense in, one clear line out; nothing half-written.
@Suite struct BadInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var arguments: [String]
    var status: Int32
    var mentions: [String]
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let net = CommandRunner.example("convnet.onnx")
  static let calibration = CommandRunner.example("calibration.npz")

  static let cases = [
    Case(arguments: [], status: 64, mentions: ["model"]),
    Case(arguments: ["runn", "x.swl"], status: 64, mentions: ["runn", "run"]),
    Case(arguments: ["inspcet"], status: 64, mentions: ["inspect"]),
    Case(arguments: [net], status: 64, mentions: ["--calibrate", "--precision float"]),
    Case(arguments: ["missing.onnx", "--calibrate", calibration], status: 65, mentions: ["missing.onnx", "no such file"]),
    Case(arguments: [net, "--calibrate", "missing.npz"], status: 65, mentions: ["missing.npz"]),
    Case(arguments: [net, "--calibrate", net], status: 65, mentions: ["convnet.onnx"]),
    Case(arguments: [net, "--precision", "float", "-o", "no/such/folder.swl"], status: 1, mentions: ["no/such"]),
    Case(arguments: [net, "--precision", "int4"], status: 64, mentions: ["int4"]),
    Case(arguments: [net, "--precision", "=int16"], status: 64, mentions: ["bad-precision"]),
    Case(arguments: [net, "--precision", "int16", "--precision", "float"], status: 64, mentions: ["repeated-option"]),
    Case(arguments: [net, "--calibrate", calibration, "--precision", "no*such=int16"], status: 65, mentions: ["no-such-layer", "near"]),
    Case(arguments: [net, "--calibrate", calibration, "--min-sqnr", "500"], status: 2, mentions: ["limit-not-held", "500.0 dB", "in int16"]),
    Case(arguments: [net, "--calibrate", calibration, "--min-sqnr", "30", "--max-drop", "1"], status: 64, mentions: ["one limit"]),
    Case(arguments: [net, "--calibrate", calibration, "--max-drop", "1", "--labels", "z"], status: 65, mentions: ["'z'"]),
    Case(arguments: [net, "--calibrate", calibration, "--data", calibration], status: 64, mentions: ["--max-drop"]),
    Case(arguments: [net, "--calibrate", calibration, "--min-sqnr", "30", "--metric", "auc"], status: 64, mentions: ["--metric is for --max-drop"]),
    Case(arguments: [net, "--calibrate", calibration, "--max-drop", "1", "--metric", "sqnr"], status: 64, mentions: ["--min-sqnr"]),
    Case(arguments: [net, "--calibrate", calibration, "--max-drop", "1", "--metric", "agreement", "--top", "2"], status: 64, mentions: ["give one"]),
    Case(arguments: [net, "--calibrate", calibration, "--max-drop", "1", "--top", "11"], status: 65, mentions: ["1 to 10"]),
    Case(arguments: [net, "--calibrate", calibration, "--max-drop", "1", "--metric", "auc"], status: 65, mentions: ["one score, or of two"]),
    Case(arguments: [net, "--precision", "float", "--shape", "image=1,0,28,28"], status: 64, mentions: ["--shape"]),
    Case(arguments: [net, "--precision", "float", "--shape", "picture=1,1,28,28"], status: 65, mentions: ["picture", "image"]),
    Case(arguments: [net, "--precision", "float", "--shape", "image=1,3,28,28"], status: 65, mentions: ["--shape", "[1,1,28,28]"]),
    Case(arguments: [net, "--precision", "float", "--std", "0"], status: 64, mentions: ["--std"]),
    Case(arguments: [net, "--precision", "float", "--mean", "1,2"], status: 64, mentions: ["--mean", "channel"]),
    Case(arguments: [net, "--precision", "float", "--mean", "-1,x"], status: 64, mentions: ["--mean"]),
    Case(arguments: [calibration, "--calibrate", calibration], status: 65, mentions: ["calibration.npz"]),
    Case(arguments: ["text.onnx", "--precision", "float"], status: 65, mentions: ["text.onnx"]),
    Case(arguments: ["empty.onnx", "--precision", "float"], status: 65, mentions: ["empty.onnx"]),
    Case(arguments: ["run", "text.onnx", "--input", calibration], status: 65, mentions: ["not a compiled"]),
    Case(arguments: [net, "--precision", "float", "-o", "."], status: 1, mentions: ["names no file"]),
    Case(arguments: [net, "--precision", "float", "-o", ""], status: 1, mentions: ["names no file"]),
    Case(arguments: [net, "--precision", "float", "-o", "/dev/null", "--force"], status: 1, mentions: ["not a regular file"]),
    Case(arguments: ["copy.onnx", "--precision", "float", "-o", "copy.onnx", "--force"], status: 64, mentions: ["same-file"]),
    Case(arguments: [net, "--precision", "float", "-o", "a.swl", "--report", "./a.swl"], status: 64, mentions: ["same-file"]),
    Case(arguments: ["folder", "--precision", "float"], status: 65, mentions: ["folder", "not a model file"]),
    Case(arguments: ["inspect", "arrays.swl"], status: 65, mentions: ["not a .swl file"]),
    Case(arguments: [net, "--calibrate", "infinite.npz"], status: 65, mentions: ["infinity", "sample 0"]),
    Case(arguments: ["bench"], status: 64, mentions: ["model"]),
    Case(arguments: ["bench", "missing.swl"], status: 65, mentions: ["missing.swl", "no such file"]),
    Case(arguments: ["bench", net], status: 65, mentions: ["not a compiled"]),
    Case(arguments: ["bench", "short.swl", "--threads", "0"], status: 64, mentions: ["--threads 0"]),
    Case(arguments: ["bench", "short.swl", "--threads", "10000"], status: 64, mentions: ["--threads 10000"]),
    Case(arguments: ["inspect", "short.swl"], status: 65, mentions: ["short.swl"]),
    Case(arguments: [net, "--calibrate", "nan.npz"], status: 65, mentions: ["NaN", "sample 1"]),
    Case(arguments: [net, "--calibrate", "shape.npz"], status: 65, mentions: ["shape", "[3, 5, 5]", "28"]),
    Case(arguments: [net, "--calibrate", "constant.npz"], status: 65, mentions: ["constant"]),
    Case(arguments: [net, "--calibrate", "empty.npz"], status: 65, mentions: ["empty.npz"]),
    Case(arguments: [net, "--calibrate", "two.npz"], status: 65, mentions: ["image", "a, b"]),
  ]

  @Test(arguments: cases) func isRefused(_ test: Case) throws {
    let quantize = try CommandRunner()
    try Self.writeNonsense(quantize)
    let before = try FileManager.default.contentsOfDirectory(atPath: quantize.folder.path).filter { !$0.hasPrefix(".") }.sorted()
    let outcome = try quantize.run(test.arguments)
    #expect(outcome.status == test.status, "\(outcome.output)\(outcome.errors)")
    for word in test.mentions { #expect(outcome.errors.contains(word), "\(outcome.errors)") }
    let after = try FileManager.default.contentsOfDirectory(atPath: quantize.folder.path).filter { !$0.hasPrefix(".") }.sorted()
    #expect(after == before, "nothing is left behind")
  }

  /// Calibration refuses them; a float program computes with them as any float does.
  @Test func floatProgramsTakeInfinities() throws {
    let quantize = try CommandRunner()
    try Self.writeNonsense(quantize)
    #expect(try quantize.run([Self.net, "--precision", "float", "-o", "net.swl"]).status == 0)
    #expect(try quantize.run(["run", "net.swl", "--input", "infinite.npz"]).status == 0)
    let missing = try quantize.run(["run", "net.swl"])
    #expect(missing.status == 64 && missing.errors.contains("image") && missing.errors.contains("--input"))
  }

  @Test func existingFilesAreKeptWithoutForce() throws {
    let quantize = try CommandRunner()
    try Data("precious".utf8).write(to: URL(filePath: quantize.path("convnet.swl")))
    let outcome = try quantize.run([Self.net, "--precision", "float"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("--force"))
    #expect(try String(contentsOfFile: quantize.path("convnet.swl"), encoding: .utf8) == "precious")
  }

  private static func writeNonsense(_ quantize: borrowing CommandRunner) throws {
    func write(_ name: String, _ shape: [Int], _ values: [Float]) throws {
      try writeNPZ([("image", NumericArray(shape: shape, floats: values))], to: FilePath(quantize.path(name)))
    }
    try Data("this is not a model".utf8).write(to: URL(filePath: quantize.path("text.onnx")))
    try Data().write(to: URL(filePath: quantize.path("empty.onnx")))
    try Data([0x89, 0x53, 0x57, 0x4C, 0x0D, 0x0A, 0x1A, 0x0A, 1, 0, 0, 0]).write(to: URL(filePath: quantize.path("short.swl")))
    var values = (0..<3 * 784).map { Float($0 % 251) }
    try write("arrays.npz", [3, 1, 28, 28], values)
    try FileManager.default.moveItem(atPath: quantize.path("arrays.npz"), toPath: quantize.path("arrays.swl"))
    try FileManager.default.createDirectory(atPath: quantize.path("folder"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: net, toPath: quantize.path("copy.onnx"))
    values[3] = .infinity
    try write("infinite.npz", [3, 1, 28, 28], values)
    values[3] = 0
    values[784 + 5] = .nan
    try write("nan.npz", [3, 1, 28, 28], values)
    try write("shape.npz", [3, 5, 5], Array(repeating: 1, count: 75))
    try write("constant.npz", [4, 1, 28, 28], Array(repeating: 7, count: 4 * 784))
    try write("empty.npz", [0, 1, 28, 28], [])
    let one = NumericArray(shape: [1, 1, 28, 28], floats: Array(repeating: 1, count: 784))
    try writeNPZ([("a", one), ("b", one)], to: FilePath(quantize.path("two.npz")))
  }
}
