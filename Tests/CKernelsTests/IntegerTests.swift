import CKernels
import Testing
import _TestSupport

/// BINARY_INT, UNARY_INT, REDUCE_INT and CAST against Swift's own integers.
@Suite struct IntegerTests {
  static let types = [CK_DTYPE_S8, CK_DTYPE_U8, CK_DTYPE_S16, CK_DTYPE_S32]
  static let extremes: [Int32] = [0, 1, -1, 2, -2, 7, -7, 31, 32, 33, 127, -128, 255, 256, .max, .min, .max - 1, .min + 1]

  static func number(_ random: inout SeededRandom) -> Int32 {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: extremes[Int.random(in: 0..<extremes.count, using: &random)]
    case 1: Int32.random(in: -9...9, using: &random)
    default: Int32.random(in: .min ... .max, using: &random)
    }
  }

  static func wrapped(_ value: Int64, _ type: ck_dtype) -> Int32 {
    switch type {
    case CK_DTYPE_S8: Int32(Int8(truncatingIfNeeded: value))
    case CK_DTYPE_U8: Int32(UInt8(truncatingIfNeeded: value))
    case CK_DTYPE_S16: Int32(Int16(truncatingIfNeeded: value))
    default: Int32(truncatingIfNeeded: value)
    }
  }

  /// In 64 bits, where nothing but a power overflows.
  static func expected(_ kind: ck_binary_int_kind, _ a: Int64, _ b: Int64) -> Int64 {
    let floor = b == 0 ? 0 : Int64((Double(a) / Double(b)).rounded(.down))
    switch kind {
    case CK_BINARY_INT_ADD: return a + b
    case CK_BINARY_INT_SUBTRACT: return a - b
    case CK_BINARY_INT_MULTIPLY: return a * b
    case CK_BINARY_INT_DIVIDE: return b == 0 ? 0 : a / b
    case CK_BINARY_INT_FLOOR_DIVIDE: return floor
    case CK_BINARY_INT_REMAINDER: return b == 0 ? 0 : a - b * (a / b)
    case CK_BINARY_INT_FLOOR_REMAINDER: return b == 0 ? 0 : a - b * floor
    case CK_BINARY_INT_MAXIMUM: return max(a, b)
    case CK_BINARY_INT_MINIMUM: return min(a, b)
    case CK_BINARY_INT_POWER:
      if b < 0 { return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0 }
      // Modulo 2^64 the parts of a power repeat: enough factors for the 32 bits that are kept.
      return (0..<min(b, 70)).reduce(Int64(1)) { product, _ in product &* a } &* (b > 70 ? power(a, b - 70) : 1)
    case CK_BINARY_INT_AND: return a & b
    case CK_BINARY_INT_OR: return a | b
    case CK_BINARY_INT_XOR: return a ^ b
    case CK_BINARY_INT_SHIFT_LEFT: return (0...31).contains(b) ? a << b : 0
    default: return a >> ((0...31).contains(b) ? b : 31)
    }
  }

  private static func power(_ a: Int64, _ b: Int64) -> Int64 {
    b == 0 ? 1 : power(a &* a, b / 2) &* (b % 2 == 1 ? a : 1)
  }

  /// Dims, and the strides of an operand that repeats along some of them; how many elements it has.
  static func walk(_ random: inout SeededRandom) -> (dims: [Int], operand: () -> (strides: [Int], count: Int)) {
    let outer = (0..<Int.random(in: 0...5, using: &random)).map { _ in Int.random(in: 1...3, using: &random) }
    let dims = outer + [[1, 5, 16, 17, 33].randomElement(using: &random) ?? 1]
    let repeats = (0..<3).map { _ in dims.map { _ in Int.random(in: 0..<4, using: &random) == 0 } }
    var next = 0
    return (
      dims,
      {
        defer { next += 1 }
        var strides = [Int](repeating: 0, count: dims.count), step = 1
        for axis in dims.indices.reversed() where !repeats[next % 3][axis] {
          strides[axis] = step
          step *= dims[axis]
        }
        return (strides, step)
      }
    )
  }

  /// Element of an operand for each index of `dims`.
  static func places(_ dims: [Int], _ strides: [Int]) -> [Int] {
    zip(dims, strides).reduce([0]) { places, axis in places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } } }
  }

  @Test(arguments: CK_BINARY_INT_ADD.rawValue...CK_BINARY_INT_SHIFT_RIGHT.rawValue) func binary(kind: UInt32) {
    var runs = VariantRuns(ck_operator_binary_int)
    for seed: UInt64 in 0..<60 {
      var random = SeededRandom(seed: seed)
      let (dims, operand) = Self.walk(&random)
      let (a, b) = (operand(), operand())
      let x = (0..<a.count).map { _ in Self.number(&random) }, y = (0..<b.count).map { _ in Self.number(&random) }
      let type = Self.types[Int(seed % 4)]
      var p = ck_binary_int_parameters()
      (p.kind, p.rank, p.type) = (kind, UInt32(dims.count), type.rawValue)
      fill(&p.dims, dims, rest: UInt32(1))
      fill(&p.a_stride, a.strides, rest: UInt32(0))
      fill(&p.b_stride, b.strides, rest: UInt32(0))
      let values = zip(Self.places(dims, a.strides), Self.places(dims, b.strides)).map {
        Self.wrapped(Self.expected(ck_binary_int_kind(kind), Int64(x[$0]), Int64(y[$1])), type)
      }
      let kernelCase = KernelCase(ck_operator_binary_int, p, inputs: [.s32(x), .s32(y)], output: CK_DTYPE_S32, count: values.count)
      runs.run(kernelCase, expecting: littleEndian(values), seed: seed)
    }
  }

  @Test(arguments: [CK_BINARY_INT_AND, CK_BINARY_INT_OR, CK_BINARY_INT_XOR]) func logic(kind: ck_binary_int_kind) {
    var runs = VariantRuns(ck_operator_binary_int)
    var p = ck_binary_int_parameters()
    (p.kind, p.rank, p.type) = (kind.rawValue, 2, CK_DTYPE_BOOL.rawValue)
    fill(&p.dims, [2, 20], rest: UInt32(1))
    fill(&p.a_stride, [20, 1], rest: UInt32(0))
    fill(&p.b_stride, [0, 1], rest: UInt32(0))
    let x = (0..<40).map { $0 % 3 == 0 }, y = (0..<20).map { $0 % 2 == 0 }
    let expected = x.indices.map { index -> UInt8 in
      let (a, b) = (x[index], y[index % 20])
      return switch kind {
      case CK_BINARY_INT_AND: a && b ? 1 : 0
      case CK_BINARY_INT_OR: a || b ? 1 : 0
      default: a != b ? 1 : 0
      }
    }
    var kernelCase = KernelCase(ck_operator_binary_int, p, inputs: [.bool(x), .bool(y)], output: CK_DTYPE_BOOL, count: 40)
    runs.run(kernelCase, expecting: expected, seed: 0)
    kernelCase.with(ck_binary_int_parameters.self) { $0.kind = CK_BINARY_INT_ADD.rawValue }
    #expect(kernelCase.check().status == UInt16(CK_BAD_PARAMETER.rawValue), "truth values are not added")
  }

  @Test func unary() {
    var runs = VariantRuns(ck_operator_unary_int)
    for (seed, type) in Self.types.enumerated() {
      var random = SeededRandom(seed: UInt64(seed))
      for kind in [CK_UNARY_INT_NEGATE, CK_UNARY_INT_ABS, CK_UNARY_INT_SIGN, CK_UNARY_INT_NOT] {
        let x = Self.extremes + (0..<30).map { _ in Self.number(&random) }
        let expected = x.map { value -> Int32 in
          let wide = Int64(value)
          return switch kind {
          case CK_UNARY_INT_NEGATE: Self.wrapped(-wide, type)
          case CK_UNARY_INT_ABS: Self.wrapped(abs(wide), type)
          case CK_UNARY_INT_SIGN: Self.wrapped(wide.signum(), type)
          default: Self.wrapped(-wide - 1, type)
          }
        }
        let p = ck_unary_int_parameters(count: UInt64(x.count), kind: kind.rawValue, type: type.rawValue)
        let kernelCase = KernelCase(ck_operator_unary_int, p, inputs: [.s32(x)], output: CK_DTYPE_S32, count: x.count)
        runs.run(kernelCase, expecting: littleEndian(expected), seed: UInt64(seed))
      }
    }
    let p = ck_unary_int_parameters(count: 3, kind: CK_UNARY_INT_NOT.rawValue, type: CK_DTYPE_BOOL.rawValue)
    let logical = KernelCase(ck_operator_unary_int, p, inputs: [.bool([true, false, true])], output: CK_DTYPE_BOOL, count: 3)
    runs.run(logical, expecting: [0, 1, 0], seed: 0)
  }

  @Test func reduce() {
    var runs = VariantRuns(ck_operator_reduce_int)
    for seed: UInt64 in 0..<100 {
      var random = SeededRandom(seed: seed)
      let sizes = [1, 2, 3, 16, 17, 33]
      let (outer, axis, inner) = (Int(seed % 3) + 1, sizes[Int(seed % 6)], sizes[Int(seed / 6 % 6)])
      let kind = ck_reduce_kind(UInt32(seed % 5)), type = Self.types[Int(seed / 5 % 4)]
      let x = (0..<outer * axis * inner).map { _ in Self.number(&random) }
      let expected = (0..<outer * inner).map { index -> Int32 in
        let values = (0..<axis).map { Int64(x[(index / inner * axis + $0) * inner + index % inner]) }
        return switch kind {
        case CK_REDUCE_MEAN: Self.wrapped(values.reduce(0, +) / Int64(axis), type)
        case CK_REDUCE_SUM: Self.wrapped(values.reduce(0, +), type)
        case CK_REDUCE_MAX: Self.wrapped(values.max() ?? 0, type)
        case CK_REDUCE_MIN: Self.wrapped(values.min() ?? 0, type)
        default: Self.wrapped(values.reduce(1, &*), type)
        }
      }
      let p = ck_reduce_int_parameters(
        kind: kind.rawValue, outer: UInt32(outer), axis: UInt32(axis), inner: UInt32(inner), type: type.rawValue)
      let kernelCase = KernelCase(ck_operator_reduce_int, p, inputs: [.s32(x)], output: CK_DTYPE_S32, count: expected.count)
      runs.run(kernelCase, expecting: littleEndian(expected), seed: seed)
    }
    let p = ck_reduce_int_parameters(kind: CK_REDUCE_MAX.rawValue, outer: 2, axis: 2, inner: 1, type: CK_DTYPE_BOOL.rawValue)
    let any = KernelCase(ck_operator_reduce_int, p, inputs: [.bool([false, true, false, false])], output: CK_DTYPE_BOOL, count: 2)
    runs.run(any, expecting: [1, 0], seed: 0)
  }

  @Test func castOfFloatsCutsAndClamps() {
    var runs = VariantRuns(ck_operator_cast)
    let x: [Float] = [0, -0.0, 1.9, -1.9, 127.5, 128, -128.9, -129, 255.9, 256, -0.5, 32767.9, 1e6, 2_147_483_520, 3e9, -3e9, .infinity, -.infinity, .nan]
    let expected: [(ck_dtype, [Int32])] = [
      (CK_DTYPE_S8, [0, 0, 1, -1, 127, 127, -128, -128, 127, 127, 0, 127, 127, 127, 127, -128, 127, -128, 0]),
      (CK_DTYPE_U8, [0, 0, 1, 0, 127, 128, 0, 0, 255, 255, 0, 255, 255, 255, 255, 0, 255, 0, 0]),
      (CK_DTYPE_S16, [0, 0, 1, -1, 127, 128, -128, -129, 255, 256, 0, 32767, 32767, 32767, 32767, -32768, 32767, -32768, 0]),
      (
        CK_DTYPE_S32,
        [0, 0, 1, -1, 127, 128, -128, -129, 255, 256, 0, 32767, 1_000_000, 2_147_483_520, .max, .min, .max, .min, 0]
      ),
    ]
    for (type, values) in expected {
      let p = ck_cast_parameters(count: UInt64(x.count), from: CK_DTYPE_F32.rawValue, type: type.rawValue)
      let kernelCase = KernelCase(ck_operator_cast, p, inputs: [.f32(x)], output: CK_DTYPE_S32, count: x.count)
      runs.run(kernelCase, expecting: littleEndian(values), seed: UInt64(type.rawValue))
    }
    let p = ck_cast_parameters(count: UInt64(x.count), from: CK_DTYPE_F32.rawValue, type: CK_DTYPE_BOOL.rawValue)
    let truth = KernelCase(ck_operator_cast, p, inputs: [.f32(x)], output: CK_DTYPE_BOOL, count: x.count)
    runs.run(truth, expecting: x.map { $0 != 0 ? 1 : 0 }, seed: 0)
  }

  @Test func castOfIntegersAndTruthValues() {
    var runs = VariantRuns(ck_operator_cast)
    let x = Self.extremes
    for type in Self.types {
      let p = ck_cast_parameters(count: UInt64(x.count), from: CK_DTYPE_S32.rawValue, type: type.rawValue)
      let kernelCase = KernelCase(ck_operator_cast, p, inputs: [.s32(x)], output: CK_DTYPE_S32, count: x.count)
      runs.run(kernelCase, expecting: littleEndian(x.map { Self.wrapped(Int64($0), type) }), seed: UInt64(type.rawValue))
    }
    func run(_ from: Operand, _ to: ck_dtype, _ expected: [UInt8], count: Int) {
      let p = ck_cast_parameters(count: UInt64(count), from: from.dtype.rawValue, type: to.rawValue)
      runs.run(KernelCase(ck_operator_cast, p, inputs: [from], output: to, count: count), expecting: expected, seed: UInt64(to.rawValue))
    }
    run(.s32(x), CK_DTYPE_F32, littleEndian(x.map { Float($0).bitPattern }), count: x.count)
    run(.s32(x), CK_DTYPE_BOOL, x.map { $0 == 0 ? 0 : 1 }, count: x.count)
    let flags = (0..<33).map { $0 % 5 == 1 }
    run(.bool(flags), CK_DTYPE_F32, littleEndian(flags.map { Float($0 ? 1 : 0).bitPattern }), count: 33)
    let p = ck_cast_parameters(count: 33, from: CK_DTYPE_BOOL.rawValue, type: CK_DTYPE_S32.rawValue)
    let widened = KernelCase(ck_operator_cast, p, inputs: [.bool(flags)], output: CK_DTYPE_S32, count: 33)
    runs.run(widened, expecting: littleEndian(flags.map { Int32($0 ? 1 : 0) }), seed: 0)
    #expect(widened.ahead == disjoint, "an element of four bytes would cover three that are still to be read")
  }

  @Test func refusesTypesThatDoNotFit() {
    func status<P: BitwiseCopyable>(_ op: ck_operator, _ p: P, _ inputs: [Operand], _ output: ck_dtype, _ count: Int) -> UInt16 {
      KernelCase(op, p, inputs: inputs, output: output, count: count).check().status
    }
    let words = Operand.s32([1, 2]), floats = Operand.f32([1, 2])
    let unary = ck_unary_int_parameters(count: 2, kind: 0, type: CK_DTYPE_S32.rawValue)
    #expect(status(ck_operator_unary_int, unary, [words], CK_DTYPE_S32, 2) == 0)
    #expect(status(ck_operator_unary_int, unary, [floats], CK_DTYPE_S32, 2) != 0)
    #expect(status(ck_operator_unary_int, unary, [words], CK_DTYPE_S32, 1) != 0)
    #expect(status(ck_operator_unary_int, ck_unary_int_parameters(count: 2, kind: 4, type: 4), [words], CK_DTYPE_S32, 2) != 0)
    #expect(status(ck_operator_unary_int, ck_unary_int_parameters(count: 2, kind: 0, type: 5), [words], CK_DTYPE_S32, 2) != 0)
    #expect(status(ck_operator_unary_int, ck_unary_int_parameters(count: 0, kind: 0, type: 4), [words], CK_DTYPE_S32, 2) != 0)
    let f32 = CK_DTYPE_F32.rawValue
    #expect(status(ck_operator_cast, ck_cast_parameters(count: 2, from: f32, type: f32), [floats], CK_DTYPE_F32, 2) != 0)
    #expect(status(ck_operator_cast, ck_cast_parameters(count: 2, from: f32, type: 4), [words], CK_DTYPE_S32, 2) != 0)
    #expect(status(ck_operator_cast, ck_cast_parameters(count: 2, from: 1, type: 4), [.s8([1, 2])], CK_DTYPE_S32, 2) != 0)
    var p = ck_reduce_int_parameters(kind: 5, outer: 1, axis: 2, inner: 1, type: 4)
    #expect(status(ck_operator_reduce_int, p, [words], CK_DTYPE_S32, 1) != 0)
    p.kind = 1
    #expect(status(ck_operator_reduce_int, p, [words], CK_DTYPE_S32, 1) == 0)
    p.axis = .max
    #expect(status(ck_operator_reduce_int, p, [words], CK_DTYPE_S32, 1) != 0)
  }
}
