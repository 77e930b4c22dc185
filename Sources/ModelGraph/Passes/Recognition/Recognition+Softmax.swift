extension GraphEditor {
  /// e / sum(e) with e = exp(x) or exp(x - max(x)) along one axis.
  mutating func recognizeSoftmax(_ position: Int) -> Bool {
    let node = node(position)
    guard let output = node.outputs.first, let (e, divisor) = operands(of: output, .divide), let (summed, axes) = reduction(divisor, .sum),
      summed == e, axes.count == 1, let argument = operand(of: e, .exp)
    else { return false }
    var x = argument
    if let (source, largest) = operands(of: argument, .subtract), reduction(largest, .max, axes: axes)?.x == source { x = source }
    rewrite(position, Softmax(axis: axes[0]), [x], node.outputs)
    return true
  }
}
