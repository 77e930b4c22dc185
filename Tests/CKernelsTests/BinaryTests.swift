import CKernels
import Testing
import _TestSupport

@Suite struct BinaryTests {
  static let kinds = [
    CK_BINARY_ADD, CK_BINARY_SUBTRACT, CK_BINARY_MULTIPLY, CK_BINARY_DIVIDE, CK_BINARY_MAXIMUM, CK_BINARY_MINIMUM,
  ]

  /// The formulas of ck_binary_parameters.
  static func combine(_ kind: ck_binary_kind, _ a: Int, _ b: Int, _ p: ck_binary_parameters) -> Float {
    let x = Float(a) * p.a_scale, y = Float(b) * p.b_scale
    return switch kind {
    case CK_BINARY_ADD: x + y
    case CK_BINARY_SUBTRACT: x - y
    case CK_BINARY_MULTIPLY: Float(a * b) * p.a_scale
    case CK_BINARY_DIVIDE: a == 0 && b == 0 ? 0 : Float(a) / Float(b) * p.a_scale
    case CK_BINARY_MAXIMUM: Swift.max(x, y)
    default: Swift.min(x, y)
    }
  }

  static func makeCase(seed: UInt64) -> (KernelCase, [UInt8]) {
    var random = SeededRandom(seed: seed)
    let kind = kinds[Int(seed) % kinds.count]
    let rank = seed % 3 == 0 ? 1 : Int.random(in: 1...6, using: &random)
    var dims = (0..<rank).map { _ in Int.random(in: 1...4, using: &random) }
    dims[rank - 1] = Int.random(in: 1...70, using: &random)
    let strides = (0..<2).map { operand -> [Int] in
      // Dense, broadcast along some dimensions, or with gaps.
      let isDense = seed % 3 == 0 || Int.random(in: 0..<3, using: &random) == 0
      var stride = 1
      return dims.reversed().map { dim -> Int in
        defer { stride *= dim }
        if isDense { return stride }
        return Bool.random(using: &random) ? 0 : stride + Int.random(in: 0...2, using: &random)
      }.reversed()
    }
    let operands = strides.map { stride -> [Int8] in
      randomS8(zip(dims, stride).reduce(1) { $0 + ($1.0 - 1) * $1.1 }, using: &random)
    }
    var p = ck_binary_parameters()
    (p.kind, p.rank) = (kind.rawValue, UInt32(rank))
    fill(&p.dims, dims, rest: UInt32(1))
    fill(&p.a_stride, strides[0], rest: UInt32(0))
    fill(&p.b_stride, strides[1], rest: UInt32(0))
    (p.a_scale, p.b_scale) = (Float.random(in: 0.01...3, using: &random), Float.random(in: 0.01...3, using: &random))
    let ends: [Int8] = [-128, 127, 0, 11]
    p.a_zero_point = ends.randomElement(using: &random) ?? 0
    p.b_zero_point = ends.randomElement(using: &random) ?? 0
    p.output_zero_point = ends.randomElement(using: &random) ?? 0
    (p.output_min, p.output_max) = seed % 4 == 0 ? (-20, 90) : (-128, 127)

    var reference: [UInt8] = []
    for index in 0..<dims.reduce(1, *) {
      var rest = index, places = [0, 0]
      for axis in stride(from: rank - 1, through: 0, by: -1) {
        for operand in 0..<2 { places[operand] += rest % dims[axis] * strides[operand][axis] }
        rest /= dims[axis]
      }
      let a = Int(operands[0][places[0]]) - Int(p.a_zero_point), b = Int(operands[1][places[1]]) - Int(p.b_zero_point)
      let value = combine(kind, a, b, p)
      let bounds = Int(p.output_min)...Int(p.output_max)
      reference.append(UInt8(bitPattern: quantized(value, zeroPoint: Int(p.output_zero_point), in: bounds)))
    }
    let inputs = [Operand.s8(operands[0]), .s8(operands[1], isConstant: seed % 5 == 0)]
    return (KernelCase(ck_operator_binary_s8, p, inputs: inputs, output: CK_DTYPE_S8, count: reference.count), reference)
  }

  @Test func everyShapeMatchesTheReference() {
    var runs = VariantRuns(ck_operator_binary_s8)
    for seed: UInt64 in 0..<600 {
      let (kernelCase, reference) = Self.makeCase(seed: seed)
      runs.run(kernelCase, expecting: reference, seed: seed)
    }
    runs.report()
  }

  @Test func onlyAnOperandThatLiesLikeTheOutputMayOverlapIt() {
    var p = ck_binary_parameters()
    (p.rank, p.a_scale, p.b_scale) = (2, 1, 1)
    fill(&p.dims, [3, 4], rest: UInt32(1))
    fill(&p.a_stride, [4, 1], rest: UInt32(0))
    fill(&p.b_stride, [0, 1], rest: UInt32(0))
    let inputs = [Operand.s8([Int8](repeating: 0, count: 12)), .s8([0, 0, 0, 0])]
    let kernelCase = KernelCase(ck_operator_binary_s8, p, inputs: inputs, output: CK_DTYPE_S8, count: 12)
    #expect(kernelCase.ahead(of: 0) == 0)
    #expect(kernelCase.ahead(of: 1) == disjoint)
  }
}

/// Sets a C array from `values`, `rest` past them.
func fill<Tuple, Element: BinaryInteger & BitwiseCopyable>(_ tuple: inout Tuple, _ values: [Int], rest: Element) {
  withUnsafeMutableBytes(of: &tuple) { bytes in
    let elements = bytes.bindMemory(to: Element.self)
    for index in elements.indices { elements[index] = index < values.count ? Element(truncatingIfNeeded: values[index]) : rest }
  }
}
