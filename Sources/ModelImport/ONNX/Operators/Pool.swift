import ModelGraph

/// MaxPool and AveragePool.
func convertPool(_ kind: Pool2D.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    try c.refuseOutputs(from: 1, "index")
    let x = try c.input(0)
    guard let kernel = try c.node.integers("kernel_shape") else { throw c.failure("bad-attribute", "attribute 'kernel_shape' is missing") }
    let window = try c.window(of: c.shape(x), kernel: kernel)
    let op = Pool2D(
      kind, kernel: window.kernel, strides: window.strides, dilations: window.dilations, padding: window.padding,
      countsPadding: kind == .average ? try c.node.flag("count_include_pad") : false, overhang: window.overhang)
    return [try c.emitSpatial(op, x)]
  }
}

/// Global pooling: a reduction over the image that keeps its axes.
func convertGlobalPool(_ kind: Reduce.Kind) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    [try c.emitSpatial(Reduce(kind, axes: [1, 2], keepsDimensions: true), try c.input(0))]
  }
}
