/// A graph under rewriting, with each value's producer and readers at hand. Nodes keep their positions until `finish`.
struct GraphEditor {
  private(set) var graph: Graph
  private var isRemoved: [Bool]
  private var producers: [Int?]
  /// Node positions, one entry for each input that reads the value.
  private var readers: [[Int]]
  private var outputValues: Set<ValueID>
  private var names: Set<String>
  private(set) var changeCount = 0

  init(_ graph: Graph) {
    self.graph = graph
    isRemoved = [Bool](repeating: false, count: graph.nodes.count)
    producers = [Int?](repeating: nil, count: graph.values.count)
    readers = [[Int]](repeating: [], count: graph.values.count)
    outputValues = Set(graph.outputs.map(\.value))
    names = Set(graph.values.map(\.name))
    for (position, node) in graph.nodes.enumerated() { connect(position, node) }
  }

  var positions: Range<Int> { graph.nodes.indices }
  func isLive(_ position: Int) -> Bool { !isRemoved[position] }
  func node(_ position: Int) -> Node { graph.nodes[position] }
  func type(_ id: ValueID) -> TensorType { graph[id].type }
  func constant(_ id: ValueID?) -> Tensor? { id.flatMap { graph[$0].constant } }
  func isOutput(_ id: ValueID) -> Bool { outputValues.contains(id) }
  func producer(_ id: ValueID?) -> Int? { id.flatMap { producers[$0.index] } }
  func readers(_ id: ValueID) -> [Int] { readers[id.index] }

  /// The producer of a value that nobody else reads and that is no graph output: it may be merged into its reader. A value that the source
  /// model rounds to levels of its own may not: the merged operator would not round there.
  ///
  /// - Parameter output: what the merged operator will write; levels that it has too are not lost.
  func soleProducer(_ id: ValueID?, of output: ValueID? = nil) -> Int? {
    guard let id, let position = onlyProducer(id) else { return nil }
    let quantization = graph[id].quantization
    return quantization == nil || quantization == output.flatMap { graph[$0].quantization } ? position : nil
  }

  /// The producer of a value that nobody else reads and that is no graph output, whatever levels the value has.
  func onlyProducer(_ id: ValueID?) -> Int? {
    guard let id, let position = producers[id.index], readers[id.index].count == 1, !isOutput(id),
      graph.nodes[position].outputs.count == 1
    else { return nil }
    return position
  }

  func quantization(_ id: ValueID) -> AffineQuantization? { graph[id].quantization }
  mutating func setQuantization(_ id: ValueID, _ quantization: AffineQuantization?) { graph[id].quantization = quantization }

  /// Gives the node another operator, inputs and outputs; its identity stays.
  mutating func rewrite(_ position: Int, _ op: any Operator, _ inputs: [ValueID?], _ outputs: [ValueID]) {
    disconnect(position)
    graph.nodes[position].op = op
    (graph.nodes[position].inputs, graph.nodes[position].outputs) = (inputs, outputs)
    connect(position, graph.nodes[position])
    changeCount += 1
  }

  mutating func remove(_ position: Int) {
    disconnect(position)
    isRemoved[position] = true
    changeCount += 1
  }

  /// Every reader of `old`, graph outputs included, reads `new` instead.
  mutating func redirect(_ old: ValueID, to new: ValueID) {
    for position in readers[old.index] {
      graph.nodes[position].inputs = graph.nodes[position].inputs.map { $0 == old ? new : $0 }
    }
    readers[new.index] += readers[old.index]
    readers[old.index] = []
    for index in graph.outputs.indices where graph.outputs[index].value == old { graph.outputs[index].value = new }
    if outputValues.remove(old) != nil { outputValues.insert(new) }
    changeCount += 1
  }

  mutating func setConstant(_ id: ValueID, _ tensor: Tensor?) { graph[id].constant = tensor }

  mutating func addValue(_ name: String, _ type: TensorType, _ constant: Tensor? = nil) -> ValueID {
    var unique = name
    var suffix = 2
    while !names.insert(unique).inserted {
      unique = "\(name)~\(suffix)"
      suffix += 1
    }
    graph.values.append(Value(name: unique, type: type, constant: constant))
    producers.append(nil)
    readers.append([])
    return ValueID(index: graph.values.count - 1)
  }

  mutating func addConstant(_ tensor: Tensor, like id: ValueID?, _ fallback: String) -> ValueID {
    addValue(id.map { graph[$0].name } ?? fallback, tensor.type, tensor)
  }

  func finish() -> Graph {
    var result = graph
    result.nodes = positions.filter(isLive).map { graph.nodes[$0] }
    return result
  }

  private mutating func connect(_ position: Int, _ node: Node) {
    for case let input? in node.inputs { readers[input.index].append(position) }
    for output in node.outputs { producers[output.index] = position }
  }

  private mutating func disconnect(_ position: Int) {
    let node = graph.nodes[position]
    for case let input? in node.inputs {
      if let index = readers[input.index].firstIndex(of: position) { readers[input.index].remove(at: index) }
    }
    for output in node.outputs where producers[output.index] == position { producers[output.index] = nil }
  }
}
