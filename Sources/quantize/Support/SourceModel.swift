import Foundation
import ModelCompiler
import ModelGraph
import ModelImport
import Swiftlet
import SystemPackage

/// A model file given on the command line.
enum SourceModel {
  /// A compiled `.swl`, by its content.
  case compiled
  /// A float model to import, in the layout of its images.
  case importable(ImageLayout)

  /// Looks at the first bytes.
  static func kind(of path: String) throws(Failure) -> SourceModel {
    guard let type = try? Stat(FilePath(path)).type else { throw Failure.badData("\(path): no such file", code: "no-such-file") }
    guard type == .regular else {
      throw Failure.badData("\(path): is \(type == .directory ? "a folder" : "a device, pipe or socket"), not a model file", code: "bad-file")
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw Failure.badData("\(path): cannot be read: \(String(cString: strerror(errno)))", code: "unreadable")
    }
    defer { try? handle.close() }
    guard let head = try? handle.read(upToCount: 8) else { throw Failure.badData("\(path): is empty", code: "bad-file", hint: "export the model again") }
    if head.starts(with: [0x89, UInt8(ascii: "S"), UInt8(ascii: "W"), UInt8(ascii: "L")]) { return .compiled }
    guard !path.hasSuffix(".swl") else {
      throw Failure.badData(
        "\(path): not a .swl file: it begins with other bytes", code: "magic", hint: "convert the model again; a text-mode transfer destroys it")
    }
    return .importable(head.dropFirst(4).starts(with: Array("TFL3".utf8)) ? .nhwc : .nchw)
  }

  /// Imports, applies preprocessing, folds and fuses.
  static func importGraph(_ path: String, options: ConversionOptions) throws(Failure) -> Graph {
    guard case .importable(let layout) = try kind(of: path) else {
      throw Failure.badData("\(path): already a compiled .swl file", code: "already-compiled", hint: "give the ONNX or TFLite model that it was made from")
    }
    var graph: Graph
    do throws(DiagnosticError) {
      graph = try importModel(at: FilePath(path), options: options.importOptions)
    } catch { throw Failure(error, path: path) }
    try graph.applyPreprocessing(options, sourceLayout: layout)
    do throws(DiagnosticError) { return try graph.optimized() } catch { throw Failure(error, path: path) }
  }

  static func compile(_ graph: Graph, _ options: CompilerOptions, path: String) throws(Failure) -> CompiledModel {
    do {
      return try ModelCompiler.compile(graph, options: options)
    } catch {
      throw Failure(error, path: path)
    }
  }

  static func notCompiled(_ path: String) -> Failure {
    Failure.badData("\(path): not a compiled .swl file", code: "not-compiled", hint: "convert it first: quantize \(path) --calibrate DATA.npz")
  }

  static func load(_ path: String, verifyingConstants: Bool = true) throws(Failure) -> Model {
    do {
      return try Model(contentsOfFile: path, verifyingConstants: verifyingConstants)
    } catch {
      throw Failure(error, path: path)
    }
  }

  static func load(_ bytes: [UInt8], path: String) throws(Failure) -> Model {
    do {
      return try Model(bytes: bytes)
    } catch {
      throw Failure.other("\(path): the compiled program was refused by the runtime: \(error)", code: "internal", hint: "please report this with the model")
    }
  }
}
