import Foundation
import ModelGraph
import ModelImport
import SystemPackage
import Testing
import _TestSupport

/// Damaged and foreign files end as errors, never as a trap.
@Suite struct ONNXDamageTests {
  /// A small model that goes through most converters.
  static func model() -> ONNXModelBuilder {
    var builder = ONNXModelBuilder(opset: 13)
    builder.input("x", ["n", 2, 6, 6])
    builder.floats("w", [4, 1, 3, 3], ramp(36))
    builder.floats("b", [4], ramp(4))
    builder.floats("bn", [4], [1, 2, 3, 4])
    builder.floats("dense", [3, 24], ramp(72))
    builder.integers("shape", [0, -1])
    builder.integers("axes", [-1])
    builder.integers("pads", [0, 0, 1, 1, 0, 0, 1, 1])
    builder.integers("starts", [-3])
    builder.integers("ends", [9])
    builder.integers("steps", [2])
    builder.node("Conv", ["x", "w", "b"], ["c"], ["group": .int(2), "strides": .ints([1, 1]), "auto_pad": .string("SAME_UPPER")])
    builder.node("BatchNormalization", ["c", "bn", "bn", "b", "bn"], ["n"], ["epsilon": .float(0.001)])
    builder.node("Clip", ["n"], ["r"])
    builder.node("Pad", ["r", "pads"], ["p"])
    builder.node("MaxPool", ["p"], ["m"], ["kernel_shape": .ints([3, 3]), "strides": .ints([3, 3]), "ceil_mode": .int(1)])
    builder.node("AveragePool", ["m"], ["a"], ["kernel_shape": .ints([2, 2]), "count_include_pad": .int(1), "pads": .ints([1, 0, 0, 0])])
    builder.node("DepthToSpace", ["a"], ["d"], ["blocksize": .int(2)])
    builder.node("Slice", ["d", "starts", "ends", "axes", "steps"], ["s"])
    builder.node("Concat", ["s", "s"], ["cc"], ["axis": .int(1)])
    builder.node("Split", ["d"], ["s0", "s1"], ["axis": .int(2)])
    builder.node("Shape", ["d"], ["sh"])
    builder.node("Gather", ["sh", "axes"], ["g"])
    builder.node("Expand", ["s0", "g"], ["e"])
    builder.node("Reshape", ["a", "shape"], ["f"])
    builder.node("Gemm", ["f", "dense"], ["y0"], ["transB": .int(1), "alpha": .float(0.5)])
    builder.node("Softmax", ["y0"], ["y"], ["axis": .int(1)])
    builder.node("ReduceMean", ["cc"], ["z"], ["axes": .ints([1, 2])])
    builder.node("Transpose", ["e"], ["t"], ["perm": .ints([0, 2, 3, 1])])
    builder.output("y", "z", "t", "s1")
    return builder
  }

  /// True where the bytes import, false where they are refused.
  @discardableResult
  static func survives(_ bytes: [UInt8]) throws -> Bool {
    do {
      let graph = try importONNX(bytes, name: "damaged.onnx", options: ImportOptions())
      for value in graph.values { _ = try checkedProduct(value.type.shape) }
      return true
    } catch let error as DiagnosticError {
      #expect(!error.diagnostics.isEmpty && error.diagnostics.allSatisfy { !$0.code.isEmpty && !$0.message.isEmpty })
      return false
    }
  }

  @Test func theModelItselfImports() throws {
    let graph = try Self.model().imported()
    #expect(graph.outputs.map(\.type.shape) == [[1, 3], [1, 1, 1, 2], [1, 3, 4, 1], [1, 1, 3, 4]])
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try Self.model().bytes()
    let whole = try (0..<bytes.count).filter { try Self.survives(Array(bytes.prefix($0))) }
    // Only a cut after the graph and before the operator set could be whole; there is none.
    #expect(whole.isEmpty)
  }

  @Test(arguments: 0..<8) func mutationsNeverTrap(seed: Int) throws {
    let bytes = try Self.model().bytes()
    var random = SeededRandom(seed: UInt64(seed))
    var refused = 0
    for round in 0..<1000 {
      var damaged = bytes
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let position = Int.random(in: 0..<damaged.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: damaged[position] = UInt8.random(in: 0...255, using: &random)
        case 1: damaged[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: damaged.remove(at: position)
        default: damaged.insert([0x7f, 0xff, 0x80, 0x01].randomElement(using: &random) ?? 0, at: position)
        }
      }
      do { if try !Self.survives(damaged) { refused += 1 } } catch { Issue.record("seed \(seed), round \(round): \(error)") }
    }
    #expect(refused > 100)
  }

  /// Extreme numbers in every attribute and every small integer tensor, one at a time.
  @Test func extremeNumbersNeverTrap() throws {
    let model = Self.model()
    let extremes: [Int64] = [0, -1, 1, 7, 1 << 20, Int64(Int32.max), 1 << 40, .max, .min, .min + 1]
    for (n, node) in model.model.graph.node.enumerated() {
      for (a, attribute) in node.attribute.enumerated() {
        for extreme in extremes {
          var damaged = model
          damaged.model.graph.node[n].attribute[a].i = extreme
          for i in attribute.ints.indices {
            damaged.model.graph.node[n].attribute[a].ints[i] = extreme
            try Self.survives(damaged.bytes())
          }
          damaged.model.graph.node[n].attribute[a].f = Float(extreme) * Float(extreme) * Float(extreme)
          try Self.survives(damaged.bytes())
        }
      }
    }
    for (t, tensor) in model.model.graph.initializer.enumerated() {
      for i in tensor.int64Data.indices {
        for extreme in extremes {
          var damaged = model
          damaged.model.graph.initializer[t].int64Data[i] = extreme
          try Self.survives(damaged.bytes())
        }
      }
      for i in tensor.dims.indices {
        for extreme in extremes {
          var damaged = model
          damaged.model.graph.initializer[t].dims[i] = extreme
          try Self.survives(damaged.bytes())
        }
      }
    }
    for axis in 0..<4 {
      for extreme in extremes {
        var damaged = model
        damaged.model.graph.input[0].type.tensorType.shape.dim[axis].dimValue = extreme
        try Self.survives(damaged.bytes())
      }
    }
  }

  /// Every operator with every count of inputs of every rank, without attributes.
  @Test func everyOperatorRefusesWhatItCannotTake() throws {
    for op in supportedONNXOperators {
      for opset in [1, 6, 7, 13, 28] {
        for count in 0...6 {
          for rank in 0...5 {
            var builder = ONNXModelBuilder(opset: opset)
            builder.input("x", Array(repeating: 2, count: rank))
            builder.floats("w", Array(repeating: 2, count: rank), ramp(1 << rank))
            builder.integers("i", [-1])
            let inputs = ["x"] + (0..<5).map { $0 % 2 == 0 ? "w" : "i" }
            builder.node(op, Array(inputs.prefix(count)), ["y"])
            builder.output("y")
            try Self.survives(builder.bytes())
            builder.model.graph.node[0].input = Array(["i", "i", "i", "w", "i", "i"].prefix(count))
            try Self.survives(builder.bytes())
            builder.model.graph.node[0].input = Array(["w", "i", "w", "x", "", ""].prefix(count))
            try Self.survives(builder.bytes())
          }
        }
      }
    }
  }

  @Test func foreignFilesAreNamed() throws {
    for text in ["", "hello, this is no model", "\u{89}PNG\r\n", "{\"a\": 1}"] {
      #expect(try !Self.survives(Array(text.utf8)), "\(text)")
    }
    let missing = #expect(throws: DiagnosticError.self) { try importModel(at: "no/such/model.onnx", options: ImportOptions()) }
    #expect(missing?.diagnostics.map(\.code) == ["unreadable-file"])
    let folder = #expect(throws: DiagnosticError.self) { try importModel(at: "/", options: ImportOptions()) }
    #expect(folder?.diagnostics.map(\.code) == ["unreadable-file"])
  }
}
