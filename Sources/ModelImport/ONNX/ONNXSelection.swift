import ModelGraph

/// The nodes that the wanted outputs need, in an order in which each comes after those that it reads.
struct ONNXSelection {
  var nodes: [ONNXNode] = []
  /// Every tensor name that the nodes or the outputs read.
  var needed: Set<String> = []
  /// Duplicate and dangling names and cycles: all of them. The nodes stand in an order in which the others come after what they read.
  var diagnostics: [Diagnostic] = []

  init(_ graph: ONNXGraphProto, outputs: [String]) {
    let all = graph.node.map(ONNXNode.init)
    var producers: [String: Int] = [:]
    let sources = graph.input.map(\.name) + graph.initializer.map(\.name)
    let sourceNames = Set(sources)
    for (index, node) in all.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard producers[output] == nil, !sourceNames.contains(output) else {
          diagnostics.append(
            Diagnostic(
              code: "duplicate-name", node: node.name, sourceOperator: node.op, message: "writes '\(output)', which is written before",
              hint: "check the model with onnx.checker"))
          continue
        }
        producers[output] = index
      }
    }

    var order: [Int] = []
    var state = [UInt8](repeating: 0, count: all.count)  // 1: being visited, 2: done
    needed.formUnion(outputs)
    // An explicit stack: a file may chain more nodes than the call stack holds.
    for root in outputs.compactMap({ producers[$0] }) where state[root] == 0 {
      var stack = [(node: root, next: 0)]
      state[root] = 1
      while let (index, next) = stack.last {
        let node = all[index]
        guard next < node.inputs.count + node.captures.count else {
          state[index] = 2
          order.append(index)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let name = next < node.inputs.count ? node.inputs[next] : node.captures[next - node.inputs.count]
        guard !name.isEmpty else { continue }
        needed.insert(name)
        if let producer = producers[name] {
          if state[producer] == 1 {
            diagnostics.append(
              Diagnostic(
                code: "graph-cycle", node: node.name, sourceOperator: node.op, message: "reads '\(name)', which depends on it",
                hint: "the net must be acyclic"))
          } else if state[producer] == 0 {
            state[producer] = 1
            stack.append((producer, 0))
          }
        } else if !sourceNames.contains(name) {
          diagnostics.append(
            Diagnostic(
              code: "dangling-input", node: node.name, sourceOperator: node.op, message: "reads '\(name)', which nothing writes",
              hint: "check the model with onnx.checker"))
        }
      }
    }
    // A file in valid order keeps that order; depth-first order is for the others.
    let sorted = order.sorted()
    nodes = (Self.isTopological(sorted, all, producers) ? sorted : order).map { all[$0] }
  }

  private static func isTopological(_ order: [Int], _ nodes: [ONNXNode], _ producers: [String: Int]) -> Bool {
    order.allSatisfy { index in (nodes[index].inputs + nodes[index].captures).allSatisfy { (producers[$0] ?? -1) < index } }
  }
}
