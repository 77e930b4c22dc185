import ModelGraph

/// Resize (opset 10 on) and Upsample (7 to 9): interpolation along each axis that changes.
func convertResize(_ c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] {
  let x = try c.input(0)
  let shape = c.shape(x)
  guard shape.allSatisfy({ $0 > 0 }) else { throw c.failure("bad-shape", "the input has no elements") }
  let attributes = try ResizeAttributes(c)
  var axes = Array(shape.indices)
  if let given = try c.node.integers("axes") {
    axes = []
    _ = try c.axes(given, rank: shape.count)
    for axis in given { axes.append(try c.axis(axis, rank: shape.count)) }
  }
  let targets = try resizeTargets(&c, shape, axes, attributes)
  let roi = attributes.crops ? try c.optionalConstant(1, "roi")?.floats.map(Double.init) ?? [] : []
  guard !attributes.crops || roi.count == 2 * axes.count else {
    throw c.failure("bad-node", "roi has \(roi.count) entries, expected \(2 * axes.count)")
  }
  var steps: [(axis: Int, op: Resample, inside: [Bool])] = []
  for (index, axis) in axes.enumerated() {
    let (count, scale) = (targets[index].count, targets[index].scale)
    let bounds = attributes.crops ? (roi[index], roi[index + axes.count]) : (0, 1)
    let coordinates = (0..<count).map { attributes.coordinate($0, size: shape[axis], count: count, scale: scale, roi: bounds) }
    let interpolation = try attributes.interpolation(scale: scale, c)
    guard
      let op = Resample(
        axis: axis, size: shape[axis], coordinates: coordinates, interpolation, excludesOutside: attributes.excludesOutside)
    else {
      throw c.failure(
        "bad-node", "the scale \(scale) of axis \(axis) or its roi gives no positions, or \(count) of them with too many taps each")
    }
    if !op.isIdentity(on: shape[axis]) { steps.append((axis, op, coordinates.map { $0 != nil })) }
  }
  // What shrinks most first; of equals the last axis, whose runs are shortest while there are few rows.
  steps.sort { a, b in
    let (left, right) = (a.op.first.count * shape[b.axis], b.op.first.count * shape[a.axis])
    return left == right ? a.axis > b.axis : left < right
  }
  let fill = attributes.crops ? attributes.extrapolation : 0
  let isFilled = fill != 0 && steps.contains { !$0.inside.allSatisfy(\.self) }
  guard let last = steps.indices.last else { return [try c.emit(Reshape(shape: shape), [x])] }
  var value = x
  for (index, step) in steps.enumerated() {
    let isResult = index == last && !isFilled
    value = try c.emit(step.op, [value], part: isResult ? "" : "axis\(step.axis)", output: isResult ? 0 : nil)
  }
  guard isFilled else { return [value] }
  // Positions outside the region were given 0 in one axis at least.
  var mask = Tensor(shape: [], floats: [1])
  for step in steps {
    let side = shape.indices.map { $0 == step.axis ? step.inside.count : 1 }
    guard let next = evaluate(Binary(.multiply), [mask, Tensor(shape: side, floats: step.inside.map { $0 ? 1 : 0 })])?.first else {
      throw c.unsupported("its extrapolated region is too large")
    }
    mask = next
  }
  let outside = c.emitConstant(Tensor(shape: mask.shape, floats: mask.floats.map { (1 - $0) * fill }), part: "outside", output: nil)
  return [try c.emit(Binary(.add), [value, outside])]
}

/// The size of each listed axis, and the scale that its coordinates are computed with.
private func resizeTargets(
  _ c: inout ONNXConversion, _ shape: [Int], _ axes: [Int], _ attributes: ResizeAttributes
) throws(DiagnosticError) -> [(count: Int, scale: Double)] {
  let hasROI = c.node.inputs.count > 2
  var scales = try c.node.floats("scales")?.map(Double.init) ?? []
  if scales.isEmpty { scales = try c.optionalConstant(hasROI ? 2 : 1, "scales")?.floats.map(Double.init) ?? [] }
  let sizes = try hasROI ? c.optionalIntegers(3, "sizes") ?? [] : []
  guard scales.isEmpty != sizes.isEmpty, scales.count + sizes.count == axes.count else {
    throw c.failure("bad-node", "scales \(scales) and sizes \(sizes): one of them must have \(axes.count) entries, the other none")
  }
  let limit = 1 << 20
  var targets: [(count: Int, scale: Double)] = []
  if sizes.isEmpty {
    for (scale, axis) in zip(scales, axes) {
      let count = (scale * Double(shape[axis])).rounded(.down)
      guard scale > 0, count >= 1, count <= Double(limit) else {
        throw c.failure("bad-node", "a scale of \(scale) of axis \(axis), \(shape[axis]) elements, is out of range")
      }
      targets.append((Int(count), scale))
    }
    return targets
  }
  guard sizes.allSatisfy((1...limit).contains) else { throw c.failure("bad-node", "sizes \(sizes) are out of range") }
  let ratios = zip(sizes, axes).map { Double($0) / Double(shape[$1]) }
  switch attributes.aspectPolicy {
  case "stretch": return zip(sizes, ratios).map { ($0, $1) }
  case "not_larger", "not_smaller":
    let scale = (attributes.aspectPolicy == "not_larger" ? ratios.min() : ratios.max()) ?? 1
    return axes.map { (max(1, Int((scale * Double(shape[$0]) + 0.5).rounded(.down))), scale) }
  case let other: throw c.failure("bad-attribute", "keep_aspect_ratio_policy '\(other)' is none of stretch, not_larger, not_smaller")
  }
}

private struct ResizeAttributes {
  let mode: String, transformation: String
  let rounding: Interpolation.Rounding
  let cubic: Double
  let excludesOutside: Bool, antialias: Bool
  let extrapolation: Float
  let aspectPolicy: String

  init(_ c: ONNXConversion) throws(DiagnosticError) {
    // Without roi the node is of opset 10, or an Upsample: positions are x / scale, rounded down.
    let isOld = c.node.op == "Upsample" || c.node.inputs.count <= 2
    mode = try c.node.string("mode") ?? "nearest"
    transformation = try c.node.string("coordinate_transformation_mode") ?? (isOld ? "asymmetric" : "half_pixel")
    switch try c.node.string("nearest_mode") ?? (isOld ? "floor" : "round_prefer_floor") {
    case "floor": rounding = .floor
    case "ceil": rounding = .ceil
    case "round_prefer_floor": rounding = .preferFloor
    case "round_prefer_ceil": rounding = .preferCeil
    case let other: throw c.failure("bad-attribute", "nearest_mode '\(other)' is unknown")
    }
    let known = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize"]
    guard known.contains(transformation) else {
      throw c.failure("bad-attribute", "coordinate_transformation_mode '\(transformation)' is none of \(known.joined(separator: ", "))")
    }
    cubic = Double(try c.node.float("cubic_coeff_a") ?? -0.75)
    excludesOutside = try c.node.flag("exclude_outside")
    antialias = try c.node.flag("antialias")
    extrapolation = try c.node.float("extrapolation_value") ?? 0
    aspectPolicy = try c.node.string("keep_aspect_ratio_policy") ?? "stretch"
  }

  var crops: Bool { transformation == "tf_crop_and_resize" }

  func interpolation(scale: Double, _ c: ONNXConversion) throws(DiagnosticError) -> Interpolation {
    let stretch = antialias ? min(scale, 1) : 1
    switch mode {
    case "nearest": return .nearest(rounding)
    case "linear", "bilinear", "trilinear": return .linear(scale: stretch)
    case "cubic", "bicubic": return .cubic(a: cubic, scale: stretch)
    default: throw c.failure("bad-attribute", "mode '\(mode)' is none of nearest, linear, cubic")
    }
  }

  /// The input coordinate of output position `j`; nil outside a cropped region.
  func coordinate(_ j: Int, size: Int, count: Int, scale: Double, roi: (Double, Double)) -> Double? {
    let x = Double(j), centered = (x + 0.5) / scale - 0.5
    switch transformation {
    case "half_pixel": return centered
    case "pytorch_half_pixel": return count > 1 ? centered : 0
    case "half_pixel_symmetric":
      let adjustment = Double(count) / (scale * Double(size))
      return Double(size) / 2 * (1 - adjustment) + centered
    case "align_corners": return count > 1 ? x * Double(size - 1) / Double(count - 1) : 0
    case "asymmetric": return x / scale
    default:
      let (start, end, last) = (roi.0, roi.1, Double(size - 1))
      let place = count > 1 ? start * last + x * (end - start) * last / Double(count - 1) : 0.5 * (start + end) * last
      return place.isNaN ? .nan : (0...last).contains(place) ? place : nil
    }
  }
}
