import Foundation
import Testing

/// `--save-parameters` and `--parameters` from outside.
@Suite struct ParameterCommandTests {
  private static let samples = CommandRunner.example("calibration.npz")

  @Test(arguments: ["convnet", "mobilenet"]) func savedParametersGiveTheSameFile(net: String) throws {
    let quantize = try CommandRunner()
    let model = CommandRunner.example("\(net).onnx")
    let calibrated = try quantize(model, "--calibrate", Self.samples, "--std", "255", "-o", "a.swl", "--save-parameters", "p.json")
    #expect(calibrated.status == 0, "\(calibrated.errors)")
    let pinned = try quantize(model, "--parameters", "p.json", "--std", "255", "-o", "b.swl", "--save-parameters", "q.json")
    #expect(pinned.status == 0 && pinned.errors.isEmpty, "\(pinned.errors)")
    for (first, second) in [("a.swl", "b.swl"), ("p.json", "q.json")] {
      #expect(FileManager.default.contentsEqual(atPath: quantize.path(first), andPath: quantize.path(second)))
    }
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: quantize.path("p.json")))) as? [String: Any])
    #expect(Set(document.keys) == ["format", "version", "source", "inputs", "equalization", "tensors", "layers", "report"])
    let tensor = try #require((document["tensors"] as? [[String: Any]])?.first)
    #expect(Set(tensor.keys) == ["name", "shape", "width", "scale", "zero_point", "range", "observed", "method"])
    let text = try String(contentsOfFile: quantize.path("p.json"), encoding: .utf8)
    #expect(text.contains("\"shape\" : [1, 1, 28, 28]"), "numbers stand on one line")
  }

  @Test func everythingThatDoesNotFitIsToldAtOnce() throws {
    let quantize = try CommandRunner()
    _ = try quantize(CommandRunner.example("mlp10.onnx"), "--calibrate", Self.samples, "--save-parameters", "p.json")
    let outcome = try quantize(CommandRunner.example("convnet.onnx"), "--parameters", "p.json", "-o", "net.swl")
    #expect(outcome.status == 65)
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count > 4 && lines.allSatisfy { $0.hasPrefix("error: [parameters-misfit] p.json: ") }, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: quantize.path("net.swl")))
    let scaled = try quantize(CommandRunner.example("mlp10.onnx"), "--parameters", "p.json", "--std", "255", "-o", "net.swl")
    #expect(scaled.status == 65 && scaled.errors.contains("--mean and --std that they were saved with"), "\(scaled.errors)")
  }

  @Test func anEditIsTakenAndSaid() throws {
    let quantize = try CommandRunner()
    let model = CommandRunner.example("mlp10.onnx")
    _ = try quantize(model, "--calibrate", Self.samples, "--save-parameters", "p.json", "-o", "a.swl")
    let text = try String(contentsOfFile: quantize.path("p.json"), encoding: .utf8)
    try text.replacing("\"bias_correction\" : [", with: "\"bias_correction\" : [9", maxReplacements: 1).replacing("[9-", with: "[-9")
      .write(toFile: quantize.path("p.json"), atomically: true, encoding: .utf8)
    let outcome = try quantize(model, "--parameters", "p.json", "-o", "b.swl")
    #expect(outcome.status == 0 && outcome.errors.contains("nothing was measured of these parameters"), "\(outcome.errors)")
    #expect(!FileManager.default.contentsEqual(atPath: quantize.path("a.swl"), andPath: quantize.path("b.swl")))
  }

  @Test func nonsenseAndContradictionsAreRefused() throws {
    let quantize = try CommandRunner()
    let model = CommandRunner.example("mlp10.onnx")
    for text in ["", "{", "[]", "{\"format\": \"swiftlet-quantization\"}", "{\"format\": 7}"] {
      try text.write(toFile: quantize.path("p.json"), atomically: true, encoding: .utf8)
      let outcome = try quantize(model, "--parameters", "p.json", "-o", "a.swl")
      #expect(outcome.status == 65 && outcome.errors.hasPrefix("error: [bad-parameters] p.json: "), "\(outcome.errors)")
    }
    #expect(try quantize(model, "--parameters", "none.json").errors.contains("[unreadable]"))
    #expect(try quantize(model, "--parameters", "p.json", "--calibrate", Self.samples).status == 64)
    #expect(try quantize(model, "--parameters", "p.json", "--precision", "float").status == 64)
    #expect(try quantize(model, "--save-parameters", "q.json", "--precision", "float").status == 64)
  }
}
