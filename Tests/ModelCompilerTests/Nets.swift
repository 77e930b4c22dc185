import ModelGraph
import _TestSupport

/// Random tensors and small nets for the tests of this folder.
struct NetBuilder {
  var builder = GraphBuilder(name: "net")
  var random: SeededRandom
  /// Of the inputs.
  var range: ClosedRange<Float> = -1...1

  init(seed: Int) { random = SeededRandom(seed: UInt64(seed)) }

  mutating func constant(_ shape: [Int], in range: ClosedRange<Float> = -1...1) -> ValueID {
    builder.addConstant(floats(shape, in: range), name: "weight")
  }

  mutating func floats(_ shape: [Int], in range: ClosedRange<Float> = -1...1) -> Tensor {
    Tensor(shape: shape, floats: (0..<shape.reduce(1, *)).map { _ in Float.random(in: range, using: &random) })
  }

  mutating func add(_ op: some Operator, _ inputs: ValueID?..., name: String = "node") throws -> ValueID {
    try builder.add(op, inputs, name: name)[0]
  }

  /// A convolution with random weights and bias.
  mutating func convolution(_ x: ValueID, _ op: Convolution2D, outputs: Int, kernel: Size2D, name: String = "conv") throws -> ValueID {
    let channels = builder.type(of: x).shape[3]
    let weight = constant([outputs, kernel.height, kernel.width, channels / op.groups])
    return try add(op, x, weight, constant([outputs]), name: name)
  }

  /// A small residual CNN: stem, two blocks, pooling, dense, softmax.
  static func cnn() throws -> Graph {
    var net = NetBuilder(seed: 1)
    let x = net.builder.addInput("image", TensorType(.float32, [1, 16, 16, 3]))
    let same = Padding2D(top: 1, left: 1, bottom: 1, right: 1)
    var y = try net.convolution(x, Convolution2D(padding: same, clamp: .relu), outputs: 8, kernel: Size2D(3, 3), name: "stem")
    for block in 0..<2 {
      let z = try net.convolution(
        y, Convolution2D(padding: same, groups: 8, clamp: .relu), outputs: 8, kernel: Size2D(3, 3), name: "dw\(block)")
      let p = try net.convolution(z, Convolution2D(), outputs: 8, kernel: Size2D(1, 1), name: "pw\(block)")
      y = try net.add(Binary(.add, clamp: .relu), y, p, name: "add\(block)")
    }
    y = try net.add(Reduce(.mean, axes: [1, 2], keepsDimensions: false), y, name: "mean")
    y = try net.add(Dense(), y, net.constant([10, 8]), net.constant([10]), name: "dense")
    y = try net.add(Softmax(axis: 1), y, name: "softmax")
    net.builder.addOutput("probability", y)
    return net.builder.graph
  }
}
