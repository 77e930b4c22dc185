import ModelGraph

extension ONNXConversion {
  /// Before operator set 7 a second operand broadcasts only where the node says so, from `axis` on or from the end; from 7 on it does
  /// as in NumPy. Gives the second operand of such a node the trailing axes of length 1 that mean the same in NumPy.
  mutating func alignOperands() throws(DiagnosticError) {
    guard inputs.count == 2, let first = inputs[0], let second = inputs[1], node.has("axis"), try node.flag("broadcast"),
      let declared = try node.integer("axis")
    else { return }
    let (rank, shape) = (self.shape(first).count, self.shape(second))
    let start = try axis(declared, rank: max(rank, 1))
    guard shape.count + start <= rank else {
      throw failure("bad-shape", "the second operand, broadcast from axis \(declared) on, leaves the first one's rank \(rank)")
    }
    let trailing = Array(repeating: 1, count: rank - start - shape.count)
    if !trailing.isEmpty { inputs[1] = try reshape(second, to: shape + trailing, part: "aligned", output: nil) }
  }
}
