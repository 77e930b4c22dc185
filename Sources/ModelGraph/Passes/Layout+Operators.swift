extension LayoutPass {
  /// How the node works on inputs in their stored order; nil where it needs the model's own order.
  mutating func rewritten(_ node: Node, at position: Int) -> Step? {
    guard let x = node.inputs.first.flatMap({ $0 }) else { return nil }
    let place = stored[x.index]
    if let columns = columns[x] { return rewritten(node, x, columns) }
    switch node.op {
    case let op as Transpose:
      return .alias(Stored(value: place.value, order: op.permutation.map { place.order[$0] }))
    case is Unary, is Cast, is Not:
      return .node(node.op, [place.value], order: place.order)
    case is Binary, is Compare, is Select:
      return aligned(node) { _ in node.op }
    case let op as Concat:
      return aligned(node) { Concat(axis: $0[op.axis]) }
    // A softmax over contiguous elements stays one: the transpose is cheaper than strided exponentials.
    case let op as Softmax where op.axis < place.order.count - 1 || place.order[op.axis] == op.axis:
      return .node(Softmax(axis: place.order[op.axis]), [place.value], order: place.order)
    case let op as Pad:
      let axes = place.order.inverse
      return .node(
        Pad(before: axes.map { op.before[$0] }, after: axes.map { op.after[$0] }, value: op.value), [place.value], order: place.order)
    case let op as Resample:
      var moved = op
      moved.axis = place.order[op.axis]
      return .node(moved, [place.value], order: place.order)
    case let op as Slice:
      let axes = place.order.inverse
      return .node(
        Slice(starts: axes.map { op.starts[$0] }, counts: axes.map { op.counts[$0] }, steps: axes.map { op.steps[$0] }),
        [place.value], order: place.order)
    case let op as Gather where op.batchDimensions == 0 && node.inputs[1].map { graph[$0].type.rank == 1 } == true:
      return .node(
        Gather(axis: place.order[op.axis]), [place.value] + node.inputs.dropFirst().map { input in input.map { inOrder($0) } },
        order: place.order)
    case let op as ArgReduce:
      return .node(
        ArgReduce(op.kind, axis: place.order[op.axis], takesLast: op.takesLast, elementType: op.elementType), [place.value], order: place.order)
    case let op as CumulativeSum:
      return .node(
        CumulativeSum(axis: place.order[op.axis], isExclusive: op.isExclusive, isReverse: op.isReverse), [place.value], order: place.order)
    case let op as LocalResponse:
      var moved = op
      moved.axis = place.order[op.axis]
      return .node(moved, [place.value], order: place.order)
    case let op as Broadcast where op.shape.count == place.order.count:
      return .node(Broadcast(shape: place.order.inverse.map { op.shape[$0] }), [place.value], order: place.order)
    case let op as Reduce:
      let axes = op.axes.map { place.order[$0] }
      let reduced = Reduce(op.kind, axes: axes.sorted(), keepsDimensions: op.keepsDimensions)
      guard !op.keepsDimensions else { return .node(reduced, [place.value], order: place.order) }
      let kept = place.order.indices.filter { !axes.contains($0) }
      let order = place.order.indices.filter { !op.axes.contains($0) }.compactMap { kept.firstIndex(of: place.order[$0]) }
      return .node(reduced, [place.value], order: order)
    case let op as MatMul:
      guard node.inputs.count > 1, let b = node.inputs[1] else { return nil }
      let other = stored[b.index]
      var product = op
      product.aOrder = op.aOrder.map { place.order[$0] }
      product.bOrder = op.bOrder.map { other.order[$0] }
      return .node(product, [place.value, other.value], order: Array(op.outputOrder.indices))
    case let op as Normalize:
      guard let parameters = constantsInOrder(node.inputs.dropFirst(), place.order) else { return nil }
      var normalize = op
      normalize.axes = op.axes.map { place.order[$0] }.sorted()
      return .node(normalize, [place.value] + parameters, order: place.order)
    case is PRelu:
      guard let parameters = constantsInOrder(node.inputs.dropFirst(), place.order) else { return nil }
      return .node(node.op, [place.value] + parameters, order: place.order)
    case is Dense where place.order.last == place.order.count - 1:
      return .node(node.op, [place.value] + node.inputs.dropFirst().map { input in input.map { inOrder($0) } }, order: place.order)
    case let op as Reshape:
      guard !place.order.isIdentity else { return nil }
      if let reshape = StoredReshape(logical: logicalShape(x), order: place.order, to: op.shape) {
        return .reshape(place.value, reshape)
      }
      if let columns = flattened(node, x, op) { return columns }
      // Channel shuffles and the like: one transpose that keeps the other axes stored as they are.
      guard let order = StoredReshape.nearestOrder(logical: logicalShape(x), order: place.order, to: op.shape),
        let reshape = StoredReshape(logical: logicalShape(x), order: order, to: op.shape)
      else { return nil }
      return .reshape(inOrder(x, order), reshape)
    default: return nil
    }
  }

  /// Constants that broadcast to a tensor of that order; nil where one is computed at run time.
  private mutating func constantsInOrder(_ inputs: some Sequence<ValueID?>, _ order: [Int]) -> [ValueID?]? {
    var constants: [ValueID?] = []
    for input in inputs {
      guard let input else {
        constants.append(nil)
        continue
      }
      guard let constant = constantInOrder(input, rank: order.count, order) else { return nil }
      constants.append(constant)
    }
    return constants
  }

  /// All inputs in the order that costs the fewest transposed elements.
  private mutating func aligned(_ node: Node, _ op: ([Int]) -> any Operator) -> Step? {
    let rank = graph[node.outputs[0]].type.rank
    let variables = node.inputs.compactMap { $0 }.filter { graph[$0].constant == nil }
    var candidates: [[Int]] = []
    for id in variables where logicalShape(id).count == rank && !candidates.contains(stored[id.index].order) {
      candidates.append(stored[id.index].order)
    }
    let costs = candidates.map { order in variables.reduce(0) { $0 + cost(of: $1, in: order) } }
    guard let cheapest = costs.min(), let choice = costs.firstIndex(of: cheapest), !candidates[choice].isIdentity else { return nil }
    let order = candidates[choice]
    var inputs: [ValueID?] = []
    for case let id? in node.inputs {
      if graph[id].constant != nil {
        guard let constant = constantInOrder(id, rank: rank, order) else { return nil }
        inputs.append(constant)
      } else if logicalShape(id).count == rank {
        inputs.append(inOrder(id, order))
      } else {
        // Only scalars broadcast in any order without being given the output's rank.
        guard graph[id].type.elementCount == 1 else { return nil }
        inputs.append(stored[id.index].value)
      }
    }
    return .node(op(order), inputs, order: order)
  }

  private func cost(of id: ValueID, in order: [Int]) -> Int {
    let place = stored[id.index]
    let shape = graph[place.value].type.shape
    guard place.order.count == order.count else { return shape.reduce(1, *) }
    return order.inverse.map { place.order[$0] }.movesOnlyUnitAxes(of: shape) ? 0 : shape.reduce(1, *)
  }

  /// Flattening permuted axes into one that only dense layers read: their columns take the stored order.
  private func flattened(_ node: Node, _ x: ValueID, _ op: Reshape) -> Step? {
    let (shape, order) = (logicalShape(x), stored[x.index].order)
    let prefix = op.shape.count - 1
    guard prefix >= 0, prefix < shape.count, op.shape.dropLast().elementsEqual(shape.prefix(prefix)),
      order.prefix(prefix).elementsEqual(0..<prefix), shape[prefix...].reduce(1, *) == op.shape[prefix], feedsOnlyDense(node.outputs[0])
    else { return nil }
    let columns = Columns(shape: Array(shape[prefix...]), order: order[prefix...].map { $0 - prefix })
    return .columns(stored[x.index].value, columns)
  }

  private func feedsOnlyDense(_ start: ValueID) -> Bool {
    var waiting = [start]
    while let value = waiting.popLast() {
      guard !outputValues.contains(value), !readers[value.index].isEmpty else { return false }
      for position in readers[value.index] {
        let node = graph.nodes[position]
        switch node.op {
        case is Dense:
          guard node.inputs[0] == value, let weight = node.inputs[1], graph[weight].constant != nil else { return false }
        case is Unary: waiting.append(node.outputs[0])
        default: return false
        }
      }
    }
    return true
  }

  private mutating func rewritten(_ node: Node, _ x: ValueID, _ columns: Columns) -> Step? {
    if node.op is Unary {
      self.columns[node.outputs[0]] = columns
      return .node(node.op, [x], order: stored[x.index].order)
    }
    guard node.op is Dense, let weight = node.inputs[1], let tensor = graph[weight].constant else { return nil }
    let permuted = tensor.reshaped([tensor.shape[0]] + columns.shape).transposed([0] + columns.order.inverse.map { $0 + 1 })
    let constant = addConstant(permuted.reshaped(tensor.shape), like: weight)
    return .node(node.op, [x, constant] + node.inputs.dropFirst(2), order: stored[x.index].order)
  }
}

extension Graph {
  /// A transpose of a dense layer's reshaped output becomes an order of the layer's rows.
  func transposesFoldedIntoDense() -> Graph {
    var editor = GraphEditor(self)
    for position in editor.positions where editor.isLive(position) {
      let node = editor.node(position)
      guard let transpose = node.op as? Transpose, let middle = editor.onlyProducer(node.inputs[0]),
        editor.node(middle).op is Reshape, let shaped = node.inputs[0]
      else { continue }
      var flat = editor.node(middle).inputs[0]
      var between: [Int] = []
      while let position = editor.onlyProducer(flat), editor.node(position).op is Unary {
        between.append(position)
        flat = editor.node(position).inputs[0]
      }
      guard let flat, let layer = editor.onlyProducer(flat), editor.node(layer).op is Dense, let weight = editor.node(layer).inputs[1],
        let tensor = editor.constant(weight)
      else { continue }
      let (shape, rows) = (editor.type(shaped).shape, tensor.shape[0])
      let batch = shape.indices.first { shape[$0...].reduce(1, *) == rows } ?? shape.count
      let inner = shape.indices.last { shape[$0...].reduce(1, *) == rows } ?? shape.count
      // Of the axes of length 1 that could go with either side, as many go with the rows as the permutation asks for.
      let isFixed = { (count: Int) in transpose.permutation.prefix(count).elementsEqual(0..<count) }
      guard let first = (batch...max(batch, inner)).first(where: isFixed), first < shape.count else { continue }
      let order = transpose.permutation[first...].map { $0 - first }
      let dimensions = Array(shape[first...])
      let weightOrder = order + [order.count]
      let permuted = tensor.reshaped(dimensions + [tensor.shape[1]]).transposed(weightOrder).reshaped(tensor.shape)
      var inputs = editor.node(layer).inputs
      if inputs.count > 2, let bias = inputs[2] {
        guard let values = editor.constant(bias) else { continue }
        inputs[2] = editor.addConstant(values.reshaped(dimensions).transposed(order).reshaped(values.shape), like: bias, "bias")
      }
      inputs[1] = editor.addConstant(permuted, like: weight, "weight")
      editor.rewrite(layer, editor.node(layer).op, inputs, editor.node(layer).outputs)
      editor.rewrite(position, Reshape(shape: editor.type(node.outputs[0]).shape), [editor.node(middle).inputs[0]], node.outputs)
    }
    return editor.finish()
  }
}
