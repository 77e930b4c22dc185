import ArrayFiles
import Foundation
import SystemPackage
import Testing

/// `compare` by metrics other than top-1, and by a program.
@Suite struct MetricCommandTests {
  private static let data = CommandRunner.example("evaluation.npz")

  private static func convert(_ quantize: borrowing CommandRunner, _ net: String = "mlp10", calibration: String = "calibration.npz") throws {
    let outcome = try quantize(
      CommandRunner.example("\(net).onnx"), "--calibrate", CommandRunner.example(calibration), "--std", "255", "-o", "net.swl")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  private static func compare(_ quantize: borrowing CommandRunner, _ net: String = "mlp10", _ more: String...) throws -> [String: Any] {
    let outcome = try quantize.run(["compare", CommandRunner.example("\(net).onnx"), "net.swl", "--json"] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  private static func metric(_ name: String, _ result: [String: Any]) throws -> [String: Any] {
    try #require((result["metrics"] as? [[String: Any]])?.first { $0["name"] as? String == name })
  }

  @Test func topKStandsBesideTop1() throws {
    let quantize = try CommandRunner()
    try Self.convert(quantize)
    let result = try Self.compare(quantize, "mlp10", "--data", Self.data, "--top", "3")
    let (top1, top3) = (try Self.metric("top-1", result), try Self.metric("top-3", result))
    #expect(try #require(top3["int8"] as? Double) > #require(top1["int8"] as? Double))
    let keys = Set([
      "name", "float", "int8", "float_standard_error", "int8_standard_error", "difference", "difference_standard_error", "higher_is_better",
    ])
    #expect(Set(top1.keys) == keys)
    #expect((result["int8"] as? [String: Any])?["top1"] as? Double == top1["int8"] as? Double)
    #expect(Set(["agreement_standard_error", "cosine", "cosine_standard_error", "sqnr_standard_error_db", "paired_standard_error"]).isSubset(of: result.keys))
    #expect(try quantize("compare", CommandRunner.example("mlp10.onnx"), "net.swl", "--data", Self.data, "--top", "11").status == 65)
  }

  /// Clean images are like those that the denoiser learnt from, inverted ones are not.
  @Test func anAutoencoderIsJudgedByItsError() throws {
    let quantize = try CommandRunner()
    try Self.convert(quantize, "conv-autoencoder")
    let images = try #require(try readArrays(at: FilePath(Self.data)).read(named: "x")).floats()
    let (clean, labels) = (Array(images[0..<100 * 784]), (0..<100).map { $0 % 2 })
    let mixed = clean.enumerated().map { labels[$0 / 784] == 1 ? 255 - $1 : $1 }
    try writeNPZ(
      [("x", NumericArray(shape: [100, 28, 28], floats: mixed)), ("y", NumericArray(shape: [100], integers: labels))],
      to: FilePath(quantize.path("mixed.npz")))
    let result = try Self.compare(quantize, "conv-autoencoder", "--data", "mixed.npz", "--metric", "auc-reconstruction")
    let area = try Self.metric("auc-reconstruction", result)
    #expect(try #require(area["float"] as? Double) > 0.95 && #require(area["int8"] as? Double) > 0.95)
    #expect(area["difference_standard_error"] is Double)
    let wrong = try quantize("compare", CommandRunner.example("conv-autoencoder.onnx"), "net.swl", "--data", "mixed.npz", "--metric", "auc")
    #expect(wrong.status == 65 && wrong.errors.contains("one score, or of two"), "\(wrong.errors)")
  }

  @Test func numbersInTheOutputsShapeAreErrors() throws {
    let quantize = try CommandRunner()
    try Self.convert(quantize)
    let x = try #require(try readArrays(at: FilePath(Self.data)).read(named: "x")).floats()
    try writeNPZ([("x", NumericArray(shape: [20, 28, 28], floats: Array(x[..<(20 * 784)])))], to: FilePath(quantize.path("x.npz")))
    try writeNPZ(
      [
        ("x", NumericArray(shape: [20, 28, 28], floats: Array(x[..<(20 * 784)]))),
        ("y", NumericArray(shape: [20, 10], floats: Array(repeating: 0.5, count: 200))),
      ], to: FilePath(quantize.path("labelled.npz")))
    _ = try quantize("run", "net.swl", "--input", "x.npz", "--output", "int8.npz")
    let scores = try #require(try readArrays(at: FilePath(quantize.path("int8.npz"))).read(0)).floats()
    let result = try Self.compare(quantize, "mlp10", "--data", "labelled.npz")
    let absolute = scores.reduce(0.0) { $0 + Double(abs($1 - 0.5)) } / 200
    #expect(abs(try #require(Self.metric("mean-absolute-error", result)["int8"] as? Double) - absolute) < 1e-6)
    let squared = try Self.metric("mean-squared-error", result)
    #expect(squared["higher_is_better"] as? Bool == false)
    #expect((result["int8"] as? [String: Any])?["top1"] is NSNull)
  }

  @Test func aProgramJudges() throws {
    let quantize = try CommandRunner()
    try Self.convert(quantize)
    func script(_ name: String, _ text: String) throws {
      try "#!/bin/sh\n\(text)\n".write(toFile: quantize.path(name), atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: quantize.path(name))
    }
    // The file's name tells the net; what it holds is checked below.
    try script("one", "cp \"$1\" kept-$(basename \"$1\"); echo \"$2\" > given; case \"$1\" in *int8*) echo 0.5 ;; *) echo 0.75 ;; esac")
    var program = try Self.metric("program", Self.compare(quantize, "mlp10", "--data", Self.data, "--metric-program", "./one"))
    #expect(program["float"] as? Double == 0.75 && program["int8"] as? Double == 0.5 && program["difference"] as? Double == -0.25)
    #expect(program["float_standard_error"] is NSNull)
    let kept = try readArrays(at: FilePath(quantize.path("kept-int8.npz")))
    #expect(try #require(try kept.read(named: "scores")).shape == [600, 10])
    #expect(try #require(try kept.read(named: "y")).shape == [600])
    #expect(try String(contentsOfFile: quantize.path("given"), encoding: .utf8) == "\(Self.data)\n")
    try script("many", "i=0; while [ $i -lt 600 ]; do echo $((i % 2)); i=$((i + 1)); done")
    program = try Self.metric("program", Self.compare(quantize, "mlp10", "--data", Self.data, "--metric-program", "./many"))
    #expect(program["int8"] as? Double == 0.5)
    // 600 coins: sqrt(0.25 / 599).
    #expect(abs(try #require(program["int8_standard_error"] as? Double) - (0.25 / 599).squareRoot()) < 1e-12)
    for (text, message) in [("exit 3", "ended with status 3"), ("echo good", "printed 'good'"), ("echo 1; echo 2", "printed 2 numbers"), ("true", "printed 0")] {
      try script("bad", text)
      let outcome = try quantize(
        "compare", CommandRunner.example("mlp10.onnx"), "net.swl", "--data", Self.data, "--metric-program", "./bad")
      #expect(outcome.status == 65 && outcome.errors.contains(message), "\(outcome.errors)")
    }
    #expect(try quantize("compare", CommandRunner.example("mlp10.onnx"), "net.swl", "--data", Self.data, "--metric-program", "./none").status == 64)
  }
}
