import CKernels
import Testing
import _TestSupport

/// COMPARE and SELECT against Swift's own comparisons.
@Suite struct SelectionTests {
  static let kinds = [CK_COMPARE_EQUAL, CK_COMPARE_NOT_EQUAL, CK_COMPARE_LESS, CK_COMPARE_LESS_OR_EQUAL]

  static func holds<Number: Comparable>(_ kind: ck_compare_kind, _ a: Number, _ b: Number) -> UInt8 {
    switch kind {
    case CK_COMPARE_EQUAL: a == b ? 1 : 0
    case CK_COMPARE_NOT_EQUAL: a != b ? 1 : 0
    case CK_COMPARE_LESS: a < b ? 1 : 0
    default: a <= b ? 1 : 0
    }
  }

  @Test(arguments: [CK_DTYPE_F32, CK_DTYPE_S32, CK_DTYPE_BOOL, CK_DTYPE_S8]) func compare(type: ck_dtype) {
    var runs = VariantRuns(ck_operator_compare)
    for seed: UInt64 in 0..<120 {
      var random = SeededRandom(seed: seed)
      let (dims, operand) = IntegerTests.walk(&random)
      let (a, b) = (operand(), operand()), kind = Self.kinds[Int(seed % 4)]
      var p = ck_compare_parameters()
      (p.kind, p.rank, p.type) = (kind.rawValue, UInt32(dims.count), type.rawValue)
      fill(&p.dims, dims, rest: UInt32(1))
      fill(&p.a_stride, a.strides, rest: UInt32(0))
      fill(&p.b_stride, b.strides, rest: UInt32(0))
      // Few values, so that equal ones meet.
      func numbers(_ count: Int) -> [Int] { (0..<count).map { _ in Int.random(in: -2...2, using: &random) } }
      let (x, y) = (numbers(a.count), numbers(b.count))
      let pairs = zip(IntegerTests.places(dims, a.strides), IntegerTests.places(dims, b.strides))
      let inputs: [Operand], expected: [UInt8]
      switch type {
      case CK_DTYPE_F32:
        func float(_ value: Int) -> Float { value == -2 ? .nan : value == 2 ? .infinity : Float(value) }
        inputs = [.f32(x.map(float)), .f32(y.map(float))]
        expected = pairs.map { Self.holds(kind, float(x[$0]), float(y[$1])) }
      case CK_DTYPE_S32:
        inputs = [.s32(x.map { Int32($0) << 30 }), .s32(y.map { Int32($0) << 30 })]
        expected = pairs.map { Self.holds(kind, Int32(x[$0]) << 30, Int32(y[$1]) << 30) }
      case CK_DTYPE_BOOL:
        inputs = [.bool(x.map { $0 > 0 }), .bool(y.map { $0 > 0 })]
        expected = pairs.map { Self.holds(kind, x[$0] > 0 ? 1 : 0, y[$1] > 0 ? 1 : 0) }
      default:
        // Steps of 1/2 and 1/4: the same real numbers at other levels.
        (p.a_scale, p.b_scale, p.a_zero_point, p.b_zero_point) = (0.5, 0.25, 3, -7)
        inputs = [.s8(x.map { Int8($0 * 2 + 3) }, isConstant: seed % 2 == 0), .s8(y.map { Int8($0 * 4 - 7) })]
        expected = pairs.map { Self.holds(kind, x[$0], y[$1]) }
      }
      runs.run(KernelCase(ck_operator_compare, p, inputs: inputs, output: CK_DTYPE_BOOL, count: expected.count), expecting: expected, seed: seed)
    }
  }

  @Test(arguments: [CK_DTYPE_S8, CK_DTYPE_BOOL, CK_DTYPE_S32, CK_DTYPE_F32]) func select(type: ck_dtype) {
    var runs = VariantRuns(ck_operator_select)
    for seed: UInt64 in 0..<120 {
      var random = SeededRandom(seed: seed)
      let (dims, operand) = IntegerTests.walk(&random)
      let (condition, a, b) = (operand(), operand(), operand()), size = Int(elementBytes(type))
      var p = ck_select_parameters()
      (p.element_bytes, p.rank) = (UInt32(size), UInt32(dims.count))
      fill(&p.dims, dims, rest: UInt32(1))
      fill(&p.condition_stride, condition.strides, rest: UInt32(0))
      fill(&p.a_stride, a.strides, rest: UInt32(0))
      fill(&p.b_stride, b.strides, rest: UInt32(0))
      let flags = (0..<condition.count).map { _ in Bool.random(using: &random) }
      func bytes(_ count: Int) -> [UInt8] { (0..<count * size).map { _ in UInt8.random(in: 0...255, using: &random) } }
      let (x, y) = (bytes(a.count), bytes(b.count))
      let (c, i, j) = (
        IntegerTests.places(dims, condition.strides), IntegerTests.places(dims, a.strides), IntegerTests.places(dims, b.strides)
      )
      let expected = c.indices.flatMap { flags[c[$0]] ? x[i[$0] * size..<(i[$0] + 1) * size] : y[j[$0] * size..<(j[$0] + 1) * size] }
      let inputs = [
        Operand.bool(flags), Operand(dtype: type, bytes: x, isConstant: seed % 3 == 0), Operand(dtype: type, bytes: y),
      ]
      runs.run(KernelCase(ck_operator_select, p, inputs: inputs, output: type, count: c.count), expecting: expected, seed: seed)
    }
  }

  @Test func refusesWhatLeavesAnOperand() {
    for seed: UInt64 in 0..<40 {
      var random = SeededRandom(seed: seed)
      let dims = (0..<Int.random(in: 1...3, using: &random)).map { _ in Int.random(in: 2...4, using: &random) }
      let count = dims.reduce(1, *)
      var strides = [Int](repeating: 1, count: dims.count)
      for axis in dims.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * dims[axis + 1] }
      var p = ck_select_parameters()
      (p.element_bytes, p.rank) = (4, UInt32(dims.count))
      fill(&p.dims, dims, rest: UInt32(1))
      fill(&p.condition_stride, strides, rest: UInt32(0))
      fill(&p.a_stride, strides, rest: UInt32(0))
      fill(&p.b_stride, strides, rest: UInt32(0))
      let floats = Operand.f32([Float](repeating: 1, count: count)), flags = Operand.bool([Bool](repeating: true, count: count))
      let short = Operand.f32([Float](repeating: 1, count: count - 1))
      func status(_ inputs: [Operand], _ p: ck_select_parameters) -> UInt16 {
        KernelCase(ck_operator_select, p, inputs: inputs, output: CK_DTYPE_F32, count: count).check().status
      }
      #expect(status([flags, floats, floats], p) == 0)
      #expect(status([flags, short, floats], p) == UInt16(CK_BAD_EXTENT.rawValue))
      #expect(status([flags, floats, short], p) == UInt16(CK_BAD_EXTENT.rawValue))
      #expect(status([.bool([Bool](repeating: true, count: count - 1)), floats, floats], p) == UInt16(CK_BAD_EXTENT.rawValue))
      #expect(status([floats, floats, floats], p) == UInt16(CK_BAD_OPERANDS.rawValue), "a condition of floats")
      p.a_stride.0 = .max
      #expect(status([flags, floats, floats], p) == UInt16(CK_BAD_EXTENT.rawValue))
    }
  }
}
