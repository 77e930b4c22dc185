import ModelGraph

/// What a graph costs to run under given precisions, in products of int8: a model that orders promotions, no prediction of time.
///
/// Multiply-accumulates count by their width (as measured on convolution nets: int16 activations take 2.5 times as long as int8, float 6 times);
/// every byte of activations that a node reads, writes or converts counts as 4, every byte of weights as 1.
struct ExecutionCost {
  static let productWeight: [Precision: Double] = [.int8: 1, .int16: 2.5, .float32: 6]
  static let activationByte = 4.0

  let graph: Graph
  private let products: [NodeID: Double]
  private let weights: [NodeID: Double]
  private let producers: [ValueID: NodeID]

  init(_ graph: Graph) {
    self.graph = graph
    var (products, weights, producers): ([NodeID: Double], [NodeID: Double], [ValueID: NodeID]) = ([:], [:], [:])
    for node in graph.nodes {
      let types = node.inputs.map { $0.map { graph[$0].type } }
      products[node.id] = Double(node.op.multiplyAccumulates(inputs: types, outputs: node.outputs.map { graph[$0].type }))
      weights[node.id] = node.hasWeights ? Double(node.inputs[1].flatMap { graph[$0].constant?.count } ?? 0) : 0
      for output in node.outputs { producers[output] = node.id }
    }
    (self.products, self.weights, self.producers) = (products, weights, producers)
  }

  func total(_ rules: PrecisionRules) -> Double {
    func bytes(_ precision: Precision) -> Double { precision == .float32 ? 4 : precision == .int16 ? 2 : 1 }
    func held(_ value: ValueID) -> Precision {
      if let producer = producers[value], rules.precisions[producer] == .float32 { return .float32 }
      return rules.wide.contains(value) ? .int16 : .int8
    }
    var cost = 0.0
    for node in graph.nodes where graph.readsFloats(node) {
      let precision = rules.precisions[node.id] ?? .int8
      cost += (products[node.id] ?? 0) * (Self.productWeight[precision] ?? 1) + (weights[node.id] ?? 0) * (precision == .float32 ? 4 : 1)
      var moved = 0.0
      for input in node.activationInputs where graph.isFloatingPoint(input) {
        let form = held(input)
        let read: Precision = precision == .int16 && form == .int8 ? .int8 : precision
        moved += Double(graph[input].type.elementCount) * (bytes(read) + (read == form ? 0 : bytes(form) + bytes(read)))
      }
      for output in node.outputs { moved += Double(graph[output].type.elementCount) * bytes(held(output)) }
      cost += Self.activationByte * moved
    }
    return cost
  }
}
