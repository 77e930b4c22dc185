import ModelGraph

/// An entry point of a model: names for the inputs and outputs of one of its graphs.
struct TFLiteSignature {
  var key: String
  private var subgraph: Int
  private var inputs: [(name: String, tensor: Int)] = []
  private var outputs: [(name: String, tensor: Int)] = []

  init(_ table: FlatTable) throws(DiagnosticError) {
    key = try table.string(2)
    subgraph = Int(try table.integer(4, default: UInt32(0)))
    for map in try table.tables(0) { inputs.append((try map.string(0), Int(try map.integer(1, default: UInt32(0))))) }
    for map in try table.tables(1) { outputs.append((try map.string(0), Int(try map.integer(1, default: UInt32(0))))) }
  }

  /// - Throws: where the model has no signature of that key; the keys that it has.
  static func named(_ key: String, in tables: [FlatTable]) throws(DiagnosticError) -> TFLiteSignature {
    var found: [TFLiteSignature] = []
    for table in tables { found.append(try TFLiteSignature(table)) }
    if let signature = found.first(where: { $0.key == key }) { return signature }
    throw DiagnosticError(
      Diagnostic(
        code: "unknown-signature", message: "the model has no signature '\(key)'",
        hint: found.isEmpty ? "it has none: leave --signature out" : "it has: \(found.map(\.key).joined(separator: ", "))"))
  }

  /// The graph that it names, its inputs and outputs under their names here.
  func applied(to subgraphs: [TFLiteSubgraph]) throws(DiagnosticError) -> TFLiteSubgraph {
    guard subgraphs.indices.contains(subgraph) else { throw damaged("names subgraph \(subgraph) of \(subgraphs.count)") }
    var graph = subgraphs[subgraph]
    for (name, tensor) in inputs + outputs {
      guard graph.tensors.indices.contains(tensor), !name.isEmpty else { throw damaged("names tensor \(tensor) of \(graph.tensors.count)") }
      graph.tensors[tensor].name = name
    }
    graph.uniqueNames(keeping: Set((inputs + outputs).map(\.tensor)).sorted())
    return graph
  }

  private func damaged(_ message: String) -> DiagnosticError {
    DiagnosticError(Diagnostic(code: "bad-file", message: "signature '\(key)' \(message)", hint: "export the model again"))
  }
}
