import CKernels

/// A layer as an instruction: operator, parameters, and the bytes of its inputs and constants.
struct Recipe {
  /// What one run does, for the rate.
  enum Work {
    case multiplyAccumulates(Int)
    /// Elements of the largest operand.
    case elements(Int)
  }

  var op: ck_operator
  var instruction = ck_instruction()
  var inputs: [Operand]
  var output: Operand
  var constants: [[UInt8]] = []
  var work: Work

  struct Operand {
    var bytes: [UInt8]
    var isInt8 = true
  }

  init<Parameters: BitwiseCopyable>(
    _ op: ck_operator, _ parameters: Parameters, inputs: [Operand], output: Operand, constants: [[UInt8]] = [], work: Work
  ) {
    (self.op, self.inputs, self.output, self.constants, self.work) = (op, inputs, output, constants, work)
    (instruction.opcode, instruction.input_count, instruction.output_count) = (op.opcode, UInt8(inputs.count), 1)
    instruction.constant_count = UInt8(constants.count)
    withUnsafeMutableBytes(of: &instruction.parameters) { $0.storeBytes(of: parameters, as: Parameters.self) }
    if let scratch = op.scratch { instruction.scratch_bytes = withUnsafePointer(to: instruction) { scratch($0) } }
  }

  init(_ layer: Layer) {
    var random = Bytes()
    switch layer.shape {
    case .gemm(let m, let k, let n): self = .gemm(m, k, n, &random)
    case .convolution(let height, let width, let channels, let outputs, let kernel, let stride):
      self = .convolution((height, width, channels), outputs, kernel, stride, &random)
    case .depthwise(let height, let width, let channels): self = .depthwise((height, width, channels), &random)
    case .pool(let kind, let height, let width, let channels, let kernel, let stride):
      self = .pool(kind, (height, width, channels), kernel, stride, &random)
    case .mean(let pixels, let channels): self = .mean(pixels, channels, &random)
    case .add(let count): self = .add(count, &random)
    case .table(let count): self = .table(count, &random)
    case .softmax(let rows, let columns): self = .softmax(rows, columns, &random)
    case .quantize(let count): self = .quantize(count, &random)
    case .dequantize(let count): self = .dequantize(count, &random)
    }
  }
}

/// The same pseudo-random bytes in every run.
struct Bytes {
  private var state: UInt32 = 1

  /// In [-127, 127].
  mutating func next() -> Int8 {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Int8(max(Int(state >> 24) - 128, -127))
  }

  /// An int8 operand as the arena holds it.
  mutating func activations(_ count: Int) -> Recipe.Operand {
    Recipe.Operand(bytes: (0..<count).map { _ in UInt8(bitPattern: next()) ^ ck_arena_xor() })
  }
}

extension Recipe.Operand {
  static func int8(_ count: Int) -> Recipe.Operand { Recipe.Operand(bytes: [UInt8](repeating: 0, count: count)) }
  static func floats(_ values: [Float]) -> Recipe.Operand { Recipe.Operand(bytes: byteArray(values), isInt8: false) }
}

func byteArray<Value: BitwiseCopyable>(_ values: [Value]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
