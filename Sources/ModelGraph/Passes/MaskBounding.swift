extension Graph {
  /// Masks that are added before a softmax hold minus infinity, or the lowest number of the type: a bound of -1e9 takes every element out
  /// as well, and leaves scores finite (a row that is masked whole becomes a softmax of its scores instead of NaN).
  func masksBounded() -> Graph {
    var editor = GraphEditor(self)
    for position in editor.positions {
      let node = editor.node(position)
      guard node.op as? Binary == Binary(.add), let (mask, _) = editor.constantOperand(node), editor.feedsOnlySoftmax(node.outputs[0]),
        mask.floats.contains(where: { $0 < Self.lowestMask }), mask.floats.allSatisfy({ !$0.isNaN && $0 < .infinity })
      else { continue }
      let bounded = mask.mapped { max($0, Self.lowestMask) }
      let inputs = node.inputs.map { input in
        editor.constant(input) == nil ? input : editor.addConstant(bounded, like: input, "mask")
      }
      editor.rewrite(position, node.op, inputs, node.outputs)
    }
    return editor.finish()
  }

  package static let lowestMask: Float = -1e9
}

extension GraphEditor {
  /// Whether softmaxes alone read the value, through reshapes and transposes or not.
  func feedsOnlySoftmax(_ id: ValueID) -> Bool {
    guard !isOutput(id), !readers(id).isEmpty else { return false }
    return readers(id).allSatisfy { position in
      switch node(position).op {
      case is Softmax: true
      case is Reshape, is Transpose: feedsOnlySoftmax(node(position).outputs[0])
      default: false
      }
    }
  }
}
