/// Layer, instance, group and RMS norm, and division by a length.
extension GraphEditor {
  /// d / sqrt(mean(d * d) + epsilon), or times the reciprocal root: with d = x - mean(x) over the same axes a standard normalization, else by
  /// the root mean square.
  mutating func recognizeNormalization(_ position: Int) -> Bool {
    let node = node(position)
    guard node.op is Binary, let output = node.outputs.first else { return false }
    let candidates: [(value: ValueID, variance: ValueID)]
    if let (a, b) = operands(of: output, .divide), let sum = operand(of: b, .sqrt) {
      candidates = [(a, sum)]
    } else if let (a, b) = operands(of: output, .multiply) {
      candidates = [(a, b), (b, a)].compactMap { value, root in reciprocalRoot(root).map { (value, $0) } }
    } else {
      return false
    }
    for (value, sum) in candidates {
      guard let (variance, epsilon) = offset(sum), let (squared, axes) = reduction(variance, .mean) else { continue }
      guard let base = square(squared), type(output) == type(value) else { continue }
      if let x = centred(value, axes), base == value || centred(base, axes) == x {
        rewrite(position, Normalize(.standard, axes: axes, epsilon: epsilon), [x], node.outputs)
        return true
      }
      if base == value {
        rewrite(position, Normalize(.rootMeanSquare, axes: axes, epsilon: epsilon), [value], node.outputs)
        return true
      }
    }
    return false
  }

  /// x * g + (beta - mean(x) * g) with g = gamma / sqrt(variance + epsilon), as batch normalization is written with statistics of the moment:
  /// a normalization, times gamma, plus beta.
  mutating func recognizeShiftedNormalization(_ position: Int) -> Bool {
    let node = node(position)
    guard let output = node.outputs.first, let (left, right) = operands(of: output, .add) else { return false }
    for (scaled, shift) in [(left, right), (right, left)] {
      guard let (beta, product) = operands(of: shift, .subtract), let (p, q) = operands(of: product, .multiply),
        let (a, b) = operands(of: scaled, .multiply), let scaledAt = soleProducer(scaled), soleProducer(shift) != nil,
        soleProducer(product) != nil
      else { continue }
      for (x, gain) in [(a, b), (b, a)] {
        guard let mean = p == gain ? q : q == gain ? p : nil, let (source, axes) = reduction(mean, .mean), source == x,
          let parts = gainParts(gain, x, axes), type(scaled) == type(x), readers(gain).count == 2, !isOutput(gain)
        else { continue }
        // The root's place holds the normalization: x, of which it was made, is there, and all that reads it comes later.
        let normalized = addValue("\(graph[scaled].name)~normalized", type(x))
        rewrite(parts.root, Normalize(.standard, axes: axes, epsilon: parts.epsilon), [x], [normalized])
        if let gamma = parts.gamma {
          rewrite(scaledAt, Binary(.multiply), [normalized, gamma], [scaled])
          rewrite(position, Binary(.add), [scaled, beta], [output])
        } else {
          rewrite(position, Binary(.add), [normalized, beta], [output])
        }
        return true
      }
    }
    return false
  }

  /// Normalized groups of neighbouring channels: [N, C, ...] seen as [N, G, rest], normalized over the rest, and back. The channels of a group
  /// get an axis of their own, so that it works in any order of the axes.
  mutating func recognizeGroups(_ position: Int) -> Bool {
    let node = node(position)
    guard node.op is Reshape, let normalizedValue = node.inputs[0], let middle = soleProducer(normalizedValue),
      let normalize = self.node(middle).op as? Normalize, let flat = self.node(middle).inputs[0], let first = soleProducer(flat),
      self.node(first).op is Reshape, let x = self.node(first).inputs[0]
    else { return false }
    let (shape, grouped) = (type(x).shape, type(flat).shape)
    guard shape == type(node.outputs[0]).shape, shape.count >= 3, grouped.count >= 3, grouped[0] == shape[0], grouped[1] > 0,
      shape[1].isMultiple(of: grouped[1]), grouped.count != shape.count + 1 || Array(grouped[3...]) != Array(shape[2...]),
      normalize.axes == Array(2..<grouped.count)
    else { return false }
    let parameters = self.node(middle).inputs.dropFirst()
    let areGroupwise = parameters.allSatisfy { id in
      guard let id else { return true }
      let shape = type(id).shape
      return shape.count <= grouped.count - 1 && shape.dropFirst(shape.count == grouped.count - 1 ? 1 : 0).allSatisfy { $0 == 1 }
    }
    guard areGroupwise else { return false }
    let split = [shape[0], grouped[1], shape[1] / grouped[1]] + shape.dropFirst(2)
    let (input, result) = (
      addValue("\(graph[flat].name)~groups", TensorType(type(x).elementType, split)),
      addValue("\(graph[normalizedValue].name)~groups", TensorType(type(x).elementType, split))
    )
    var op = normalize
    op.axes = Array(2..<split.count)
    let moved = parameters.map { id in
      id.flatMap { constant($0) }.map { tensor in
        addConstant(tensor.reshaped([tensor.count] + Array(repeating: 1, count: split.count - 2)), like: id, "parameter")
      }
    }
    rewrite(first, Reshape(shape: split), [x], [input])
    rewrite(middle, op, [input] + moved, [result])
    rewrite(position, Reshape(shape: shape), [result], node.outputs)
    return true
  }

  /// x / max(sqrt(sum(x * x)), epsilon), or by sum(|x|); with the length written as a reduction, a clip and a broadcast.
  mutating func recognizeLengthNormalization(_ position: Int) -> Bool {
    let node = node(position)
    guard let output = node.outputs.first, let (x, divisor) = operands(of: output, .divide), type(x) == type(output) else { return false }
    var length = divisor
    var epsilon = Float.leastNormalMagnitude
    if let source = producer(length), self.node(source).op is Broadcast, let inner = self.node(source).inputs[0] { length = inner }
    if let source = producer(length), let unary = self.node(source).op as? Unary, case .clip(let lower, .infinity) = unary.function,
      lower > 0, let inner = self.node(source).inputs[0]
    {
      (length, epsilon) = (inner, lower)
    } else if let (a, b) = operands(of: length, .maximum), let lower = uniform(b), lower > 0 {
      (length, epsilon) = (a, lower)
    } else {
      return false
    }
    if let sum = operand(of: length, .sqrt), let (squared, axes) = reduction(sum, .sum), square(squared) == x {
      rewrite(position, Normalize(.l2, axes: axes, epsilon: epsilon), [x], node.outputs)
      return true
    }
    if let (magnitudes, axes) = reduction(length, .sum), operand(of: magnitudes, .abs) == x {
      rewrite(position, Normalize(.l1, axes: axes, epsilon: epsilon), [x], node.outputs)
      return true
    }
    return false
  }

  /// What is under the root where `id` is 1 / sqrt(it).
  private func reciprocalRoot(_ id: ValueID) -> ValueID? {
    if let sum = operand(of: id, .rsqrt) { return sum }
    if let root = operand(of: id, .reciprocal) { return operand(of: root, .sqrt) }
    if let (one, root) = operands(of: id, .divide), uniform(one) == 1 { return operand(of: root, .sqrt) }
    if let (base, exponent) = operands(of: id, .power), uniform(exponent) == -0.5 { return base }
    return nil
  }

  /// v and epsilon where `id` is v + epsilon, a small number.
  private func offset(_ id: ValueID) -> (ValueID, Float)? {
    guard let (a, b) = operands(of: id, .add) else { return nil }
    for (value, number) in [(a, b), (b, a)] {
      if let epsilon = uniform(number), epsilon >= 0, epsilon.isFinite { return (value, epsilon) }
    }
    return nil
  }

  /// x where `id` is x minus its mean over the axes.
  private func centred(_ id: ValueID, _ axes: [Int]) -> ValueID? {
    guard let (x, mean) = operands(of: id, .subtract), reduction(mean, .mean, axes: axes)?.x == x else { return nil }
    return x
  }

  private struct GainParts {
    var gamma: ValueID?
    var epsilon: Float
    /// The node of the reciprocal root.
    var root: Int
  }

  /// gamma / sqrt(mean((x - mean)^2) + epsilon), read by nobody but the formula.
  private func gainParts(_ gain: ValueID, _ x: ValueID, _ axes: [Int]) -> GainParts? {
    let pairs: [(root: ValueID, gamma: ValueID?)]
    if let (a, b) = operands(of: gain, .multiply) { pairs = [(a, b), (b, a)] } else { pairs = [(gain, nil)] }
    for (root, gamma) in pairs {
      guard let sum = reciprocalRoot(root), let (variance, epsilon) = offset(sum), let (squared, varianceAxes) = reduction(variance, .mean),
        varianceAxes == axes, let base = square(squared), centred(base, axes) == x, let position = producer(root),
        gamma == nil || soleProducer(root) != nil
      else { continue }
      return GainParts(gamma: gamma, epsilon: epsilon, root: position)
    }
    return nil
  }
}
