import CKernels
import Testing
import _TestSupport

/// ARG_REDUCE, TOP_K and CUMULATIVE_SUM against sorting and adding written plainly, between guard pages, whole and in parts.
@Suite struct OrderTests {
  static let types = [CK_DTYPE_F32, CK_DTYPE_S32, CK_DTYPE_S8]

  /// Few different numbers, so that many are equal; a NaN now and then where the type has one.
  static func numbers(_ count: Int, _ type: ck_dtype, _ random: inout SeededRandom) -> [Double] {
    (0..<count).map { _ in
      if type == CK_DTYPE_F32, Int.random(in: 0..<12, using: &random) == 0 { return .nan }
      return [Double(Int.random(in: -3...3, using: &random)), -128, 127].randomElement(using: &random) ?? 0
    }
  }
  static func operand(_ numbers: [Double], _ type: ck_dtype) -> Operand {
    switch type {
    case CK_DTYPE_F32: .f32(numbers.map(Float.init))
    case CK_DTYPE_S32: .s32(numbers.map { Int32($0) })
    default: .s8(numbers.map { Int8($0) })
    }
  }
  /// NaN is larger than every number.
  static func key(_ number: Double) -> Double { number.isNaN ? .infinity : number }

  /// Positions of a column's elements.
  static func column(_ outer: Int, _ axis: Int, _ inner: Int, _ i: Int) -> [Int] { (0..<axis).map { (outer * axis + $0) * inner + i } }

  @Test func argReduceFindsTheExtreme() {
    var runs = VariantRuns(ck_operator_arg_reduce)
    for seed: UInt64 in 0..<300 {
      var random = SeededRandom(seed: seed)
      let (outer, axis) = (Int.random(in: 1...4, using: &random), Int.random(in: 1...20, using: &random))
      let inner = [1, 2, 15, 16, 17, 33][Int(seed) % 6], type = Self.types[Int(seed / 6) % 3]
      let takesLast = Bool.random(using: &random), isMax = Bool.random(using: &random)
      let values = Self.numbers(outer * axis * inner, type, &random)
      var expected: [Int32] = []
      for o in 0..<outer {
        for i in 0..<inner {
          let column = Self.column(o, axis, inner, i).map { values[$0] }
          // A NaN is the most extreme of both ends.
          let keys = column.map { $0.isNaN ? Double.infinity : isMax ? $0 : -$0 }
          let extreme = keys.max() ?? 0
          expected.append(Int32((takesLast ? keys.lastIndex(of: extreme) : keys.firstIndex(of: extreme)) ?? 0))
        }
      }
      let p = ck_arg_reduce_parameters(
        kind: (isMax ? CK_ARG_MAX : CK_ARG_MIN).rawValue, outer: UInt32(outer), axis: UInt32(axis), inner: UInt32(inner),
        takes_last: takesLast ? 1 : 0, type: type.rawValue)
      let kernelCase = KernelCase(
        ck_operator_arg_reduce, p, inputs: [Self.operand(values, type)], output: CK_DTYPE_S32, count: expected.count)
      runs.run(kernelCase, expecting: littleEndian(expected), seed: seed)
    }
  }

  @Test func cumulativeSumsRunEitherWay() {
    var runs = VariantRuns(ck_operator_cumulative_sum)
    for seed: UInt64 in 0..<300 {
      var random = SeededRandom(seed: seed)
      let (outer, axis) = (Int.random(in: 1...4, using: &random), Int.random(in: 1...20, using: &random))
      let inner = [1, 2, 15, 16, 17, 33][Int(seed) % 6], isFloat = seed % 2 == 0
      let (isExclusive, isReverse) = (Bool.random(using: &random), Bool.random(using: &random))
      // Halves add up exactly, in any order; integers wrap around to their type.
      let type = isFloat ? CK_DTYPE_F32 : IntegerTests.types[Int(seed / 2) % 4]
      let values = (0..<outer * axis * inner).map { _ in Int64(Int32.random(in: isFloat ? -999...999 : .min ... .max, using: &random)) }
      var sums = [Int64](repeating: 0, count: values.count)
      for o in 0..<outer {
        for i in 0..<inner {
          let column = Self.column(o, axis, inner, i)
          var sum: Int64 = 0
          for place in isReverse ? column.reversed() : column {
            sums[place] = isExclusive ? sum : sum + values[place]
            sum += values[place]
          }
        }
      }
      let p = ck_cumulative_sum_parameters(
        outer: UInt32(outer), axis: UInt32(axis), inner: UInt32(inner), is_exclusive: isExclusive ? 1 : 0, is_reverse: isReverse ? 1 : 0,
        type: type.rawValue)
      let input = isFloat ? Operand.f32(values.map { Float($0) / 2 }) : .s32(values.map { Int32($0) })
      let expected = isFloat ? Operand.f32(sums.map { Float($0) / 2 }) : .s32(sums.map { IntegerTests.wrapped($0, type) })
      let kernelCase = KernelCase(
        ck_operator_cumulative_sum, p, inputs: [input], output: isFloat ? CK_DTYPE_F32 : CK_DTYPE_S32, count: values.count)
      runs.run(kernelCase, expecting: expected.bytes, seed: seed)
    }
  }

  /// TOP_K has two outputs, which the common harness does not: the same buffers by hand.
  @Test func topKSortsTheFirst() {
    for seed: UInt64 in 0..<300 {
      var random = SeededRandom(seed: seed)
      let (outer, axis) = (Int.random(in: 1...4, using: &random), Int.random(in: 1...20, using: &random))
      let inner = [1, 2, 15, 16, 17, 33][Int(seed) % 6], type = Self.types[Int(seed / 6) % 3]
      let k = Int.random(in: 1...axis, using: &random), takesLargest = Bool.random(using: &random)
      let values = Self.numbers(outer * axis * inner, type, &random)
      var places = [Int](repeating: 0, count: outer * k * inner)
      for o in 0..<outer {
        for i in 0..<inner {
          let keys = Self.column(o, axis, inner, i).map { Self.key(values[$0]) }
          let order = keys.indices.sorted { a, b in
            keys[a] == keys[b] ? a < b : takesLargest ? keys[a] > keys[b] : keys[a] < keys[b]
          }
          for j in 0..<k { places[(o * k + j) * inner + i] = order[j] }
        }
      }
      let chosen = places.enumerated().map { at, place in values[(at / (k * inner) * axis + place) * inner + at % inner] }
      let p = ck_top_k_parameters(
        outer: UInt32(outer), axis: UInt32(axis), inner: UInt32(inner), k: UInt32(k), takes_largest: takesLargest ? 1 : 0, type: type.rawValue)
      let input = Self.operand(values, type), best = Self.operand(chosen, type)
      runTopK(p, input, expecting: best, littleEndian(places.map { Int32($0) }), rowEnd: Int.random(in: 0...outer, using: &random), seed: seed)
    }
  }

  private func runTopK(
    _ parameters: ck_top_k_parameters, _ input: Operand, expecting best: Operand, _ places: [UInt8], rowEnd: Int, seed: UInt64
  ) {
    var instruction = ck_instruction()
    (instruction.opcode, instruction.input_count, instruction.output_count) = (ck_operator_top_k.opcode, 1, 2)
    withUnsafeMutableBytes(of: &instruction.parameters) { $0.storeBytes(of: parameters, as: ck_top_k_parameters.self) }
    let domain = input.domain
    let from = GuardedBuffer(input.bytes.map { $0 ^ domain })
    let values = GuardedBuffer(count: best.bytes.count, filling: 0xCC), indices = GuardedBuffer(count: places.count, filling: 0xCC)
    withUnsafePointer(to: instruction) { instruction in
      var bound = ck_bound()
      bound.instruction = instruction
      (bound.operand.0, bound.operand.1, bound.operand.2) = (from.start, values.start, indices.start)
      (bound.operand_xor.0, bound.operand_xor.1) = (domain, domain)
      ck_operator_top_k.bind(instruction, CK_ISA_SCALAR, &bound)
      let middle = bound.panels / 2
      for rows in [0..<UInt32(rowEnd), UInt32(rowEnd)..<bound.rows] {
        for panels in [middle..<bound.panels, 0..<middle] {
          let range = ck_range(
            row_begin: rows.lowerBound, row_end: rows.upperBound, panel_begin: panels.lowerBound, panel_end: panels.upperBound)
          #expect(bound.run(&bound, range) == CK_OK)
        }
      }
    }
    let (found, strayValues) = values.close(), (order, strayIndices) = indices.close()
    #expect(from.close().strayWrites + strayValues + strayIndices == 0, "seed \(seed)")
    #expect(found.map { $0 ^ domain } == best.bytes, "values, seed \(seed)")
    #expect(order == places, "indices, seed \(seed)")
  }
}
