import Foundation
import Swiftlet
import Testing

/// `quantize embed`: C files that say what the model says.
@Suite struct EmbedTests {
  /// A compiled net under a name, and the model itself.
  private func compiled(_ quantize: borrowing CommandRunner, as name: String, _ net: String = "mlp10.onnx") throws -> Model {
    let outcome = try quantize(
      CommandRunner.example(net), "--calibrate", CommandRunner.example("calibration.npz"), "--std", "255", "-o", name)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try Model(contentsOfFile: quantize.path(name))
  }

  private func text(_ quantize: borrowing CommandRunner, _ name: String) throws -> String {
    try String(contentsOf: URL(filePath: quantize.path(name)), encoding: .utf8)
  }

  /// `#define NAME value` lines.
  private func macros(_ header: String) -> [String: String] {
    let pairs = header.split(separator: "\n").filter { $0.hasPrefix("#define ") }.map { $0.split(separator: " ", maxSplits: 2).map(String.init) }
    #expect(Set(pairs.map { $0[1] }).count == pairs.count, "a macro is defined twice")
    return Dictionary(pairs.map { ($0[1], $0.count > 2 ? $0[2] : "") }) { $1 }
  }

  @Test func writesTheModelAndWhatItNeeds() throws {
    let quantize = try CommandRunner()
    let model = try compiled(quantize, as: "net.swl", "convnet.onnx")
    let outcome = try quantize("embed", "net.swl", "--trim")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let macros = macros(try text(quantize, "net.h"))
    let file = [UInt8](try Data(contentsOf: URL(filePath: quantize.path("net.swl"))))
    #expect(macros["NET_MODEL_BYTES"] == "\(file.count)")
    #expect(macros["NET_ARENA_BYTES"] == "\(model.programs[0].arenaBytes)")
    #expect(macros["NET_WORKSPACE_BYTES"] == "SWL_WORKSPACE_BYTES(\(model.instructions.count), 1)")
    #expect(macros["NET_INPUT_COUNT"] == "1" && macros["NET_OUTPUT_COUNT"] == "1")
    let input = model.inputs[0]
    let base = "NET_INPUT_\(input.name.uppercased())"
    #expect(macros[base] == "0")
    #expect(macros["\(base)_ELEMENTS"] == "\(input.elementCount)")
    #expect(macros["\(base)_SHAPE"] == "{\(input.shape.map { "\($0)" }.joined(separator: ", "))}")
    #expect(macros["\(base)_SCALE"].flatMap { Float($0.dropLast()) } == input.scale)
    #expect(macros["\(base)_ZERO_POINT"] == "\(input.zeroPoint)")
    #expect(macros["NET_INPUT_BYTES"] == "\(base)_BYTES" && macros["NET_LARGEST_INPUT_BYTES"] == "\(input.byteCount)")

    let code = try text(quantize, "net.c")
    let array = try #require(code.split(separator: "= {\n").last?.split(separator: "}").first)
    #expect(array.split { !$0.isNumber }.compactMap { UInt8($0) } == file)
    let listed = code.split(separator: "\n").compactMap { $0.hasPrefix("    &ck_operator_") ? String($0.dropFirst(17).dropLast()) : nil }
    #expect(Set(listed) == Set(model.instructions.map(\.operatorName)) && listed == listed.sorted())
  }

  @Test func compilesAsCAndAsCPlusPlus() throws {
    let quantize = try CommandRunner()
    _ = try compiled(quantize, as: "net.swl")
    let include = CommandRunner.repository.appending(path: "Sources/CSwiftlet/include").path
    for options in [[], ["--trim"], ["--incbin"], ["--trim", "--incbin"]] {
      #expect(try quantize.run(["embed", "net.swl", "--force"] + options).status == 0)
      try Data("#include \"net.h\"\nint shape[] = NET_INPUT_IMAGE_SHAPE; const void *used[] = {net_model, net_operators};\n".utf8).write(
        to: URL(filePath: quantize.path("user.c")))
      var sources = [["-std=c99", "-x", "c", "user.c"], ["-std=c++11", "-x", "c++", "user.c"]]
      if FileManager.default.fileExists(atPath: quantize.path("net.c")) && options != ["--incbin"] { sources.append(["-std=c99", "net.c"]) }
      if options.contains("--incbin") { sources.append(["net.S"]) }
      for source in sources {
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["clang", "-Wall", "-Wextra", "-Werror", "-I", include, "-c", "-o", "out.o"] + source
        compiler.currentDirectoryURL = quantize.folder
        try compiler.run()
        compiler.waitUntilExit()
        #expect(compiler.terminationStatus == 0, "\(options) \(source)")
      }
    }
    // The assembler's copy of the model is the model.
    #expect(try Data(contentsOf: URL(filePath: quantize.path("net.swl"))).count > 0)
  }

  @Test(arguments: [("9 nets (new).swl", "model_9_nets_new"), ("int.swl", "model_int"), ("__x--y.swl", "x_y"), ("ñ.swl", "model")])
  func makesIdentifiersOfNames(file: String, identifier: String) throws {
    let quantize = try CommandRunner()
    _ = try compiled(quantize, as: file)
    #expect(try quantize("embed", "./" + file).status == 0)
    #expect(try text(quantize, "\(identifier).h").contains("extern const unsigned char \(identifier)_model["))
  }

  @Test func refusesWhatItCannotEmbed() throws {
    let quantize = try CommandRunner()
    _ = try compiled(quantize, as: "net.swl")
    let float = try quantize("embed", CommandRunner.example("convnet.onnx"))
    #expect(float.status == 65 && float.errors.contains("[not-compiled]"))
    #expect(try quantize("embed", "nothing.swl").errors.contains("[no-such-file]"))
    #expect(try quantize("embed", "net.swl", "-o", "missing").errors.contains("[no-such-folder]"))
    let named = try quantize("embed", "net.swl", "--name", "a-b")
    #expect(named.status == 64 && named.errors.contains("'a_b' would be one"))
    #expect(try quantize("embed", "net.swl").status == 0)
    #expect(try quantize("embed", "net.swl").errors.contains("[file-exists]"))
    #expect(try quantize("embed", "net.swl", "--force").status == 0)
  }
}
