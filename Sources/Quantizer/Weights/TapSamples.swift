import ModelGraph

/// The inputs that a layer's weights meet, at some of its output positions: for each group of channels a row of taps, in the weights' order.
struct TapSamples {
  let groups: Int
  let depth: Int
  private let shape: [Int]
  private let output: [Int]
  private let kernel: [Int]
  private let op: Convolution2D?

  /// - Returns: nil where the node has no weights.
  init?(_ node: Node, in graph: Graph) {
    guard node.hasWeights, let input = node.inputs[0], let weight = node.inputs[1].flatMap({ graph[$0].constant }), let channels = weight.shape.first,
      channels > 0
    else { return nil }
    (shape, output, kernel) = (graph[input].type.shape, graph[node.outputs[0]].type.shape, weight.shape)
    op = node.op as? Convolution2D
    groups = op?.groups ?? 1
    depth = weight.count / channels
  }

  /// Output positions that there are.
  var positions: Int { op == nil ? shape.dropLast().reduce(1, *) : output[0] * output[1] * output[2] }

  /// Writes the rows of all groups at one output position, one after another; taps outside the image are zero.
  func gather(_ values: Span<Float>, at position: Int, into rows: inout [Float]) {
    guard let op else {
      for k in 0..<depth { rows[k] = values[position * depth + k] }
      return
    }
    let (height, width, channels, taps) = (shape[1], shape[2], shape[3], kernel[3])
    let (x, y) = (position % output[2], position / output[2] % output[1])
    let image = position / (output[1] * output[2]) * height
    for ky in 0..<kernel[1] {
      let row = y * op.strides.height - op.padding.top + ky * op.dilations.height
      for kx in 0..<kernel[2] {
        let column = x * op.strides.width - op.padding.left + kx * op.dilations.width
        let isInside = 0 <= row && row < height && 0 <= column && column < width
        let pixel = isInside ? ((image + row) * width + column) * channels : 0
        let tap = (ky * kernel[2] + kx) * taps
        for channel in 0..<channels {
          rows[channel / taps * depth + tap + channel % taps] = isInside ? values[pixel + channel] : 0
        }
      }
    }
  }
}
