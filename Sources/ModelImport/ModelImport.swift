package import ModelGraph
package import SystemPackage

/// Reads an ONNX or TFLite model, told apart by their bytes and not by their names.
///
/// The graph is raw: shapes are static, spatial operators are NHWC between transposes, nothing is fused.
/// - Throws: every unsupported node at once, or what is wrong with the file or the options.
package func importModel(at path: FilePath, options: ImportOptions) throws(DiagnosticError) -> Graph {
  let bytes = try readFile(at: path)
  let name = path.lastComponent?.string ?? path.string
  guard !bytes.isEmpty else {
    throw DiagnosticError(Diagnostic(code: "bad-file", message: "\(path) is empty", hint: "export the model again"))
  }
  if bytes.count >= 8, Array(bytes[4..<8]) == Array("TFL3".utf8) {
    return try importTFLite(bytes, name: name, options: options)
  }
  if let signature = options.signature {
    throw DiagnosticError(
      Diagnostic(
        code: "unknown-signature", message: "\(name) is an ONNX model, it has no signature '\(signature)'",
        hint: "--signature is for TFLite models: leave it out"))
  }
  return try importONNX(bytes, name: name, directory: path.removingLastComponent(), options: options)
}
