import ModelGraph
import Testing

/// Transposed, 3-D and pooling operators against loops in ONNX's own layout, and Resize against values worked out by hand.
@Suite struct ONNXSpatialTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var x: [Int], weight: [Int]
    var strides: [Int], dilations: [Int], pads: [Int]
    var groups = 1
    var extra: [Int]?
    var testDescription: String { "\(x) \(weight) s\(strides) d\(dilations) p\(pads) g\(groups)" }
  }

  static let transposed = [
    Case(x: [1, 1, 3], weight: [1, 2, 3], strides: [2], dilations: [1], pads: [0, 0]),
    Case(x: [2, 4, 5], weight: [4, 1, 4], strides: [3], dilations: [2], pads: [1, 2], groups: 2, extra: [1]),
    Case(x: [1, 3, 3, 4], weight: [3, 2, 3, 3], strides: [2, 1], dilations: [1, 1], pads: [1, 0, 1, 2], extra: [1, 0]),
    Case(x: [1, 4, 3, 3], weight: [4, 1, 4, 4], strides: [2, 2], dilations: [1, 1], pads: [1, 1, 1, 1], groups: 4),
    Case(x: [1, 2, 2, 3, 3], weight: [2, 3, 3, 2, 3], strides: [2, 1, 2], dilations: [1, 2, 1], pads: [1, 0, 1, 0, 1, 0]),
    Case(x: [2, 4, 3, 2, 2], weight: [4, 1, 2, 3, 2], strides: [1, 2, 2], dilations: [2, 1, 1], pads: [0, 1, 0, 1, 0, 0], groups: 2),
  ]

  @Test(arguments: transposed) func convTranspose(_ test: Case) throws {
    let rank = test.x.count - 2
    let x = ramp(test.x.reduce(1, *)), weight = ramp(test.weight.reduce(1, *))
    let perGroup = test.weight[1], outputs = perGroup * test.groups, bias = ramp(outputs)
    var attributes: [String: ONNXModelBuilder.Attribute] = [
      "strides": .ints(test.strides), "dilations": .ints(test.dilations), "pads": .ints(test.pads), "group": .int(test.groups),
    ]
    if let extra = test.extra { attributes["output_padding"] = .ints(extra) }
    let result = try runONNX(
      "ConvTranspose", x: test.x, x, floats: [("w", test.weight, weight), ("b", [outputs], bias)], attributes: attributes)
    let size = (0..<rank).map { axis -> Int in
      let reach = test.strides[axis] * (test.x[axis + 2] - 1) + (test.extra?[axis] ?? 0)
      let span = (test.weight[axis + 2] - 1) * test.dilations[axis] + 1
      return reach + span - test.pads[axis] - test.pads[axis + rank]
    }
    #expect(result.shape == [test.x[0], outputs] + size)
    let area = size.reduce(1, *)
    var expected: [Float] = (0..<test.x[0] * outputs * area).map { bias[$0 / area % outputs] }
    let image = Array(test.x.dropFirst(2)), kernel = Array(test.weight.dropFirst(2)), depth = test.x[1] / test.groups
    for n in 0..<test.x[0] {
      for c in 0..<test.x[1] {
        for (pixel, at) in indices(image).enumerated() {
          for (tap, k) in indices(kernel).enumerated() {
            let target = (0..<rank).map { at[$0] * test.strides[$0] + k[$0] * test.dilations[$0] - test.pads[$0] }
            guard let place = flat(target, in: size) else { continue }
            for o in 0..<perGroup {
              let channel = c / depth * perGroup + o
              expected[(n * outputs + channel) * size.reduce(1, *) + place] +=
                x[(n * test.x[1] + c) * image.reduce(1, *) + pixel] * weight[(c * perGroup + o) * kernel.reduce(1, *) + tap]
            }
          }
        }
      }
    }
    #expect(isClose(result.values, expected, tolerance: 1e-4))
  }

  static let volumes = [
    Case(x: [1, 1, 4, 4, 4], weight: [2, 1, 3, 3, 3], strides: [1, 1, 1], dilations: [1, 1, 1], pads: [0, 0, 0, 0, 0, 0]),
    Case(x: [2, 4, 5, 3, 4], weight: [6, 2, 2, 3, 1], strides: [2, 1, 2], dilations: [2, 1, 1], pads: [1, 1, 0, 2, 1, 0], groups: 2),
    Case(x: [1, 3, 4, 3, 3], weight: [3, 1, 3, 3, 3], strides: [1, 1, 1], dilations: [1, 1, 1], pads: [1, 1, 1, 1, 1, 1], groups: 3),
    Case(x: [1, 2, 3, 4, 4], weight: [3, 2, 1, 2, 2], strides: [1, 2, 2], dilations: [1, 1, 1], pads: [0, 0, 0, 0, 0, 0]),
  ]

  @Test(arguments: volumes) func convolutionOfVolumes(_ test: Case) throws {
    let x = ramp(test.x.reduce(1, *)), weight = ramp(test.weight.reduce(1, *)), bias = ramp(test.weight[0])
    let result = try runONNX(
      "Conv", x: test.x, x, floats: [("w", test.weight, weight), ("b", [test.weight[0]], bias)],
      attributes: [
        "strides": .ints(test.strides), "dilations": .ints(test.dilations), "pads": .ints(test.pads), "group": .int(test.groups),
      ])
    let kernel = Array(test.weight.dropFirst(2))
    var expected: [Float] = []
    let size = windows(test, kernel)
    let perGroup = test.weight[0] / test.groups, depth = test.weight[1]
    for n in 0..<test.x[0] {
      for o in 0..<test.weight[0] {
        for at in indices(size) {
          var sum = bias[o]
          for c in 0..<depth {
            for (tap, k) in indices(kernel).enumerated() {
              guard let place = source(test, at, k) else { continue }
              let channel = o / perGroup * depth + c
              sum +=
                x[(n * test.x[1] + channel) * test.x.dropFirst(2).reduce(1, *) + place]
                * weight[(o * depth + c) * kernel.reduce(1, *) + tap]
            }
          }
          expected.append(sum)
        }
      }
    }
    #expect(result.shape == [test.x[0], test.weight[0]] + size)
    #expect(isClose(result.values, expected, tolerance: 1e-4))
  }

  static let pools = [
    Case(x: [1, 2, 7], weight: [0, 0, 3], strides: [2], dilations: [1], pads: [1, 1]),
    Case(x: [2, 3, 5, 6], weight: [0, 0, 2, 3], strides: [1, 2], dilations: [2, 1], pads: [1, 1, 0, 1]),
    Case(x: [2, 2, 4, 5, 3], weight: [0, 0, 3, 2, 2], strides: [2, 1, 1], dilations: [1, 2, 1], pads: [1, 0, 1, 1, 1, 0]),
  ]

  @Test(arguments: pools) func poolsOfOneToThreeAxes(_ test: Case) throws {
    let x = ramp(test.x.reduce(1, *)), kernel = Array(test.weight.dropFirst(2))
    let size = windows(test, kernel), image = test.x.dropFirst(2).reduce(1, *)
    var expected: [String: [Float]] = [:]
    for plane in 0..<test.x[0] * test.x[1] {
      for at in indices(size) {
        let taps = indices(kernel).compactMap { source(test, at, $0) }.map { x[plane * image + $0] }
        expected["MaxPool", default: []].append(taps.max() ?? 0)
        expected["AveragePool", default: []].append(taps.reduce(0, +) / Float(taps.count))
        expected["counted", default: []].append(taps.reduce(0, +) / Float(kernel.reduce(1, *)))
        expected["L1", default: []].append(taps.reduce(0) { $0 + abs($1) })
        expected["L2", default: []].append(taps.reduce(0) { $0 + $1 * $1 }.squareRoot())
      }
    }
    let attributes: [String: ONNXModelBuilder.Attribute] = [
      "kernel_shape": .ints(kernel), "strides": .ints(test.strides), "dilations": .ints(test.dilations), "pads": .ints(test.pads),
    ]
    for op in ["MaxPool", "AveragePool"] {
      let result = try runONNX(op, opset: 19, x: test.x, x, attributes: attributes)
      #expect(result.shape == Array(test.x.prefix(2)) + size && isClose(result.values, expected[op] ?? []), "\(op)")
    }
    let counted = try runONNX("AveragePool", opset: 19, x: test.x, x, attributes: attributes.merging(["count_include_pad": .int(1)]) { $1 })
    #expect(isClose(counted.values, expected["counted"] ?? []))
    for p in [1, 2] {
      let result = try runONNX("LpPool", opset: 18, x: test.x, x, attributes: attributes.merging(["p": .int(p)]) { $1 })
      #expect(isClose(result.values, expected["L\(p)"] ?? [], tolerance: 1e-4), "L\(p)")
    }
  }

  @Test func globalLpPool() throws {
    let x: [Float] = [3, -4, 0, 0, 1, 1, 1, -1]
    #expect(isClose(try runONNX("GlobalLpPool", x: [1, 2, 2, 2], x).values, [5, 2]))
    #expect(isClose(try runONNX("GlobalLpPool", x: [1, 2, 4], x, attributes: ["p": .int(1)]).values, [7, 4]))
    #expect(
      isClose(try runONNX("GlobalLpPool", x: [1, 2, 4], x, attributes: ["p": .int(3)]).values, [Float(91).cubeRoot, Float(4).cubeRoot]))
  }

  @Test func resizeInEveryCoordinateMode() throws {
    func run(_ mode: String, scale: Float? = nil, size: Int64? = nil, roi: [Float] = [], _ more: [String: ONNXModelBuilder.Attribute] = [:])
      throws
      -> [Float]
    {
      var floats: [(String, [Int], [Float])] = []
      var inputs = ["x", "", "", ""]
      if !roi.isEmpty {
        floats.append(("roi", [roi.count], roi))
        inputs[1] = "roi"
      }
      if let scale {
        floats.append(("scales", [4], [1, 1, 1, scale]))
        inputs[2] = "scales"
      }
      if size != nil { inputs[3] = "sizes" }
      return try runONNX(
        "Resize", opset: 19, x: [1, 1, 1, 4], [0, 10, 20, 30], floats: floats, integers: size.map { [("sizes", [1, 1, 1, $0])] } ?? [],
        inputs: inputs, attributes: ["mode": .string("linear"), "coordinate_transformation_mode": .string(mode)].merging(more) { $1 }
      ).values
    }
    #expect(isClose(try run("half_pixel", scale: 2), [0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 30]))
    #expect(isClose(try run("asymmetric", scale: 2), [0, 5, 10, 15, 20, 25, 30, 30]))
    #expect(isClose(try run("align_corners", size: 7), [0, 5, 10, 15, 20, 25, 30]))
    #expect(isClose(try run("pytorch_half_pixel", size: 1), [0]))
    #expect(isClose(try run("half_pixel", size: 1), [15]))
    // 4 * 0.7 = 2.8 positions, of which two are made: they sit around the middle.
    #expect(isClose(try run("half_pixel_symmetric", scale: 0.7), [15 - 5 / 0.7, 15 + 5 / 0.7], tolerance: 1e-4))
    #expect(
      isClose(
        try run("tf_crop_and_resize", size: 3, roi: [0, 0, 0, 0.5, 1, 1, 1, 1.5], ["extrapolation_value": .float(-7)]), [15, 30, -7]))
    #expect(
      isClose(
        try run("asymmetric", scale: 2, ["mode": .string("nearest"), "nearest_mode": .string("ceil")]), [0, 10, 10, 20, 20, 30, 30, 30]))
    let kept = try runONNX(
      "Resize", opset: 18, x: [1, 1, 2, 4], ramp(8), integers: [("sizes", [3, 8])], inputs: ["x", "", "", "sizes"],
      attributes: ["keep_aspect_ratio_policy": .string("not_larger"), "axes": .ints([2, 3])])
    #expect(kept.shape == [1, 1, 3, 6])
    let old = try runONNX("Upsample", opset: 9, x: [1, 1, 2, 2], [1, 2, 3, 4], floats: [("scales", [4], [1, 1, 2, 3])])
    #expect(old.shape == [1, 1, 4, 6] && Array(old.values.prefix(6)) == [1, 1, 1, 2, 2, 2])
  }

  @Test func centerCropPadKeepsTheMiddle() throws {
    let x = (1...5).map { Float($0) }
    func run(_ length: Int64) throws -> [Float] {
      try runONNX("CenterCropPad", opset: 18, x: [1, 5], x, integers: [("shape", [length])], attributes: ["axes": .ints([1])]).values
    }
    #expect(try run(8) == [0, 1, 2, 3, 4, 5, 0, 0])
    #expect(try run(2) == [2, 3])
    #expect(try run(5) == x)
  }

  @Test func badSpatialAttributesAreRefused() throws {
    func code(_ op: String, x: [Int], floats: [(String, [Int])] = [], _ attributes: [String: ONNXModelBuilder.Attribute], outputs: Int = 1)
      throws -> [String]
    {
      var builder = ONNXModelBuilder(opset: 18)
      builder.input("x", x.map { .fixed($0) })
      for (name, shape) in floats { builder.floats(name, shape, ramp(shape.reduce(1, *))) }
      let names = (0..<outputs).map { "y\($0)" }
      builder.node(op, ["x"] + floats.map(\.0), names, attributes)
      for name in names { builder.output(name) }
      return try builder.diagnostics().map(\.code)
    }
    let image = [1, 2, 4, 4]
    #expect(try code("ConvTranspose", x: image, floats: [("w", [3, 2, 2, 2])], [:]) == ["bad-shape"])
    #expect(try code("ConvTranspose", x: image, floats: [("w", [2, 2, 2, 2])], ["strides": .ints([0, 1])]) == ["bad-attribute"])
    #expect(try code("ConvTranspose", x: image, floats: [("w", [2, 2, 2, 2])], ["strides": .ints([.max, 1])]) == ["bad-attribute"])
    #expect(try code("ConvTranspose", x: image, floats: [("w", [2, 2, 2, 2])], ["pads": .ints([9, 9, 9, 9])]) == ["bad-shape"])
    #expect(try code("ConvTranspose", x: image, floats: [("w", [2, 2, 2, 2])], ["auto_pad": .string("SOME")]) == ["bad-attribute"])
    #expect(try code("Conv", x: [1, 2, 2, 4, 4], floats: [("w", [3, 2, 4, 2, 2])], [:]) == ["bad-shape"])
    #expect(try code("Conv", x: [1, 2, 2, 2, 4, 4], floats: [("w", [3, 2, 1, 1, 1, 1])], [:]) == ["unsupported-operator"])
    #expect(try code("LpPool", x: image, ["kernel_shape": .ints([2, 2]), "p": .int(0)]) == ["bad-attribute"])
    #expect(try code("MaxPool", x: [1, 1, 40, 40], ["kernel_shape": .ints([20, 20])], outputs: 2) == ["unsupported-operator"])
    #expect(try code("Resize", x: image, floats: [("roi", [0]), ("s", [4])], ["mode": .string("magic")]) != [])
    #expect(try code("Resize", x: image, floats: [("roi", [0]), ("s", [3])], [:]) == ["bad-node"])
    #expect(try code("MaxUnpool", x: image, [:]) == ["bad-node"])
    #expect(try code("GridSample", x: image, [:]) == ["unsupported-operator"])
  }

  // MARK: - Index arithmetic

  private func indices(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { partial, length in partial.flatMap { prefix in (0..<length).map { prefix + [$0] } } }
  }
  private func flat(_ index: [Int], in shape: [Int]) -> Int? {
    var place = 0
    for (i, length) in zip(index, shape) {
      guard (0..<length).contains(i) else { return nil }
      place = place * length + i
    }
    return place
  }
  private func windows(_ test: Case, _ kernel: [Int]) -> [Int] {
    kernel.indices.map { axis in
      (test.x[axis + 2] + test.pads[axis] + test.pads[axis + kernel.count] - (kernel[axis] - 1) * test.dilations[axis] - 1)
        / test.strides[axis] + 1
    }
  }
  private func source(_ test: Case, _ at: [Int], _ tap: [Int]) -> Int? {
    flat(at.indices.map { at[$0] * test.strides[$0] + tap[$0] * test.dilations[$0] - test.pads[$0] }, in: Array(test.x.dropFirst(2)))
  }
}

extension Float {
  fileprivate var cubeRoot: Float {
    var root = self / 2
    for _ in 0..<60 { root = (2 * root + self / (root * root)) / 3 }
    return root
  }
}
