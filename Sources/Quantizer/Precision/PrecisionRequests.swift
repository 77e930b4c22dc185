package import ModelGraph

/// Which precision the caller wants: one for the net, and others for layers and tensors by name.
package struct PrecisionRequests: Hashable, Sendable {
  package struct Exception: Hashable, Sendable {
    /// The name of a node or of a tensor, or a pattern: `*` stands for any characters, `?` for one.
    package var pattern: String
    package var precision: Precision

    package init(_ pattern: String, _ precision: Precision) { (self.pattern, self.precision) = (pattern, precision) }
  }

  package var base = Precision.int8
  /// A later one overrides earlier ones.
  package var exceptions: [Exception] = []

  package init(base: Precision = .int8, exceptions: [Exception] = []) { (self.base, self.exceptions) = (base, exceptions) }
}

/// The nodes and values that requests name.
struct RequestedPrecisions {
  /// A node computes in float or reads and writes int16 levels; int8 keeps it from what its neighbours want.
  var nodes: [NodeID: Precision] = [:]
  /// A value is held in that form, and read in it by all that can.
  var values: [ValueID: Precision] = [:]
  /// Nodes asked for by their own name, for which something else is no answer.
  var named: Set<NodeID> = []
  /// Nodes that exceptions name: no limit changes them.
  var fixed: Set<NodeID> = []
  /// Nodes put in float to hold a limit.
  var promoted: Set<NodeID> = []

  init() {}

  /// - Throws: `no-such-layer` for every pattern that matches nothing, with the names nearest to it.
  init(_ requests: PrecisionRequests, in graph: Graph) throws(DiagnosticError) {
    let layers = graph.nodes.filter { graph.readsFloats($0) || $0.outputs.contains(where: graph.isFloatingPoint) }
    let values = graph.activationNames
    if requests.base != .int8 {
      for node in layers { nodes[node.id] = requests.base }
      for input in graph.inputs where graph.isFloatingPoint(input.value) { self.values[input.value] = requests.base }
    }
    var faults: [Diagnostic] = []
    for exception in requests.exceptions {
      let matches: (String) -> Bool
      let isName = layers.contains { $0.name == exception.pattern } || values.contains { $0.name == exception.pattern }
      if isName {
        matches = { $0 == exception.pattern }
      } else {
        let pattern = Array(exception.pattern)
        matches = { globMatches(pattern, Array($0)) }
      }
      let (matchedNodes, matchedValues) = (layers.filter { matches($0.name) }, values.filter { matches($0.name) })
      if matchedNodes.isEmpty && matchedValues.isEmpty {
        let names = layers.map(\.name) + values.map(\.name)
        faults.append(
          Diagnostic(
            code: "no-such-layer", message: "no layer or tensor of the net is named '\(exception.pattern)'",
            hint: "names near it, after fusion: \(nearest(names, to: exception.pattern).map { "'\($0)'" }.joined(separator: ", "))"))
      }
      for node in matchedNodes {
        nodes[node.id] = exception.precision
        fixed.insert(node.id)
        if isName { named.insert(node.id) }
      }
      // A tensor with the name of the layer that writes it is that layer's output, which follows it.
      let written = Set(matchedNodes.flatMap(\.outputs))
      for value in matchedValues where !written.contains(value.id) { self.values[value.id] = exception.precision }
    }
    guard faults.isEmpty else { throw DiagnosticError(faults) }
  }
}

extension Graph {
  /// The floats that nodes write and callers hand over, under all their names.
  fileprivate var activationNames: [(name: String, id: ValueID)] {
    let named = inputs.map { ($0.name, $0.value) } + outputs.map { ($0.name, $0.value) }
    let own = (inputs.map(\.value) + nodes.flatMap(\.outputs)).map { (self[$0].name, $0) }
    return (own + named).filter { isFloatingPoint($0.1) && self[$0.1].constant == nil }.map { (name: $0.0, id: $0.1) }
  }
}

/// Whether `name` is what `pattern` stands for. Of the stars only the last one met is ever extended: linear space, time pattern * name at most.
private func globMatches(_ pattern: [Character], _ name: [Character]) -> Bool {
  var (p, n) = (0, 0)
  var star: (pattern: Int, name: Int)?
  while n < name.count {
    if p < pattern.count, pattern[p] == "*" {
      star = (p, n)
      p += 1
    } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
      (p, n) = (p + 1, n + 1)
    } else if let last = star {
      star = (last.pattern, last.name + 1)
      (p, n) = (last.pattern + 1, last.name + 1)
    } else {
      return false
    }
  }
  return pattern[p...].allSatisfy { $0 == "*" }
}

/// Up to five names, those that share most with `wanted` first: what holds it, or is held by it, then by edit distance.
private func nearest(_ names: [String], to wanted: String) -> [String] {
  var seen: Set<String> = []
  let needle = wanted.filter { $0 != "*" && $0 != "?" }.lowercased()
  let ranked = names.filter { seen.insert($0).inserted }.enumerated().map { index, name in
    let lower = name.lowercased()
    let holds = !needle.isEmpty && (lower.contains(needle) || needle.contains(lower))
    return (name: name, index: index, distance: holds ? 0 : editDistance(Array(needle.prefix(64)), Array(lower.prefix(64))))
  }
  return ranked.sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }.prefix(5).map(\.name)
}

/// Levenshtein's.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      (diagonal, row[j + 1]) = (row[j + 1], min(row[j + 1] + 1, row[j] + 1, diagonal + (x == y ? 0 : 1)))
    }
  }
  return row[b.count]
}
