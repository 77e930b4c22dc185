import ModelGraph

/// The sliding window of a convolution or pooling node, one entry a spatial axis.
struct ONNXWindow {
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var before: [Int]
  var after: [Int]
  /// Elements past image and padding that the last window of ceil mode covers.
  var overhang: [Int]

  /// The last two axes of a list; one axis is a row of height `absent`.
  func plane(_ values: [Int], _ absent: Int) -> Size2D {
    Size2D(values.count > 1 ? values[values.count - 2] : absent, values[values.count - 1])
  }

  var plane: WindowPlane {
    let (top, bottom) = (plane(before, 0), plane(after, 0))
    return WindowPlane(
      kernel: plane(kernel, 1), strides: plane(strides, 1), dilations: plane(dilations, 1),
      padding: Padding2D(top: top.height, left: top.width, bottom: bottom.height, right: bottom.width), overhang: plane(overhang, 0))
  }
}

/// What an image's operator is told of the window.
struct WindowPlane {
  var kernel: Size2D
  var strides: Size2D
  var dilations: Size2D
  var padding: Padding2D
  var overhang: Size2D
}

extension ONNXConversion {
  /// Reads strides, dilations, pads, auto_pad and ceil_mode for an input [N, C, ...] of one to three spatial axes.
  func window(of input: [Int], kernel: [Int]) throws(DiagnosticError) -> ONNXWindow {
    let rank = input.count - 2
    guard (1...3).contains(rank) else {
      throw unsupported("works on rank \(input.count), one to three spatial axes are supported")
    }
    let strides = try entries("strides", rank) ?? Array(repeating: 1, count: rank)
    let dilations = try entries("dilations", rank) ?? Array(repeating: 1, count: rank)
    guard kernel.count == rank else { throw failure("bad-attribute", "kernel \(kernel) does not fit \(rank) spatial axes") }
    let limit = 1...Int(Int32.max)
    guard (kernel + strides + dilations).allSatisfy(limit.contains) else {
      throw failure("bad-attribute", "kernel \(kernel), strides \(strides) or dilations \(dilations) are out of range")
    }
    var pads = try entries("pads", 2 * rank) ?? Array(repeating: 0, count: 2 * rank)
    guard pads.allSatisfy((0...Int(Int32.max)).contains) else { throw failure("bad-attribute", "pads \(pads) are out of range") }
    var overhang = Array(repeating: 0, count: rank)
    let ceilMode = try node.flag("ceil_mode")
    let auto = try node.string("auto_pad") ?? "NOTSET"
    for axis in 0..<rank {
      let (size, stride) = (input[axis + 2], strides[axis])
      let reach = (kernel[axis] - 1) * dilations[axis] + 1
      switch auto {
      case "NOTSET", "":
        guard ceilMode else { break }
        let padded = size + pads[axis] + pads[axis + rank]
        guard padded >= reach else { break }  // shape inference reports it
        var count = (padded - reach + stride - 1) / stride + 1
        // A last window that would start past the image and its leading padding does not exist.
        if (count - 1) * stride >= size + pads[axis] { count -= 1 }
        overhang[axis] = max(0, (count - 1) * stride + reach - padded)
      case "VALID":
        (pads[axis], pads[axis + rank]) = (0, 0)
      case "SAME_UPPER", "SAME_LOWER":
        let total = max(0, ((size + stride - 1) / stride - 1) * stride + reach - size)
        let before = auto == "SAME_UPPER" ? total / 2 : total - total / 2
        (pads[axis], pads[axis + rank]) = (before, total - before)
      default:
        throw failure("bad-attribute", "auto_pad '\(auto)' is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER")
      }
    }
    return ONNXWindow(
      kernel: kernel, strides: strides, dilations: dilations, before: Array(pads.prefix(rank)), after: Array(pads.suffix(rank)),
      overhang: overhang)
  }

  /// An integer list of fixed length; nil where it is absent.
  func entries(_ name: String, _ count: Int) throws(DiagnosticError) -> [Int]? {
    guard let values = try node.integers(name) else { return nil }
    guard values.count == count else { throw failure("bad-attribute", "attribute '\(name)' is \(values), expected \(count) entries") }
    return values
  }
}
