import ModelGraph
import _TestSupport

/// Random nets in which everything that shares memory meets: concatenations, slices, reshapes, residuals, several outputs.
struct RandomNet {
  var graph: Graph
  var inputs: [Tensor]

  init(seed: Int) throws {
    var net = NetBuilder(seed: seed)
    let channels = 16
    var images = [net.builder.addInput("x", TensorType(.float32, [1, 8, 8, channels]))]
    if seed % 3 == 0 { images.append(net.builder.addInput("z", TensorType(.float32, [1, 4, 8, channels]))) }
    for step in 0..<Int.random(in: 3...14, using: &net.random) {
      images += try net.step(images, channels, "n\(step)")
    }
    let read = Set(net.builder.graph.nodes.flatMap(\.inputs))
    for (index, image) in images.enumerated() where !read.contains(image) || Int.random(in: 0..<8, using: &net.random) == 0 {
      net.builder.addOutput("y\(index)", image)
    }
    graph = net.builder.graph
    inputs = graph.inputs.map { net.floats($0.type.shape) }
  }
}

extension NetBuilder {
  /// One more operator over some of the images [1, H, 8, C].
  fileprivate mutating func step(_ images: [ValueID], _ channels: Int, _ name: String) throws -> [ValueID] {
    let x = images[Int.random(in: 0..<images.count, using: &random)]
    let height = builder.type(of: x).shape[1]
    let same = Padding2D(top: 1, left: 1, bottom: 1, right: 1)
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return [try convolution(x, Convolution2D(padding: same, clamp: .relu), outputs: channels, kernel: Size2D(3, 3), name: name)]
    case 1: return [try convolution(x, Convolution2D(), outputs: channels, kernel: Size2D(1, 1), name: name)]
    case 2: return [try convolution(x, Convolution2D(padding: same, groups: channels), outputs: channels, kernel: Size2D(3, 3), name: name)]
    case 3: return [try add(Unary(.tanh), x, name: name)]
    case 4:
      let others = images.filter { builder.type(of: $0).shape == builder.type(of: x).shape }
      return [try add(Binary(.add), x, others[Int.random(in: 0..<others.count, using: &random)], name: name)]
    case 5 where height <= 16:
      return [try add(Concat(axis: 1), x, images[Int.random(in: 0..<images.count, using: &random)], name: name)]
    case 6 where height > 1:
      let cut = Int.random(in: 1..<height, using: &random)
      return try [(0, cut), (cut, height - cut)].map { start, count in
        try add(Slice(starts: [0, start, 0, 0], counts: [1, count, 8, channels], steps: [1, 1, 1, 1]), x, name: name)
      }
    case 7:
      let flat = try add(Reshape(shape: [height * 8, channels]), x, name: name)
      let y = try add(Unary(.abs), flat, name: name)
      return [try add(Reshape(shape: [1, height, 8, channels]), y, name: name)]
    case 8: return [try add(Pool2D(.max, kernel: Size2D(3, 3), padding: same), x, name: name)]
    default:
      let padded = try add(Pad(before: [0, 1, 0, 0], after: [0, 0, 0, 0], value: 0.5), x, name: name)
      return [try add(Slice(starts: [0, 0, 0, 0], counts: [1, height, 8, channels], steps: [1, 1, 1, 1]), padded, name: name)]
    }
  }
}
