import ModelGraph
import _TestSupport

/// One operator with random attributes, shapes and inputs.
struct OperatorCase {
  var graph: Graph
  var inputs: [Tensor]

  enum Kind: String, CaseIterable, Sendable {
    case convolution, pointwise, wholeImage, depthwise, grouped, dilated, dense, maxPool, averagePool, reduce, binary, unary, softmax
    case matMul, normalize, prelu
    case concat, reshape, transpose, slice, pad, broadcast, resample, select
  }

  /// The same case for the same kind and seed.
  init(_ kind: Kind, seed: Int) throws {
    var net = NetBuilder(seed: seed)
    let output = try net.addCase(kind)
    net.builder.addOutput("y", output)
    graph = net.builder.graph
    inputs = graph.inputs.map { net.floats($0.type.shape, in: net.range) }
  }
}

extension NetBuilder {
  fileprivate mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  fileprivate mutating func size(_ range: ClosedRange<Int>) -> Size2D { Size2D(int(range), int(range)) }
  fileprivate mutating func clamp() -> ClampRange {
    switch int(0...3) {
    case 0: .relu
    case 1: ClampRange(lower: -0.5, upper: 0.75)
    default: .none
    }
  }
  fileprivate mutating func shape(rank: ClosedRange<Int>) -> [Int] { (0..<int(rank)).map { _ in int(1...5) } }
  fileprivate mutating func input(_ shape: [Int]) -> ValueID {
    builder.addInput("x\(builder.graph.inputs.count)", TensorType(.float32, shape))
  }

  fileprivate mutating func addCase(_ kind: OperatorCase.Kind) throws -> ValueID {
    switch kind {
    case .convolution, .depthwise, .grouped, .dilated: return try addWindowed(kind)
    case .pointwise:
      let x = input([int(1...2), int(1...6), int(1...6), int(1...20)])
      return try convolution(x, Convolution2D(clamp: clamp()), outputs: int(1...40), kernel: Size2D(1, 1))
    case .wholeImage:
      let kernel = size(1...5)
      let x = input([int(1...3), kernel.height, kernel.width, int(1...6)])
      return try convolution(x, Convolution2D(clamp: clamp()), outputs: int(1...20), kernel: kernel)
    case .dense:
      let x = input(shape(rank: 1...3))
      let depth = builder.type(of: x).shape.last ?? 1
      let outputs = int(1...40)
      let bias = Bool.random(using: &random) ? constant([outputs]) : nil
      return try add(Dense(clamp: clamp()), x, constant([outputs, depth]), bias)
    case .maxPool, .averagePool: return try addPool(kind == .maxPool ? .max : .average)
    case .reduce:
      let kinds: [Reduce.Kind] = [.mean, .sum, .max, .min, .product]
      let x = input(shape(rank: 1...5))
      let axes = builder.type(of: x).shape.indices.filter { _ in Bool.random(using: &random) }
      return try add(Reduce(kinds[int(0...4)], axes: axes, keepsDimensions: Bool.random(using: &random)), x)
    case .binary: return try addBinary()
    case .unary:
      let x = input(shape(rank: 0...4))
      return try add(Unary(Self.functions[int(0...Self.functions.count - 1)]), x)
    case .matMul: return try addMatMul()
    case .normalize:
      let x = input(shape(rank: 1...5))
      let shape = builder.type(of: x).shape
      let kinds: [Normalize.Kind] = [.standard, .rootMeanSquare, .l2, .l1]
      let axes = shape.indices.filter { _ in Bool.random(using: &random) }
      let (gamma, beta) = (broadcast(shape), broadcast(shape))
      let hasGamma = Bool.random(using: &random), hasBeta = Bool.random(using: &random)
      return try add(
        Normalize(kinds[int(0...3)], axes: axes, epsilon: 0.01, clamp: clamp()), x, hasGamma ? constant(gamma) : nil,
        hasBeta ? constant(beta) : nil)
    case .prelu:
      let x = input(shape(rank: 1...4))
      return try add(PRelu(clamp: clamp()), x, constant(broadcast(builder.type(of: x).shape)))
    case .softmax:
      let x = input(shape(rank: 1...4))
      return try add(Softmax(axis: int(0...builder.type(of: x).rank - 1)), x)
    default: return try addMovement(kind)
    }
  }

  private mutating func addWindowed(_ kind: OperatorCase.Kind) throws -> ValueID {
    let groups = kind == .grouped ? int(2...4) : 1
    let channels = kind == .depthwise ? int(2...20) : groups * int(1...5)
    var op = Convolution2D(
      strides: size(1...3), padding: Padding2D(top: int(0...2), left: int(0...2), bottom: int(0...2), right: int(0...2)),
      groups: kind == .depthwise ? channels : groups, clamp: clamp())
    if kind == .dilated || int(0...3) == 0 { op.dilations = size(1...2) }
    let kernel = size(1...4)
    let x = input([int(1...2), int(7...10), int(7...10), channels])
    let outputs = kind == .depthwise ? channels * int(1...2) : groups * int(1...20)
    return try convolution(x, op, outputs: outputs, kernel: kernel)
  }

  private mutating func addPool(_ kind: Pool2D.Kind) throws -> ValueID {
    let kernel = size(1...4)
    let padding = Padding2D(
      top: int(0...kernel.height - 1), left: int(0...kernel.width - 1),
      bottom: int(0...kernel.height - 1), right: int(0...kernel.width - 1))
    let x = input([int(1...2), int(4...9), int(4...9), int(1...20)])
    return try add(
      Pool2D(kind, kernel: kernel, strides: size(1...3), padding: padding, countsPadding: Bool.random(using: &random), clamp: clamp()), x)
  }

  /// A shape that broadcasts to `full`.
  private mutating func broadcast(_ full: [Int]) -> [Int] {
    let short = full.map { Bool.random(using: &random) ? $0 : 1 }
    return Array(short.dropFirst(int(0...short.count)))
  }

  /// A product of factors of any rank and order of axes; the columns of the output stay last.
  private mutating func addMatMul() throws -> ValueID {
    let batch = shape(rank: 0...3)
    let (m, n, k) = (int(1...20), int(1...40), int(1...20))
    let a = broadcast(batch) + [m, k], b = broadcast(batch) + [k, n]
    let rank = max(a.count, b.count)
    var op = MatMul(
      aOrder: Array(a.indices).shuffled(using: &random), bOrder: Array(b.indices).shuffled(using: &random),
      outputOrder: Array(0..<rank - 1).shuffled(using: &random) + [rank - 1], scale: [1, 0.25][int(0...1)], clamp: clamp())
    if n == 1 { op.outputOrder.shuffle(using: &random) }
    func stored(_ shape: [Int], _ order: [Int]) -> [Int] {
      var result = shape
      for (axis, place) in order.enumerated() { result[place] = shape[axis] }
      return result
    }
    let right = stored(b, op.bOrder)
    return try add(op, input(stored(a, op.aOrder)), Bool.random(using: &random) ? input(right) : constant(right))
  }

  private mutating func addBinary() throws -> ValueID {
    let full = shape(rank: 1...5)
    let kinds: [Binary.Kind] = [.add, .subtract, .multiply, .divide, .maximum, .minimum, .power]
    let kind = kinds[int(0...6)]
    if kind == .power || kind == .divide { range = 0.5...2 }
    let other = Bool.random(using: &random) ? broadcast(full) : full
    let (a, b) = (input(full), Bool.random(using: &random) ? input(other) : constant(other, in: range))
    let op = Binary(kind, clamp: clamp())
    return Bool.random(using: &random) ? try add(op, a, b) : try add(op, b, a)
  }

  private mutating func addMovement(_ kind: OperatorCase.Kind) throws -> ValueID {
    let shape = shape(rank: 1...5)
    let x = input(shape)
    switch kind {
    case .concat:
      let axis = int(0...shape.count - 1)
      var others: [ValueID?] = [x]
      for _ in 0..<int(0...3) {
        var next = shape
        next[axis] = int(1...4)
        others.append(Bool.random(using: &random) ? input(next) : constant(next))
      }
      return try builder.add(Concat(axis: axis), others, name: "node")[0]
    case .reshape: return try add(Reshape(shape: [1, shape.reduce(1, *)]), x)
    case .transpose: return try add(Transpose(permutation: Array(shape.indices).shuffled(using: &random)), x)
    case .slice:
      var slice = Slice(starts: [], counts: [], steps: [])
      for length in shape {
        let step = int(1...2)
        let count = int(1...(length - 1) / step + 1)
        let first = int(0...length - 1 - (count - 1) * step)
        let isReversed = Bool.random(using: &random)
        slice.starts.append(isReversed ? first + (count - 1) * step : first)
        slice.counts.append(count)
        slice.steps.append(isReversed ? -step : step)
      }
      return try add(slice, x)
    case .pad:
      let value = [Float(0), 0.5, -3][int(0...2)]
      return try add(Pad(before: shape.map { _ in int(0...2) }, after: shape.map { _ in int(0...2) }, value: value), x)
    case .resample, .select:
      let axis = int(0...shape.count - 1)
      let coordinates = (0..<int(1...9)).map { _ -> Double? in Double.random(in: -1...6, using: &random) }
      let kinds: [Interpolation] =
        kind == .select ? [.nearest(.floor)] : [.linear(scale: 1), .linear(scale: 0.6), .cubic(a: -0.75, scale: 1)]
      guard let op = Resample(axis: axis, size: shape[axis], coordinates: coordinates, kinds[int(0...kinds.count - 1)]) else { return x }
      return try add(op, x)
    default:
      let target = [int(1...3)] + shape.map { $0 == 1 ? int(1...4) : $0 }
      return try add(Broadcast(shape: target), x)
    }
  }

  static let functions: [Unary.Function] = [
    .clip(lower: -0.25, upper: 0.5), .sigmoid, .tanh, .silu, .exp, .log, .sqrt, .rsqrt, .reciprocal, .negate, .abs, .square, .erf, .gelu,
    .leakyRelu(slope: 0.1), .elu(alpha: 0.7), .hardSigmoid(alpha: 0.2, beta: 0.5), .hardSwish, .softplus, .floor, .ceil, .round,
  ]
}
