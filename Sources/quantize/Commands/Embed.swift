import ArgumentParser
import Foundation
import Swiftlet

/// `quantize embed`: a compiled model as C source, for firmware without a file system.
struct Embed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a compiled model as a C source and header, with its sizes and shapes as macros.",
    discussion: """
      Writes NAME.h and NAME.c: the model's bytes, aligned and const, and macros for its arena, workspace, inputs and outputs. \
      --incbin writes NAME.S, which takes the bytes from NAME.swl beside it, instead of an array.
      """)

  @Argument(help: "Compiled model: .swl.")
  var model: String

  @Option(name: [.customShort("o"), .customLong("output")], help: "Folder to write to.")
  var folder = "."

  @Option(help: "Name in C, of the files too. Default: the model's file name.")
  var name: String?

  @Flag(help: "List the operators that the model uses, so that the linker drops the others.")
  var trim = false

  @Flag(help: "Let the assembler read the model instead of writing an array.")
  var incbin = false

  @Flag(help: "Replace files that exist.")
  var force = false

  func run() throws {
    guard case .compiled = try SourceModel.kind(of: model) else { throw SourceModel.notCompiled(model) }
    let loaded = try SourceModel.load(model)
    let stem = name ?? URL(filePath: model).deletingPathExtension().lastPathComponent
    let identifier = cIdentifier(stem)
    guard name == nil || identifier == stem else {
      throw Failure.usage("--name \(stem): is no C identifier", hint: "'\(identifier)' would be one")
    }
    guard let bytes = FileManager.default.contents(atPath: model) else { throw Failure.badData("\(model): cannot be read", code: "unreadable") }
    let source = EmbeddedModel(loaded, name: identifier, bytes: [UInt8](bytes), isTrimmed: trim, isIncluded: incbin)
    var files = [("\(identifier).h", Array(source.header.utf8))]
    if let code = source.code { files.append(("\(identifier).c", Array(code.utf8))) }
    if incbin {
      files.append(("\(identifier).S", Array(source.assembly.utf8)))
      let copy = "\(folder)/\(identifier).swl"
      // The model may lie where it belongs already.
      if realpathOf(copy) != realpathOf(model) || realpathOf(copy) == nil { files.append(("\(identifier).swl", source.bytes)) }
    }
    var outputs: [(OutputFile, [UInt8])] = []
    for (file, content) in files {
      outputs.append((try OutputFile("\(folder)/\(file)", overwrite: force, apartFrom: [model]), content))
    }
    for (output, content) in outputs { try output.write(content) }
    let program = loaded.programs[0]
    print("\(files.map { "\(folder)/\($0.0)" }.joined(separator: ", ")): \(bytes.count) bytes of model, \(program.arenaBytes) of arena")
    print("operators: \(source.operators.joined(separator: " "))\(trim ? "" : " (--trim links no others)")")
  }

  private func realpathOf(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
