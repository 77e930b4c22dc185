import ModelGraph
import ModelImport
import Testing

/// Spatial operators against loops written for ONNX's own layout.
@Suite struct ONNXConvolutionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var x: [Int], weight: [Int]
    var strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0], groups = 1
    var autoPad: String? = nil
    var testDescription: String { "\(x) \(weight) s\(strides) d\(dilations) p\(pads) g\(groups) \(autoPad ?? "")" }
  }

  static let cases = [
    Case(x: [1, 1, 5, 5], weight: [2, 1, 3, 3]),
    Case(x: [2, 3, 6, 7], weight: [4, 3, 3, 2], strides: [2, 1], pads: [1, 0, 2, 1]),
    Case(x: [1, 4, 6, 5], weight: [4, 1, 3, 3], pads: [1, 1, 1, 1], groups: 4),
    Case(x: [1, 4, 6, 5], weight: [8, 1, 3, 3], strides: [2, 2], pads: [0, 1, 1, 0], groups: 4),
    Case(x: [1, 4, 5, 5], weight: [6, 2, 1, 1], groups: 2),
    Case(x: [1, 2, 9, 9], weight: [3, 2, 3, 3], dilations: [2, 3], pads: [2, 3, 2, 3]),
    Case(x: [1, 2, 6, 7], weight: [3, 2, 3, 3], strides: [2, 2], autoPad: "SAME_UPPER"),
    Case(x: [1, 2, 6, 7], weight: [3, 2, 3, 2], strides: [2, 2], autoPad: "SAME_LOWER"),
    Case(x: [1, 2, 6, 7], weight: [3, 2, 3, 3], strides: [2, 3], autoPad: "VALID"),
  ]

  @Test(arguments: cases) func convolution(_ test: Case) throws {
    let x = ramp(test.x.reduce(1, *)), weight = ramp(test.weight.reduce(1, *)), bias = ramp(test.weight[0])
    var attributes: [String: ONNXModelBuilder.Attribute] = [
      "strides": .ints(test.strides), "dilations": .ints(test.dilations), "group": .int(test.groups),
    ]
    if let auto = test.autoPad { attributes["auto_pad"] = .string(auto) } else { attributes["pads"] = .ints(test.pads) }
    let result = try runONNX(
      "Conv", x: test.x, x, floats: [("w", test.weight, weight), ("b", [test.weight[0]], bias)], attributes: attributes)

    var (pads, size) = (test.pads, [0, 0])
    for axis in 0..<2 {
      let reach = (test.weight[axis + 2] - 1) * test.dilations[axis] + 1
      if let auto = test.autoPad {
        size[axis] =
          auto == "VALID"
          ? (test.x[axis + 2] - reach) / test.strides[axis] + 1 : (test.x[axis + 2] + test.strides[axis] - 1) / test.strides[axis]
        let total = auto == "VALID" ? 0 : max(0, (size[axis] - 1) * test.strides[axis] + reach - test.x[axis + 2])
        pads[axis] = auto == "SAME_LOWER" ? (total + 1) / 2 : total / 2
      } else {
        size[axis] = (test.x[axis + 2] + pads[axis] + pads[axis + 2] - reach) / test.strides[axis] + 1
      }
    }
    var expected: [Float] = []
    let (channels, perGroup, depth) = (test.x[1], test.weight[0] / test.groups, test.weight[1])
    for n in 0..<test.x[0] {
      for o in 0..<test.weight[0] {
        for row in 0..<size[0] {
          for column in 0..<size[1] {
            var sum = bias[o]
            for c in 0..<depth {
              for ky in 0..<test.weight[2] {
                for kx in 0..<test.weight[3] {
                  let y = row * test.strides[0] + ky * test.dilations[0] - pads[0]
                  let z = column * test.strides[1] + kx * test.dilations[1] - pads[1]
                  guard y >= 0, y < test.x[2], z >= 0, z < test.x[3] else { continue }
                  let channel = o / perGroup * depth + c
                  sum +=
                    x[((n * channels + channel) * test.x[2] + y) * test.x[3] + z]
                    * weight[((o * depth + c) * test.weight[2] + ky) * test.weight[3] + kx]
                }
              }
            }
            expected.append(sum)
          }
        }
      }
    }
    #expect(result.shape == [test.x[0], test.weight[0]] + size)
    #expect(isClose(result.values, expected))
  }

  @Test func oneSpatialAxisRunsAsAnImageOfHeightOne() throws {
    let result = try runONNX(
      "Conv", x: [1, 1, 5], [1, 2, 3, 4, 5], floats: [("w", [1, 1, 3], [1, 10, 100])],
      attributes: ["pads": .ints([1, 1]), "strides": .ints([2])])
    #expect(result.shape == [1, 1, 3])
    #expect(result.values == [210, 432, 54])
  }

  @Test func weightsBecomeOHWI() throws {
    var builder = ONNXModelBuilder()
    builder.input("x", [1, 2, 4, 4])
    builder.floats("w", [1, 2, 1, 2], [1, 2, 3, 4])
    builder.node("Conv", ["x", "w"], ["y"])
    builder.output("y")
    let graph = try builder.imported()
    let node = try #require(graph.nodes.first { $0.op is Convolution2D })
    #expect(node.name == "conv_0" && node.sourceOperator == "Conv")
    let weight = try #require(node.inputs[1].flatMap { graph[$0].constant })
    #expect(weight == Tensor(shape: [1, 1, 2, 2], floats: [1, 3, 2, 4]))
  }

  @Test func maxPoolInCeilModeCoversTheEnd() throws {
    let result = try runONNX(
      "MaxPool", x: [1, 1, 1, 6], [1, 2, 3, 4, 5, 6],
      attributes: ["kernel_shape": .ints([1, 3]), "strides": .ints([1, 2]), "ceil_mode": .int(1)])
    #expect(result.shape == [1, 1, 1, 3] && result.values == [3, 5, 6])
  }

  @Test func ceilModeDropsAWindowThatStartsPastTheImage() throws {
    let result = try runONNX(
      "MaxPool", x: [1, 1, 1, 3], [1, 2, 3],
      attributes: ["kernel_shape": .ints([1, 1]), "strides": .ints([1, 3]), "ceil_mode": .int(1)])
    #expect(result.shape == [1, 1, 1, 1] && result.values == [1])
  }

  @Test func averagePoolCountsPaddingOnlyWhenAsked() throws {
    func run(_ count: Int) throws -> [Float] {
      try runONNX(
        "AveragePool", x: [1, 1, 1, 5], [2, 4, 6, 8, 10],
        attributes: [
          "kernel_shape": .ints([1, 3]), "strides": .ints([1, 2]), "pads": .ints([0, 1, 0, 0]), "ceil_mode": .int(1),
          "count_include_pad": .int(count),
        ]
      ).values
    }
    #expect(try run(0) == [3, 6, 9])
    #expect(try run(1) == [2, 6, 9])
  }

  @Test func dilatedMaxPool() throws {
    let result = try runONNX(
      "MaxPool", x: [1, 1, 1, 5], [5, 9, 1, 2, 7], attributes: ["kernel_shape": .ints([1, 2]), "dilations": .ints([1, 2])])
    #expect(result.values == [5, 9, 7])
  }

  @Test func globalPoolsKeepTheirAxes() throws {
    let average = try runONNX("GlobalAveragePool", x: [1, 2, 2, 2], [1, 2, 3, 6, 10, 20, 30, 40])
    #expect(average.shape == [1, 2, 1, 1] && average.values == [3, 25])
    let largest = try runONNX("GlobalMaxPool", x: [1, 2, 4], [1, 2, 3, 6, 10, 20, 30, 40])
    #expect(largest.shape == [1, 2, 1] && largest.values == [6, 40])
  }

  @Test func batchNormalizationIsAFactorAndAnOffset() throws {
    let result = try runONNX(
      "BatchNormalization", x: [1, 2, 1, 2], [1, 2, 3, 4],
      floats: [("scale", [2], [2, 3]), ("b", [2], [1, -1]), ("mean", [2], [1, 2]), ("variance", [2], [4, 0.25])],
      attributes: ["epsilon": .float(0)])
    #expect(isClose(result.values, [1, 2, 5, 11]))
  }

  @Test func depthToSpaceInBothModes() throws {
    let x = (0..<8).map { Float($0) }
    let dcr = try runONNX("DepthToSpace", x: [1, 8, 1, 1], x, attributes: ["blocksize": .int(2)])
    #expect(dcr.shape == [1, 2, 2, 2] && dcr.values == [0, 2, 4, 6, 1, 3, 5, 7])
    let crd = try runONNX("DepthToSpace", x: [1, 8, 1, 1], x, attributes: ["blocksize": .int(2), "mode": .string("CRD")])
    #expect(crd.values == x)
    let columns: [String: ONNXModelBuilder.Attribute] = ["blocksize": .int(2), "mode": .string("CRD")]
    #expect(try runONNX("SpaceToDepth", opset: 28, x: [1, 2, 2, 2], crd.values, attributes: columns).values == x)
    let back = try runONNX("SpaceToDepth", x: [1, 2, 2, 2], dcr.values, attributes: ["blocksize": .int(2)])
    #expect(back.shape == [1, 8, 1, 1] && back.values == x)
  }
}
