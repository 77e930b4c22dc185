import ModelGraph

extension Graph {
  /// Makes `--input-layout`, `--mean` and `--std` part of the graph's inputs: the caller then hands over raw samples.
  ///
  /// The normalization applies to every float input; per-channel values run along the channel axis of images (rank 4) and
  /// along the last axis otherwise.
  mutating func applyPreprocessing(_ options: ConversionOptions, sourceLayout: ImageLayout) throws(Failure) {
    for index in inputs.indices {
      try applyLayout(options.inputLayout ?? sourceLayout, sourceLayout: sourceLayout, to: index, asked: options.inputLayout != nil)
      try applyNormalization(options, layout: options.inputLayout ?? sourceLayout, to: index)
    }
  }

  private mutating func applyLayout(_ layout: ImageLayout, sourceLayout: ImageLayout, to index: Int, asked: Bool) throws(Failure) {
    let input = inputs[index]
    guard input.type.rank == 4 else {
      if asked && inputs.count == 1 {
        throw Failure.usage("--input-layout: input '\(input.name)' is \(input.type), not an image of rank 4")
      }
      return
    }
    guard layout != sourceLayout else { return }
    let s = input.type.shape
    // Axis i of the value, in the source's layout, is the caller's axis permutation[i].
    let (callerShape, permutation) =
      layout == .nhwc ? ([s[0], s[2], s[3], s[1]], [0, 3, 1, 2]) : ([s[0], s[3], s[1], s[2]], [0, 2, 3, 1])
    inputs[index].type = TensorType(input.type.elementType, callerShape)
    inputs[index].permutation = permutation
  }

  private mutating func applyNormalization(_ options: ConversionOptions, layout: ImageLayout, to index: Int) throws(Failure) {
    guard !options.mean.isEmpty || !options.std.isEmpty else { return }
    let type = inputs[index].type
    let channelAxis = type.rank == 4 && layout == .nchw ? 1 : max(type.rank - 1, 0)
    let channels = type.rank > 0 ? type.shape[channelAxis] : 1
    let count = max(options.mean.count, options.std.count)
    for (flag, values) in [("--mean", options.mean), ("--std", options.std)] where values.count > 1 && values.count != channels {
      throw Failure.usage("\(flag) has \(values.count) values; input '\(inputs[index].name)' \(type) has \(channels) channel\(channels == 1 ? "" : "s")", code: "bad-normalization", hint: "give one value\(channels == 1 ? "" : ", or \(channels)")")
    }
    func spread(_ values: [Float], _ fallback: Float) -> [Float] {
      values.count == count ? values : Array(repeating: values.first ?? fallback, count: count)
    }
    inputs[index].normalization = Normalization(
      mean: spread(options.mean, 0), std: spread(options.std, 1), channelAxis: count > 1 ? channelAxis : 0)
  }
}
