import ArrayFiles
import Foundation
import Swiftlet
import SystemPackage
import Testing

/// The command from outside: what it prints, what it writes, how it ends.
@Suite struct CommandTests {
  private func convert(_ quantize: borrowing CommandRunner, _ more: String...) throws -> CommandRunner.Outcome {
    try quantize.run(
      [CommandRunner.example("convnet.onnx"), "--calibrate", CommandRunner.example("calibration.npz"), "--std", "255", "--force"] + more)
  }

  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func convertsAndSummarizes() throws {
    let quantize = try CommandRunner()
    let outcome = try convert(quantize)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("(x - 0) / 255"))
    #expect(outcome.output.contains("SQNR"))
    #expect(outcome.errors.isEmpty, "no progress in a pipe")
    #expect(FileManager.default.fileExists(atPath: quantize.path("convnet.swl")))
  }

  @Test func theSameInputGivesTheSameBytes() throws {
    let quantize = try CommandRunner()
    _ = try convert(quantize)
    let first = try Data(contentsOf: URL(filePath: quantize.path("convnet.swl")))
    _ = try convert(quantize)
    #expect(try Data(contentsOf: URL(filePath: quantize.path("convnet.swl"))) == first)
  }

  @Test func comparesWithTheDocumentedKeys() throws {
    let quantize = try CommandRunner()
    _ = try convert(quantize)
    let outcome = try quantize(
      "compare", CommandRunner.example("convnet.onnx"), "convnet.swl", "--data", CommandRunner.example("evaluation.npz"), "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try json(outcome.output)
    #expect(Set(["samples", "float", "int8", "agreement", "sqnr_db", "max_abs_error", "speedup"]).isSubset(of: result.keys))
    #expect(result["samples"] as? Int == 600)
    for side in ["float", "int8"] {
      let values = try #require(result[side] as? [String: Any])
      #expect(Set(["top1", "median_us", "end_to_end_us", "file_bytes", "arena_bytes"]).isSubset(of: values.keys))
      #expect(try #require(values["top1"] as? Double) > 0.95)
    }
    #expect(try #require(result["agreement"] as? Double) > 0.97)
  }

  @Test func inspectsWithTheDocumentedKeys() throws {
    let quantize = try CommandRunner()
    _ = try convert(quantize)
    let keys = Set([
      "format_version", "file_bytes", "arena_bytes", "arena_lower_bound_bytes", "weights_bytes", "macs", "inputs", "outputs", "instructions",
    ])
    for model in ["convnet.swl", CommandRunner.example("convnet.onnx")] {
      let outcome = try quantize("inspect", model, "--json")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let result = try json(outcome.output)
      #expect(keys.isSubset(of: result.keys))
      let input = try #require((result["inputs"] as? [[String: Any]])?.first)
      #expect(Set(["name", "shape", "dtype", "scale", "zero_point"]).isSubset(of: input.keys))
      #expect(input["name"] as? String == "image")
      let instruction = try #require((result["instructions"] as? [[String: Any]])?.first)
      #expect(Set(["index", "op", "name", "precision", "macs"]).isSubset(of: instruction.keys))
      #expect(result["macs"] as? Int == 577_000)
    }
  }

  @Test func runsSamplesInTurnAndRaw() throws {
    let quantize = try CommandRunner()
    _ = try convert(quantize)
    let outcome = try quantize("run", "convnet.swl", "--input", CommandRunner.example("evaluation.npz"), "--output", "scores.npz")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let scores = try #require(try readArrays(at: FilePath(quantize.path("scores.npz"))).read(named: "scores"))
    #expect(scores.shape == [600, 10])
    try writeNPZ([("image", NumericArray(shape: [1, 1, 28, 28], integers: Array(repeating: -128, count: 784)))], to: FilePath(quantize.path("raw.npz")))
    let raw = try quantize("run", "convnet.swl", "--input", "raw.npz", "--raw", "--output", "raw-scores.npz")
    #expect(raw.status == 0, "\(raw.errors)")
    let floats = try #require(try readArrays(at: FilePath(quantize.path("raw-scores.npz"))).read(named: "scores"))
    #expect(floats.elementType == .float32)
    #expect(floats.shape == [1, 10])
    _ = try convert(quantize, "--int8-outputs")
    _ = try quantize("run", "convnet.swl", "--input", "raw.npz", "--raw", "--output", "raw-scores.npz", "--force")
    let bytes = try #require(try readArrays(at: FilePath(quantize.path("raw-scores.npz"))).read(named: "scores"))
    #expect(bytes.elementType == .int8)
    #expect(bytes.shape == [1, 10])
  }

  @Test func floatProgramsNeedNoCalibrationAndCompareToo() throws {
    let quantize = try CommandRunner()
    _ = try convert(quantize)
    let float = try quantize(CommandRunner.example("convnet.onnx"), "--precision", "float", "--std", "255", "-o", "float.swl")
    #expect(float.status == 0, "\(float.errors)")
    let compared = try quantize("compare", "float.swl", "convnet.swl", "--data", CommandRunner.example("evaluation.npz"))
    #expect(compared.status == 0, "\(compared.errors)")
    #expect(compared.output.contains("top-1"))
    let swapped = try quantize("compare", "convnet.swl", "float.swl", "--data", CommandRunner.example("evaluation.npz"))
    #expect(swapped.status == 65)
  }

  @Test func benchmarksWithTheDocumentedKeys() throws {
    let quantize = try CommandRunner()
    _ = try convert(quantize)
    _ = try quantize(CommandRunner.example("convnet.onnx"), "--precision", "float", "--std", "255", "-o", "float.swl")
    let outcome = try quantize("bench", "float.swl", "convnet.swl", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let results = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    #expect(results.map { $0["precision"] as? String } == ["float32", "int8"])
    let keys = Set([
      "model", "precision", "isa", "threads", "median_us", "min_us", "p90_us", "macs", "gmac_per_s", "load_us", "arena_bytes", "weights_bytes",
      "peak_rss_bytes", "bytes_touched",
    ])
    for result in results {
      #expect(keys.isSubset(of: result.keys))
      let (low, median, high) = (result["min_us"] as? Double, result["median_us"] as? Double, result["p90_us"] as? Double)
      #expect(try #require(low) > 0 && (try #require(median)) < 1e5 && (try #require(high)) < 1e6)
    }
    let text = try quantize("bench", "float.swl", "convnet.swl", "--profile")
    #expect(text.output.contains("int8 is ") && text.output.contains("as fast as float"))
    let calibration = CommandRunner.example("calibration.npz")
    let words = try quantize(
      CommandRunner.example("convnet.onnx"), "--calibrate", calibration, "--precision", "int16", "--std", "255", "-o", "words.swl")
    #expect(words.status == 0, "\(words.errors)")
    #expect(try quantize("bench", "float.swl", "words.swl").output.contains("int16 is "))
    #expect(text.output.contains("gemm_s8"))
  }

  @Test func refusesToReportOnAFileThatChangesWhileItIsMeasured() throws {
    let quantize = try CommandRunner()
    _ = try convert(quantize)
    let file = URL(filePath: quantize.path("convnet.swl"))
    let content = try Data(contentsOf: file)
    // Replaced as a whole: every load finds a valid file.
    let outcome = try quantize.run(["bench", "convnet.swl", "--json"]) { try content.write(to: file, options: .atomic) }
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("convnet.swl: changed while it was measured"), "\(outcome.errors)")
    #expect(outcome.output.isEmpty, "figures that mean nothing are not printed")
  }

  @Test func refusesAnOptionGivenTwice() throws {
    let quantize = try CommandRunner()
    let net = CommandRunner.example("convnet.onnx")
    for (repeated, arguments) in [
      ("--std", ["--std", "255", "--std=1"]), ("--output", ["-o", "a.swl", "--output", "b.swl"]), ("--force", ["--force", "--force"]),
    ] {
      let outcome = try quantize.run([net, "--precision", "float"] + arguments)
      #expect(outcome.status == 64)
      #expect(outcome.errors.contains("\(repeated) is given more than once"), "\(outcome.errors)")
    }
    let shapes = try quantize.run([net, "--precision", "float", "--std", "255", "--shape", "a=1", "--shape", "b=1"])
    #expect(!shapes.errors.contains("more than once"), "--shape names one input each time: \(shapes.errors)")
  }

  @Test func plansForLatencyRunOnSeveralThreads() throws {
    let quantize = try CommandRunner()
    for plan in ["ram", "latency"] {
      let converted = try quantize(
        CommandRunner.example("convnet.onnx"), "--calibrate", CommandRunner.example("calibration.npz"), "--std", "255", "--plan", plan, "-o",
        "\(plan).swl")
      #expect(converted.status == 0, "\(converted.errors)")
    }
    let outcome = try quantize("bench", "ram.swl", "latency.swl", "--threads", "3", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let results = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
    #expect(results.map { $0["plan"] as? String } == ["ram", "latency"])
    #expect(results.map { $0["threads"] as? Int } == [3, 3])
    let arenas = results.compactMap { $0["arena_bytes"] as? Int }
    #expect(arenas.count == 2 && arenas[0] <= arenas[1])
    #expect(try quantize("inspect", "latency.swl").output.contains("planned for latency"))
    #expect(try quantize("bench", "ram.swl", "--threads", "2").output.contains("--plan latency"))
    #expect(try quantize(CommandRunner.example("convnet.onnx"), "--precision", "float", "--plan", "fast").status == 64)
  }

  @Test func instructionSetsAreForcedOrRefused() throws {
    let quantize = try CommandRunner()
    _ = try convert(quantize)
    let scalar = try quantize.run(["bench", "convnet.swl", "--json"], environment: ["SWIFTLET_ISA": "scalar"])
    #expect(scalar.output.contains("\"scalar\""))
    for isa in ["sse9", "neon", "avx2"] where !ISA.available.map(\.rawValue).contains(isa) {
      let outcome = try quantize.run(["bench", "convnet.swl"], environment: ["SWIFTLET_ISA": isa])
      #expect(outcome.status == 64)
      #expect(outcome.errors.contains(isa))
      #expect(outcome.errors.contains("scalar"), "names what there is")
    }
  }

  @Test func cutsAtInnerTensors() throws {
    let quantize = try CommandRunner()
    let names = try json(try quantize("inspect", CommandRunner.example("convnet.onnx"), "--json").output)["instructions"] as? [[String: Any]]
    #expect(names?.count == 4)
    let outcome = try quantize(
      CommandRunner.example("convnet.onnx"), "--calibrate", CommandRunner.example("calibration.npz"), "--std", "255", "--outputs", "/4/Gemm_output_0",
      "--report", "report.json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let outputs = try json(try quantize("inspect", "convnet.swl", "--json").output)["outputs"] as? [[String: Any]]
    #expect(outputs?.first?["shape"] as? [Int] == [1, 100])
    let report = try json(try String(contentsOfFile: quantize.path("report.json"), encoding: .utf8))
    #expect(Set(["source_bytes", "file_bytes", "arena_bytes", "quantization"]).isSubset(of: report.keys))
  }

  @Test func takesRawPixelsInTheDevicesLayout() throws {
    let quantize = try CommandRunner()
    let outcome = try convert(quantize, "--input-layout", "nhwc", "--mean", "-0.0", "-o", "nhwc.swl")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let inputs = try json(try quantize("inspect", "nhwc.swl", "--json").output)["inputs"] as? [[String: Any]]
    #expect(inputs?.first?["shape"] as? [Int] == [1, 28, 28, 1])
  }

  @Test func aFolderOfArraysIsOneSet() throws {
    let quantize = try CommandRunner()
    let folder = URL(filePath: quantize.path("data"))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let archive = try readArrays(at: FilePath(CommandRunner.example("evaluation.npz")))
    let (x, y) = (try #require(try archive.read(named: "x")).floats(), try #require(try archive.read(named: "y")).integers())
    for part in 0..<2 {
      let samples = NumericArray(shape: [30, 28, 28], floats: Array(x[part * 30 * 784..<(part + 1) * 30 * 784]))
      let labels = NumericArray(shape: [30], integers: Array(y[part * 30..<(part + 1) * 30]))
      try writeNPZ([("x", samples), ("labels", labels)], to: FilePath(folder.appending(path: "part\(part).npz").path))
    }
    let converted = try quantize(CommandRunner.example("convnet.onnx"), "--calibrate", "data", "--std", "255")
    #expect(converted.status == 0, "\(converted.errors)")
    let compared = try quantize("compare", CommandRunner.example("convnet.onnx"), "convnet.swl", "--data", "data", "--labels", "labels", "--json")
    #expect(compared.status == 0, "\(compared.errors)")
    #expect(try json(compared.output)["samples"] as? Int == 60)
    let missing = try quantize("compare", CommandRunner.example("convnet.onnx"), "convnet.swl", "--data", "data", "--labels", "z")
    #expect(missing.status == 65)
    #expect(missing.errors.contains("no array 'z'"))
  }

  @Test func anotherNetIsNoted() throws {
    let quantize = try CommandRunner()
    _ = try convert(quantize)
    let outcome = try quantize("compare", CommandRunner.example("mlp10.onnx"), "convnet.swl", "--data", CommandRunner.example("evaluation.npz"))
    #expect(outcome.errors.contains("made from another model"))
  }
}
