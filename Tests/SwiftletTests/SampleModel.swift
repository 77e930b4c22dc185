import CKernels

/// A net small enough to compute by hand, with one of everything the runtime binds: an NCHW input with mean and deviation, a table, a
/// dense layer with side arrays, a state with an initial value that an output feeds, an in-place sum; and a second program.
///
///     image [1, 2, 3, 3] -> negate -> dense 4 -> + memory -> sum      (sum -> memory)
struct SampleModel {
  static let mean: [Float] = [0.5, -0.25]
  static let inverseDeviation: [Float] = [2, 4]
  static let initialMemory: [Int8] = [1, -2, 3, -4]
  static let imageScale: Float = 0.05
  static let imageZeroPoint = 3
  static let denseScale: Float = 0.004
  static let outputScale: Float = 0.1

  var builder = SwlBuilder()
  let weights: [[Int8]] = (0..<4).map { n in SampleModel.row(n) }
  let bias: [Int32] = [100, -200, 300, -400]

  init(hasMetadata: Bool = false) {
    let table = builder.constant((0..<256).map { Int8(clamping: -($0 - 128)) })
    var packed = [Int8](repeating: 0, count: 5 * 64)
    for n in 0..<4 {
      for k in 0..<18 {
        let block = k / 4 * 64
        packed[block + n * 4 + k % 4] = weights[n][k]
      }
    }
    let sums: [Int32] = weights.map { row in row.reduce(Int32(0)) { sum, w in sum + Int32(w) } }
    let zeros = [Int32](repeating: 0, count: 12)
    let constants = [
      builder.constant(packed), builder.constant(bias + zeros),
      builder.constant(sums + zeros),
      builder.constant([Float](repeating: Self.denseScale, count: 4) + [Float](repeating: 0, count: 12)),
    ]
    let memoryStart = builder.constant(Self.initialMemory)
    let normalization = builder.constant(Self.mean + Self.inverseDeviation)

    let memory = builder.tensor("memory", [1, 4], at: 0)
    let image = builder.tensor("image", [1, 3, 3, 2], at: 64, scale: Self.imageScale, zeroPoint: Self.imageZeroPoint)
    let negated = builder.tensor("negated", [1, 3, 3, 2], at: 96, scale: Self.imageScale, zeroPoint: -Self.imageZeroPoint)
    let dense = builder.tensor("dense", [1, 4], at: 128)
    let sum = builder.tensor("sum", [1, 4], at: 128)
    builder.instruction(CK_OP_TABLE_S8, "negate", ck_table_parameters(count: 18), inputs: [image], outputs: [negated], constants: [table])
    var gemm = ck_gemm_parameters()
    (gemm.m, gemm.n, gemm.k, gemm.weight_layout) = (1, 4, 18, CK_LAYOUT_GEMM_C4X16.rawValue)
    gemm.input_zero_point = -Int32(Self.imageZeroPoint)
    (gemm.output_min, gemm.output_max) = (-128, 127)
    builder.instruction(CK_OP_GEMM_S8, "dense", gemm, inputs: [negated], outputs: [dense], constants: constants)
    var add = ck_binary_parameters()
    (add.kind, add.rank) = (CK_BINARY_ADD.rawValue, 1)
    add.dims = (4, 1, 1, 1, 1, 1)
    (add.a_stride.0, add.b_stride.0) = (1, 1)
    (add.a_scale, add.b_scale) = (1, 1)
    (add.output_min, add.output_max) = (-128, 127)
    builder.instruction(CK_OP_BINARY_S8, "add", add, inputs: [dense, memory], outputs: [sum])
    var input = builder.binding(CK_BINDING_INPUT, "image", tensor: image, dims: [1, 2, 3, 3], permutation: [0, 2, 3, 1])
    (input.channel_axis, input.channel_count, input.normalization) = (1, 2, normalization.offset)
    let output = builder.binding(CK_BINDING_OUTPUT, "sum", tensor: sum, dims: [1, 4])
    var state = builder.binding(CK_BINDING_STATE, "memory", tensor: memory, dims: [1, 4])
    (state.has_initial_value, state.initial_value, state.linked_output) = (1, memoryStart.offset, 0)
    builder.program("main", arena: 192, persistent: 64, bindings: [input, output, state])

    let x = builder.tensor("x", [5], at: 0)
    let y = builder.tensor("y", [5], at: 0)
    builder.instruction(CK_OP_TABLE_S8, "negate again", ck_table_parameters(count: 5), inputs: [x], outputs: [y], constants: [table])
    builder.program(
      "negate", arena: 64,
      bindings: [
        builder.binding(CK_BINDING_INPUT, "x", tensor: x, dims: [5]), builder.binding(CK_BINDING_OUTPUT, "y", tensor: y, dims: [5]),
      ])
    if hasMetadata { builder.metadata = [("source", "sample.onnx"), ("größe", "klein")] }
  }

  private static func row(_ n: Int) -> [Int8] {
    (0..<18).map { k in
      let value = (n * 31 + k * 17) % 61
      return Int8(value - 30)
    }
  }

  /// The image as int8 in NHWC order.
  func quantize(_ image: [Float]) -> [Int] {
    var nhwc = [Int](repeating: 0, count: 18)
    for c in 0..<2 {
      for p in 0..<9 {
        let x = (image[c * 9 + p] - Self.mean[c]) * Self.inverseDeviation[c]
        let q = (x * (1 / Self.imageScale)).rounded(.toNearestOrEven)
        nhwc[p * 2 + c] = min(max(Int(q) + Self.imageZeroPoint, -128), 127)
      }
    }
    return nhwc
  }

  /// What the main program answers, in int8, given its memory.
  func expected(_ image: [Float], memory: [Int]) -> [Int] {
    let negated = quantize(image).map { min(max(-$0, -128), 127) }
    return (0..<4).map { n in
      var sum = Int(bias[n])
      for k in 0..<18 { sum += (negated[k] + Self.imageZeroPoint) * Int(weights[n][k]) }
      let dense = min(max(Int((Float(sum) * Self.denseScale).rounded(.toNearestOrEven)), -128), 127)
      return min(max(dense + memory[n], -128), 127)
    }
  }

  static let image: [Float] = (0..<18).map { Float($0) * 0.11 - 0.9 }
}
