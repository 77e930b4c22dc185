extension Graph {
  /// - Throws: `non-finite-weight` for every NaN in a constant, and every infinity where it would spoil a whole layer: in
  ///   the weights and bias of convolutions and dense layers and in batch norms. Masks, bounds and pad values may be infinite.
  func checkConstants() throws(DiagnosticError) {
    var diagnostics: [Diagnostic] = []
    for node in nodes {
      let types = node.inputs.map { $0.map { self[$0].type } }
      let isWeighted = node.op is any WeightedOperator || node.sourceOperator == "BatchNormalization"
      for case let input? in node.inputs {
        guard let tensor = self[input].constant, case .floats(let values) = tensor.elements,
          let index = values.firstIndex(where: { $0.isNaN || (isWeighted && $0.isInfinite) })
        else { continue }
        diagnostics.append(
          Diagnostic(
            code: "non-finite-weight", node: node.name, sourceOperator: node.sourceOperator, inputs: types,
            message: "element \(index) of constant '\(self[input].name)' is \(values[index]), expected finite numbers",
            hint: "the model was saved after its training diverged, or the file is damaged: export it again"))
      }
      if let attribute = node.nanAttribute {
        diagnostics.append(
          Diagnostic(
            code: "non-finite-weight", node: node.name, sourceOperator: node.sourceOperator, inputs: types,
            message: "its \(attribute) is NaN, expected a number", hint: "export the model again"))
      }
    }
    if !diagnostics.isEmpty { throw DiagnosticError(diagnostics) }
  }
}

extension Node {
  fileprivate var nanAttribute: String? {
    switch op {
    case let op as Pad: return op.value.isNaN ? "padding value" : nil
    case let op as Unary:
      switch op.function {
      case .clip(let lower, let upper): return lower.isNaN || upper.isNaN ? "clip bound" : nil
      case .leakyRelu(let slope): return slope.isNaN ? "slope" : nil
      case .elu(let alpha): return alpha.isNaN ? "alpha" : nil
      case .hardSigmoid(let alpha, let beta): return alpha.isNaN || beta.isNaN ? "alpha or beta" : nil
      default: return nil
      }
    default: return nil
    }
  }
}
