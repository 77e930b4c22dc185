extension GraphEditor {
  /// x / (bias + alpha * mean)^beta where the mean is one of the squares of x in a window along the channels, whichever way it was written: by
  /// movements and average pools, as PyTorch exports it.
  mutating func recognizeLocalResponse(_ position: Int) -> Bool {
    let node = node(position)
    guard node.op is Binary, let output = node.outputs.first, let (x, power) = operands(of: output, .divide), type(x) == type(output),
      let (sum, exponent) = operands(of: power, .power), let beta = uniform(exponent), let (a, b) = operands(of: sum, .add)
    else { return false }
    for (scaled, constant) in [(a, b), (b, a)] {
      guard let bias = uniform(constant), type(scaled) == type(x) else { continue }
      let (mean, factor) = factored(scaled)
      guard let (source, chain) = poolingChain(mean), square(source) == x, type(source) == type(x), type(x).rank >= 3 else { continue }
      let size = chain.reduce(1) { $0 * (($1 as? Pool2D).map { $0.kernel.height * $0.kernel.width } ?? 1) }
      guard size <= type(x).shape[1] + 64, let mean = outcome(of: chain, type(x)) else { continue }
      for before in Set([size / 2, (size - 1) / 2]).sorted() {
        guard mean.isWindowMean(along: 1, type(x).shape, before: before, after: size - 1 - before) else { continue }
        let op = LocalResponse(axis: 1, before: before, after: size - 1 - before, alpha: factor / Float(size), beta: beta, bias: bias)
        guard (try? op.outputTypes(of: [type(x)])) != nil else { return false }
        rewrite(position, op, [x], [output])
        return true
      }
    }
    return false
  }

  /// The operators that lead to `id`, first to last, each linear in its one input: movements, padding by zeros, averages.
  private func poolingChain(_ id: ValueID) -> (source: ValueID, operators: [any Operator])? {
    var (value, operators) = (id, [any Operator]())
    while let position = producer(value), operators.count < 16, let input = node(position).inputs.first.flatMap({ $0 }) {
      switch node(position).op {
      case is Reshape, is Transpose: break
      case let pad as Pad where pad.value == 0: break
      case let pool as Pool2D where pool.kind == .average && pool.clamp == .none: break
      default: return operators.contains { $0 is Pool2D } ? (value, operators.reversed()) : nil
      }
      operators.append(node(position).op)
      value = input
    }
    return nil
  }

  /// What the chain makes of numbers that no sum of few of them resembles. A linear chain that gives their window means gives everyone's.
  private func outcome(of chain: [any Operator], _ type: TensorType) -> Probe? {
    guard type.elementCount <= 1 << 22 else { return nil }
    var state: UInt32 = 1
    let numbers = (0..<type.elementCount).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 24)
    }
    var tensor = Tensor(shape: type.shape, floats: numbers)
    for op in chain {
      guard let next = evaluate(op, [tensor])?.first else { return nil }
      tensor = next
    }
    return tensor.count == numbers.count ? Probe(numbers: numbers, results: tensor.floats) : nil
  }
}

/// Numbers and what a chain of operators made of them.
private struct Probe {
  var numbers: [Float]
  var results: [Float]

  /// Whether every result is the sum of the numbers in its window, those outside as 0, divided by the window's length.
  func isWindowMean(along axis: Int, _ shape: [Int], before: Int, after: Int) -> Bool {
    let (length, inner) = (shape[axis], shape[(axis + 1)...].reduce(1, *))
    let size = Float(before + after + 1)
    return numbers.indices.allSatisfy { place in
      let c = place / inner % length
      let sum = (max(0, c - before)...min(length - 1, c + after)).reduce(Float(0)) { $0 + numbers[place + ($1 - c) * inner] }
      return (results[place] - sum / size).magnitude <= 1e-5
    }
  }
}
