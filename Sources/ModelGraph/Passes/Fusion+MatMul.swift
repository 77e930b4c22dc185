extension Graph {
  /// Products with the transposes and factors around them inside.
  func productsFused() -> Graph {
    var editor = GraphEditor(self)
    for _ in 0..<(nodes.count + 8) {
      let before = editor.changeCount
      for position in editor.positions where editor.isLive(position) { _ = editor.fuseProduct(position) }
      if editor.changeCount == before { break }
    }
    var result = editor.finish()
    result.removeDeadCode()
    return result
  }
}

/// What a matrix product of two tensors does on its way: transposes of its factors and its result, a constant factor.
extension GraphEditor {
  mutating func fuseProduct(_ position: Int) -> Bool {
    fuseTransposedFactor(position) || fuseTransposedProduct(position) || fuseProductScale(position) || fuseFactorScale(position)
  }

  /// A transpose before a factor becomes its order; other readers of the transposed tensor keep it.
  private mutating func fuseTransposedFactor(_ position: Int) -> Bool {
    let node = node(position)
    guard var product = node.op as? MatMul else { return false }
    for index in 0..<2 {
      guard let source = producer(node.inputs[index]), let transpose = self.node(source).op as? Transpose,
        let origin = self.node(source).inputs[0], quantization(origin) == node.inputs[index].flatMap({ quantization($0) })
      else { continue }
      var inputs = node.inputs
      inputs[index] = origin
      if index == 0 {
        product.aOrder = product.aOrder.map { transpose.permutation[$0] }
      } else {
        product.bOrder = product.bOrder.map { transpose.permutation[$0] }
      }
      rewrite(position, product, inputs, node.outputs)
      return true
    }
    return false
  }

  /// A transpose behind a product becomes the order of its output. Where that would put the columns elsewhere than last but the rows there,
  /// the factors change places: (A B)' = B' A'.
  private mutating func fuseTransposedProduct(_ position: Int) -> Bool {
    let node = node(position)
    guard let transpose = node.op as? Transpose, let source = soleProducer(node.inputs[0]), var product = self.node(source).op as? MatMul
    else { return false }
    let order = transpose.permutation.map { product.outputOrder[$0] }
    let rank = order.count
    var inputs = self.node(source).inputs
    if order[rank - 1] == rank - 1 {
      product.outputOrder = order
    } else if order[rank - 1] == rank - 2 {
      inputs.reverse()
      func exchanged(_ order: [Int]) -> [Int] { order.dropLast(2) + [order[order.count - 1], order[order.count - 2]] }
      (product.aOrder, product.bOrder) = (exchanged(product.bOrder), exchanged(product.aOrder))
      product.outputOrder = order.map { $0 == rank - 1 ? rank - 2 : $0 == rank - 2 ? rank - 1 : $0 }
    } else {
      return false
    }
    remove(position)
    rewrite(source, product, inputs, node.outputs)
    return true
  }

  /// A product times one positive number.
  private mutating func fuseProductScale(_ position: Int) -> Bool {
    let node = node(position)
    guard let binary = node.op as? Binary, let (factor, other) = uniformFactor(node), let source = soleProducer(other),
      var product = self.node(source).op as? MatMul, product.clamp == .none, isFactor(product.scale * factor)
    else { return false }
    product.scale *= factor
    product.clamp = binary.clamp
    remove(position)
    rewrite(source, product, self.node(source).inputs, node.outputs)
    return true
  }

  /// A factor that is another tensor times one positive number.
  private mutating func fuseFactorScale(_ position: Int) -> Bool {
    let node = node(position)
    guard var product = node.op as? MatMul else { return false }
    for index in 0..<2 {
      guard let source = soleProducer(node.inputs[index]), let binary = self.node(source).op as? Binary, binary.clamp == .none,
        let (factor, other) = uniformFactor(self.node(source)), isFactor(product.scale * factor)
      else { continue }
      var inputs = node.inputs
      inputs[index] = other
      product.scale *= factor
      rewrite(position, product, inputs, node.outputs)
      remove(source)
      return true
    }
    return false
  }

  private func isFactor(_ value: Float) -> Bool { value.isNormal && value > 0 }

  /// x and c where the node is x * c or x / (1 / c) with one c > 0 for all elements.
  private func uniformFactor(_ node: Node) -> (factor: Float, other: ValueID)? {
    guard let binary = node.op as? Binary, let (constant, other) = constantOperand(node), let value = constant.uniformValue,
      type(other) == type(node.outputs[0])
    else { return nil }
    let factor: Float
    switch binary.kind {
    case .multiply: factor = value
    case .divide where node.inputs[0] == other: factor = 1 / value
    default: return nil
    }
    return isFactor(factor) ? (factor, other) : nil
  }
}
