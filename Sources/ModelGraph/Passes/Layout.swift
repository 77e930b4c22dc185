extension Graph {
  /// Removes transposes: they sink through operators that can work in any axis order until they meet their inverse, an output
  /// (which remembers the order for the caller) or a dense layer (whose weight columns are permuted instead).
  /// Where that would move more elements than before, the graph stays as it was.
  func transposesRemoved() -> Graph {
    guard nodes.contains(where: { $0.op is Transpose }) else { return self }
    var best = self
    for inputOrder in LayoutPass.InputOrder.allCases {
      var pass = LayoutPass(self)
      let result = pass.run(inputOrder).simplified()
      if result.transposedElementCount < best.transposedElementCount { best = result }
    }
    return best
  }

  /// Transposes left that move elements, other than the net's own shuffles of axes that a reshape split (pixels, channels, heads of attention,
  /// anchors of a detector): those between two reshapes, and those of more than four axes that do not turn the axes behind the batch as layouts do.
  package var residualTransposes: [Node] {
    var readers: [ValueID: [Node]] = [:]
    for node in nodes {
      for case let input? in node.inputs { readers[input, default: []].append(node) }
    }
    let reshaped = Set(nodes.filter { $0.op is Reshape }.flatMap(\.outputs))
    return nodes.filter { node in
      guard let op = node.op as? Transpose, let input = node.inputs.first.flatMap({ $0 }),
        !op.permutation.movesOnlyUnitAxes(of: self[input].type.shape)
      else { return false }
      if op.permutation.count > 4 && !op.permutation.turnsAxesBehindBatch { return false }
      guard reshaped.contains(input) else { return true }
      let next = readers[node.outputs[0]] ?? []
      return next.isEmpty || !next.allSatisfy { $0.op is Reshape }
    }
  }

  /// Elements that transposes move in one run.
  var transposedElementCount: Int {
    nodes.reduce(0) { sum, node in
      guard let op = node.op as? Transpose, let input = node.inputs.first.flatMap({ $0 }) else { return sum }
      let type = self[input].type
      return op.permutation.movesOnlyUnitAxes(of: type.shape) ? sum : sum + type.elementCount
    }
  }
}

/// One walk over the nodes in order. A value is rewritten in place to hold its tensor in the stored order; nobody sees the
/// difference, because each reader asks for the order that it needs.
struct LayoutPass {
  /// Where a tensor of the original graph is now: its axis i is axis `order[i]` of `value`.
  struct Stored: Hashable {
    var value: ValueID
    var order: [Int]
  }
  /// A flattened tensor whose last axis is in stored order: `shape` is what was flattened into it, in logical order.
  struct Columns {
    var shape: [Int]
    var order: [Int]
  }

  /// How the caller's inputs are taken: as a transpose behind them asks for, channels last wherever there could be any, or as they are.
  enum InputOrder: CaseIterable { case demanded, channelsLast, unchanged }

  var graph: Graph
  /// Indexed by value of the original graph.
  private(set) var stored: [Stored]
  var columns: [ValueID: Columns] = [:]
  let readers: [[Int]]
  let outputValues: Set<ValueID>
  private var transposed: [Stored: ValueID] = [:]
  private var names: Set<String>
  private var nextID: Int
  private var nodes: [Node] = []

  init(_ graph: Graph) {
    self.graph = graph
    stored = graph.values.enumerated().map { Stored(value: ValueID(index: $0), order: Array($1.type.shape.indices)) }
    var readers = [[Int]](repeating: [], count: graph.values.count)
    for (position, node) in graph.nodes.enumerated() {
      for case let input? in node.inputs { readers[input.index].append(position) }
    }
    self.readers = readers
    outputValues = Set(graph.outputs.map(\.value))
    names = Set(graph.values.map(\.name))
    nextID = (graph.nodes.map(\.id.index).max() ?? -1) + 1
  }

  mutating func run(_ inputOrder: InputOrder) -> Graph {
    permuteInputs(inputOrder)
    for position in graph.nodes.indices {
      let node = graph.nodes[position]
      guard node.outputs.count == 1, let step = rewritten(node, at: position) else {
        append(node, node.op, node.inputs.map { input in input.map { inOrder($0) } })
        continue
      }
      switch step {
      case .alias(let alias): stored[node.outputs[0].index] = alias
      case .node(let op, let inputs, let order):
        append(node, op, inputs)
        let output = node.outputs[0]
        var shape = graph[output].type.shape
        for (axis, place) in order.enumerated() { shape[place] = graph[output].type.shape[axis] }
        graph[output].type.shape = shape
        stored[output.index] = Stored(value: output, order: order)
      case .reshape(let input, let reshape):
        append(node, Reshape(shape: reshape.shape), [input])
        graph[node.outputs[0]].type.shape = reshape.shape
        stored[node.outputs[0].index] = Stored(value: node.outputs[0], order: reshape.order)
      case .columns(let input, let columns):
        append(node, Reshape(shape: graph[node.outputs[0]].type.shape), [input])
        self.columns[node.outputs[0]] = columns
      }
    }
    for index in graph.outputs.indices {
      let output = graph.outputs[index]
      let place = stored[output.value.index]
      // The value's own axes must be the caller's for the permutations to compose, and it must be the work of a node.
      guard place.order.count == output.permutation.count, !isInputOrConstant(place.value) else {
        graph.outputs[index].value = copied(inOrder(output.value), as: output.value)
        continue
      }
      graph.outputs[index].value = place.value
      graph.outputs[index].permutation = place.order.inverse.map { output.permutation[$0] }
    }
    graph.nodes = nodes
    return graph
  }

  enum Step {
    /// The output is the input in another order: no node.
    case alias(Stored)
    /// The operator on stored inputs; its output is stored in that order.
    case node(any Operator, [ValueID?], order: [Int])
    case reshape(ValueID, StoredReshape)
    case columns(ValueID, Columns)
  }

  /// The logical shape, whatever order the value is stored in.
  func logicalShape(_ id: ValueID) -> [Int] {
    let place = stored[id.index]
    let shape = graph[place.value].type.shape
    return place.order.map { shape[$0] }
  }

  /// A value that holds `id` in the given order (the model's own by default), transposed where necessary.
  mutating func inOrder(_ id: ValueID, _ order: [Int]? = nil) -> ValueID {
    let place = stored[id.index]
    let wanted = order ?? Array(place.order.indices)
    // Stored axis wanted[i] must be axis place.order[i] of the value.
    let permutation = wanted.inverse.map { place.order[$0] }
    guard !permutation.isIdentity else { return place.value }
    if let constant = graph[place.value].constant {
      return memoized(place, permutation, constant.transposed(permutation))
    }
    return memoized(place, permutation, nil)
  }

  /// A constant seen with the output's rank and in its order; scalars broadcast in any order.
  mutating func constantInOrder(_ id: ValueID, rank: Int, _ order: [Int]) -> ValueID? {
    guard let constant = graph[id].constant else { return nil }
    guard constant.count != 1 else { return id }
    let shape = [Int](repeating: 1, count: rank - constant.shape.count) + constant.shape
    let permutation = order.inverse
    let result = constant.reshaped(shape).transposed(permutation)
    return result == constant ? id : memoized(Stored(value: id, order: permutation), permutation, result)
  }

  mutating func addConstant(_ tensor: Tensor, like id: ValueID) -> ValueID { addValue(graph[id].name, tensor.type, tensor, like: id) }

  private mutating func memoized(_ place: Stored, _ permutation: [Int], _ constant: Tensor?) -> ValueID {
    let key = Stored(value: place.value, order: permutation)
    if let known = transposed[key] { return known }
    let source = graph[place.value]
    let id: ValueID
    if let constant {
      id = addValue(source.name, constant.type, constant, like: place.value)
    } else {
      let type = TensorType(source.type.elementType, permutation.map { source.type.shape[$0] })
      id = addValue("\(source.name)~transposed", type, nil, like: place.value)
      nodes.append(
        Node(
          id: NodeID(index: nextID), name: graph[id].name, sourceOperator: "Transpose", op: Transpose(permutation: permutation),
          inputs: [place.value], outputs: [id]))
      nextID += 1
    }
    transposed[key] = id
    return id
  }

  /// A value quantized as `source` is.
  private mutating func addValue(_ name: String, _ type: TensorType, _ constant: Tensor?, like source: ValueID) -> ValueID {
    var unique = name
    var suffix = 2
    while !names.insert(unique).inserted {
      unique = "\(name)~\(suffix)"
      suffix += 1
    }
    let id = ValueID(index: graph.values.count)
    graph.values.append(Value(name: unique, type: type, constant: constant, quantization: graph[source].quantization))
    stored.append(Stored(value: id, order: Array(type.shape.indices)))
    return id
  }

  private mutating func append(_ node: Node, _ op: any Operator, _ inputs: [ValueID?]) {
    var copy = node
    (copy.op, copy.inputs) = (op, inputs)
    nodes.append(copy)
  }

  /// An output must be the work of a node, even where the transposes between it and an input cancel.
  private mutating func copied(_ source: ValueID, as output: ValueID) -> ValueID {
    guard source != output, isInputOrConstant(source) else { return source }
    let reshape = Reshape(shape: graph[source].type.shape)
    let (id, name) = (NodeID(index: nextID), graph[output].name)
    nodes.append(Node(id: id, name: name, sourceOperator: "Reshape", op: reshape, inputs: [source], outputs: [output]))
    nextID += 1
    graph[output].type = graph[source].type
    return output
  }

  private func isInputOrConstant(_ id: ValueID) -> Bool {
    graph[id].constant != nil || graph.inputs.contains { $0.value == id }
  }

  /// An input that is transposed somewhere behind element-wise operators is taken from the caller in that order at once.
  private mutating func permuteInputs(_ inputOrder: InputOrder) {
    for index in graph.inputs.indices {
      let input = graph.inputs[index]
      let shape = graph[input.value].type.shape
      let demanded = inputOrder == .unchanged ? nil : firstTranspose(of: input.value)
      let guessed = inputOrder == .channelsLast && shape.count > 2 ? [0] + Array(2..<shape.count) + [1] : nil
      guard let permutation = demanded ?? guessed, permutation.count == shape.count,
        shape == input.permutation.map({ input.type.shape[$0] })
      else { continue }
      graph.inputs[index].permutation = permutation.map { input.permutation[$0] }
      graph[input.value].type.shape = permutation.map { shape[$0] }
      stored[input.value.index] = Stored(value: input.value, order: permutation.inverse)
    }
  }

  private func firstTranspose(of input: ValueID) -> [Int]? {
    var waiting = [input]
    var seen: Set<ValueID> = [input]
    while !waiting.isEmpty {
      let value = waiting.removeFirst()
      for position in readers[value.index] {
        let node = graph.nodes[position]
        switch node.op {
        case let op as Transpose: return op.permutation
        case is Unary, is Binary, is Pad, is Slice, is Cast, is Compare, is Select:
          let output = node.outputs[0]
          if graph[output].type.rank == graph[input].type.rank, seen.insert(output).inserted { waiting.append(output) }
        default: break
        }
      }
    }
    return nil
  }
}

extension [Int] {
  /// Whether the permutation is [0] and a rotation of 1..., as between channels first and last, whether or not channels are split.
  fileprivate var turnsAxesBehindBatch: Bool {
    guard first == 0, count > 2 else { return false }
    return zip(dropFirst(), dropFirst(2)).allSatisfy { $1 == $0 + 1 || ($0 == count - 1 && $1 == 1) }
  }
}
