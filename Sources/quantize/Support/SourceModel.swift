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
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw Failure.badData("\(path): \(FileManager.default.fileExists(atPath: path) ? "cannot be read" : "no such file")")
    }
    defer { try? handle.close() }
    guard let head = try? handle.read(upToCount: 8) else { throw Failure.badData("\(path): cannot be read (is it a folder?)") }
    if head.starts(with: [0x89, UInt8(ascii: "S"), UInt8(ascii: "W"), UInt8(ascii: "L")]) { return .compiled }
    return .importable(head.dropFirst(4).starts(with: Array("TFL3".utf8)) ? .nhwc : .nchw)
  }

  /// Imports, applies preprocessing, folds and fuses.
  static func importGraph(_ path: String, options: ConversionOptions) throws(Failure) -> Graph {
    guard case .importable(let layout) = try kind(of: path) else {
      throw Failure.badData("\(path): already a compiled .swl file; give the ONNX or TFLite model that it was made from")
    }
    do {
      var graph = try importModel(at: FilePath(path), options: options.importOptions)
      try graph.applyPreprocessing(options, sourceLayout: layout)
      return try graph.optimized()
    } catch let failure as Failure {
      throw failure
    } catch let error as DiagnosticError {
      throw Failure.badData(error.diagnostics.map { "\(path): \($0)" }.joined(separator: "\n"))
    } catch {
      throw Failure.badData("\(path): \(error)")
    }
  }

  static func compile(_ graph: Graph, _ options: CompilerOptions, path: String) throws(Failure) -> CompiledModel {
    do {
      return try ModelCompiler.compile(graph, options: options)
    } catch {
      throw Failure.badData(error.diagnostics.map { "\(path): \($0)" }.joined(separator: "\n"))
    }
  }

  static func load(_ path: String) throws(Failure) -> Model {
    do {
      return try Model(contentsOfFile: path)
    } catch {
      throw Failure.badData("\(path): \(error)")
    }
  }

  static func load(_ bytes: [UInt8], path: String) throws(Failure) -> Model {
    do {
      return try Model(bytes: bytes)
    } catch {
      throw Failure.other("\(path): the compiled program was refused by the runtime: \(error); please report this with the model")
    }
  }
}
