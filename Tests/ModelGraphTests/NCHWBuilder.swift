import ModelGraph
import _TestSupport

/// Builds graphs in the form that importers of NCHW formats give: spatial operators between transposes.
struct NCHWBuilder {
  var builder = GraphBuilder(name: "test")
  var random: SeededRandom
  private var serial = 0
  var graph: Graph { builder.graph }

  init(seed: UInt64 = 7) { random = SeededRandom(seed: seed) }

  func shape(_ id: ValueID) -> [Int] { builder.type(of: id).shape }
  mutating func input(_ shape: [Int], _ name: String = "x") -> ValueID { builder.addInput(name, TensorType(.float32, shape)) }
  mutating func output(_ id: ValueID, _ name: String = "y") { builder.addOutput(name, id) }
  mutating func constant(_ shape: [Int], in range: ClosedRange<Float> = -1...1) -> ValueID {
    builder.addConstant(.random(shape, &random, in: range))
  }
  mutating func scalar(_ value: Float) -> ValueID { builder.addConstant(Tensor(shape: [], floats: [value])) }

  mutating func node(_ op: some Operator, _ inputs: ValueID?..., source: String = "") throws -> ValueID {
    serial += 1
    return try builder.add(op, inputs, name: "n\(serial)", sourceOperator: source)[0]
  }

  mutating func nhwc(_ x: ValueID) throws -> ValueID { try node(Transpose(permutation: [0, 2, 3, 1]), x) }
  mutating func nchw(_ x: ValueID) throws -> ValueID { try node(Transpose(permutation: [0, 3, 1, 2]), x) }

  mutating func conv(
    _ x: ValueID, _ channels: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1, bias: Bool = true
  ) throws -> ValueID {
    let pad = kernel / 2
    let op = Convolution2D(
      strides: Size2D(stride, stride), padding: Padding2D(top: pad, left: pad, bottom: pad, right: pad), groups: groups)
    let weight = constant([channels, kernel, kernel, shape(x)[1] / groups], in: -0.5...0.5)
    return try nchw(try node(op, try nhwc(x), weight, bias ? constant([channels]) : nil))
  }

  mutating func pool(_ x: ValueID, _ kind: Pool2D.Kind, kernel: Int = 2, stride: Int = 2, padding: Int = 0) throws -> ValueID {
    let pads = Padding2D(top: padding, left: padding, bottom: padding, right: padding)
    return try nchw(try node(Pool2D(kind, kernel: Size2D(kernel, kernel), strides: Size2D(stride, stride), padding: pads), try nhwc(x)))
  }

  mutating func batchNorm(_ x: ValueID) throws -> ValueID {
    let channels = shape(x)[1]
    let scaled = try node(Binary(.multiply), x, constant([1, channels, 1, 1], in: 0.5...1.5), source: "BatchNormalization")
    return try node(Binary(.add), scaled, constant([1, channels, 1, 1]), source: "BatchNormalization")
  }

  mutating func relu(_ x: ValueID) throws -> ValueID { try node(Unary(.clip(lower: 0, upper: .infinity)), x) }

  mutating func dense(_ x: ValueID, _ channels: Int) throws -> ValueID {
    try node(Dense(), x, constant([channels, shape(x).last ?? 0]), nil)
  }
}
