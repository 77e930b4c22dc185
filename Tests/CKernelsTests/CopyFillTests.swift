import CKernels
import Testing
import _TestSupport

@Suite struct CopyTests {
  /// A strided view with a random order of dimensions, gaps, and for the input reversed and repeated ones: byte strides and first offset.
  private static func view(
    _ dims: [Int], unit: Int, isInput: Bool, _ random: inout SeededRandom
  ) -> (strides: [Int], offset: Int, bytes: Int) {
    var strides = [Int](repeating: 0, count: dims.count)
    var step = unit
    for axis in dims.indices.shuffled(using: &random) {
      strides[axis] = step
      step *= dims[axis]
      step += unit * Int.random(in: 0...1, using: &random)
    }
    var offset = unit * Int.random(in: 0...3, using: &random)
    var last = offset
    for axis in dims.indices {
      if isInput, Int.random(in: 0..<4, using: &random) == 0 { strides[axis] = 0 }
      let reach = (dims[axis] - 1) * strides[axis]
      last += reach
      if isInput, Bool.random(using: &random) {
        offset += reach
        strides[axis] = -strides[axis]
      }
    }
    return (strides, offset, last + unit)
  }

  static func makeCase(seed: UInt64) -> (KernelCase, [UInt8]) {
    var random = SeededRandom(seed: seed)
    let isFloat = seed % 3 == 0, unit = isFloat ? 4 : 1
    let dims = (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 1...4, using: &random) }
    let from = view(dims, unit: unit, isInput: true, &random), to = view(dims, unit: unit, isInput: false, &random)
    var p = ck_copy_parameters()
    (p.rank, p.element_bytes) = (UInt32(dims.count), UInt32(unit))
    fill(&p.dims, dims, rest: UInt32(1))
    fill(&p.input_stride, from.strides, rest: Int32(0))
    fill(&p.output_stride, to.strides, rest: Int32(0))
    (p.input_offset, p.output_offset) = (UInt64(from.offset), UInt64(to.offset))
    var input = randomS8(from.bytes, using: &random).map(UInt8.init(bitPattern:))
    while input.count % unit != 0 { input.append(0) }
    let outputBytes = (to.bytes + unit - 1) / unit * unit
    // Bytes outside the view stay what they were: the harness fills memory, not s8 values, with 0xCC.
    var reference = [UInt8](repeating: 0xCC ^ (isFloat ? 0 : ck_arena_xor()), count: outputBytes)
    for index in 0..<dims.reduce(1, *) {
      var rest = index, source = from.offset, target = to.offset
      for axis in stride(from: dims.count - 1, through: 0, by: -1) {
        source += rest % dims[axis] * from.strides[axis]
        target += rest % dims[axis] * to.strides[axis]
        rest /= dims[axis]
      }
      for byte in 0..<unit { reference[target + byte] = input[source + byte] }
    }
    let type = isFloat ? CK_DTYPE_F32 : CK_DTYPE_S8
    let operand = Operand(dtype: type, bytes: input, isConstant: seed % 2 == 0)
    return (KernelCase(ck_operator_copy, p, inputs: [operand], output: type, count: outputBytes / unit), reference)
  }

  @Test func everyViewMatchesTheReference() {
    var runs = VariantRuns(ck_operator_copy)
    for seed: UInt64 in 0..<600 {
      let (kernelCase, reference) = Self.makeCase(seed: seed)
      runs.run(kernelCase, expecting: reference, seed: seed)
    }
  }

  @Test func refusesEveryViewThatLeavesItsOperand() {
    for seed: UInt64 in 0..<300 {
      var (kernelCase, _) = Self.makeCase(seed: seed)
      let unit = kernelCase.outputType == CK_DTYPE_F32 ? 4 : 1
      var short = kernelCase
      short.outputBytes -= unit
      #expect(short.check().status != 0, "an output one element short, seed \(seed)")
      // The first view element is as far from the end as the offset says, or further.
      kernelCase.with(ck_copy_parameters.self) { $0.input_offset += UInt64(1 << 40) }
      #expect(kernelCase.check().status == UInt16(CK_BAD_EXTENT.rawValue), "seed \(seed)")
    }
  }
}

@Suite struct FillTests {
  @Test func fillsEveryElement() {
    var runs = VariantRuns(ck_operator_fill)
    for (seed, count) in [1, 2, 15, 16, 17, 100].enumerated() {
      for (type, unit) in [(CK_DTYPE_S8, 1), (CK_DTYPE_F32, 4)] {
        let p = ck_fill_parameters(count: UInt64(count), element_bytes: UInt32(unit), value: 0xC1A2_B380 + UInt32(seed))
        let value = littleEndian([p.value]).prefix(unit)
        let kernelCase = KernelCase(ck_operator_fill, p, inputs: [], output: type, count: count)
        runs.run(kernelCase, expecting: (0..<count).flatMap { _ in value }, seed: UInt64(seed))
      }
    }
  }
}
