import CKernels
import Testing
import _TestSupport

/// GATHER, GATHER_ELEMENTS, GATHER_ND, SCATTER_ELEMENTS, SCATTER_ND and SELECT against plain moves of elements, between guard pages, whole and in
/// parts.
@Suite struct IndexTests {
  /// Elements of s8 or f32 as bytes of the file's domain.
  struct Elements {
    let type: ck_dtype
    var bytes: [UInt8]
    var unit: Int { Int(elementBytes(type)) }
    var operand: Operand { Operand(dtype: type, bytes: bytes) }

    init(_ count: Int, _ type: ck_dtype, _ random: inout SeededRandom) {
      self.type = type
      let numbers = (0..<count).map { _ in Float(Int.random(in: -50...50, using: &random)) }
      bytes = type == CK_DTYPE_F32 ? Operand.f32(numbers).bytes : numbers.map { UInt8(bitPattern: Int8($0)) }
    }
    subscript(index: Int) -> [UInt8] { Array(bytes[index * unit..<(index + 1) * unit]) }
    /// The elements at `places`, one after the other.
    func taken(_ places: [Int]) -> [UInt8] { places.flatMap { self[$0] } }
  }

  static func type(_ seed: UInt64) -> ck_dtype { seed % 2 == 0 ? CK_DTYPE_S8 : CK_DTYPE_F32 }
  /// An index into an axis, at times counted from its end.
  static func index(_ size: Int, _ random: inout SeededRandom) -> Int {
    Int.random(in: -size..<size, using: &random)
  }
  static func resolved(_ index: Int, _ size: Int) -> Int { index < 0 ? index + size : index }
  static func operand(_ indices: [Int]) -> Operand { .s32(indices.map { Int32($0) }) }

  /// `kernelCase` with one index just outside its axis of `size` ends in CK_BAD_INDEX.
  private func expectBadIndex(_ kernelCase: KernelCase, indices: [Int], size: Int, seed: UInt64) {
    for bad in [size, -size - 1, Int(Int32.max), Int(Int32.min)] {
      var changed = indices, wrong = kernelCase
      changed[Int(seed) % changed.count] = bad
      wrong.inputs[1] = Self.operand(changed)
      wrong.status = CK_BAD_INDEX
      _ = wrong.run()
    }
  }

  @Test func gatherTakesSlices() {
    var runs = VariantRuns(ck_operator_gather)
    for seed: UInt64 in 0..<200 {
      var random = SeededRandom(seed: seed)
      let (batch, outer) = (Int.random(in: 1...3, using: &random), Int.random(in: 1...3, using: &random))
      let (axis, count) = (Int.random(in: 1...9, using: &random), Int.random(in: 1...9, using: &random))
      let inner = Int.random(in: 1...40, using: &random)
      let input = Elements(batch * outer * axis * inner, Self.type(seed), &random)
      let indices = (0..<batch * count).map { _ in Self.index(axis, &random) }
      var places: [Int] = []
      for block in 0..<batch * outer {
        for i in 0..<count {
          let slice = block * axis + Self.resolved(indices[block / outer * count + i], axis)
          places += (0..<inner).map { slice * inner + $0 }
        }
      }
      let p = ck_gather_parameters(
        batch: UInt32(batch), outer: UInt32(outer), axis: UInt32(axis), count: UInt32(count), inner: UInt32(inner),
        element_bytes: UInt32(input.unit))
      let kernelCase = KernelCase(
        ck_operator_gather, p, inputs: [input.operand, Self.operand(indices)], output: input.type, count: places.count)
      runs.run(kernelCase, expecting: input.taken(places), seed: seed)
      if batch * outer == 1 { expectBadIndex(kernelCase, indices: indices, size: axis, seed: seed) }
    }
  }

  /// Dimensions, an axis of them and the size that the indices run over, and row-major strides of the side they point into.
  private static func elementWalk(_ random: inout SeededRandom) -> (dims: [Int], axis: Int, size: Int, strides: [Int], count: Int) {
    let dims = (0..<Int.random(in: 1...4, using: &random)).map { _ in Int.random(in: 1...5, using: &random) }
    let axis = Int.random(in: 0..<dims.count, using: &random), size = Int.random(in: 1...20, using: &random)
    var strides = [Int](repeating: 0, count: dims.count), step = 1
    for d in dims.indices.reversed() {
      strides[d] = step
      step *= d == axis ? size : dims[d]
    }
    return (dims, axis, size, strides, step)
  }
  /// Where each index points.
  private static func pointed(_ dims: [Int], _ axis: Int, _ size: Int, _ strides: [Int], _ indices: [Int]) -> [Int] {
    indices.indices.map { place in
      var rest = place, to = 0
      for d in dims.indices.reversed() {
        to += (d == axis ? resolved(indices[place], size) : rest % dims[d]) * strides[d]
        rest /= dims[d]
      }
      return to
    }
  }

  @Test func gatherElementsTakesElements() {
    var runs = VariantRuns(ck_operator_gather_elements)
    for seed: UInt64 in 0..<200 {
      var random = SeededRandom(seed: seed)
      let (dims, axis, size, strides, count) = Self.elementWalk(&random)
      let input = Elements(count, Self.type(seed), &random)
      let indices = (0..<dims.reduce(1, *)).map { _ in Self.index(size, &random) }
      var p = ck_gather_elements_parameters()
      (p.element_bytes, p.rank, p.index_axis, p.axis_size) = (UInt32(input.unit), UInt32(dims.count), UInt32(axis), UInt32(size))
      fill(&p.dims, dims, rest: UInt32(1))
      fill(&p.input_stride, strides, rest: UInt32(0))
      let kernelCase = KernelCase(
        ck_operator_gather_elements, p, inputs: [input.operand, Self.operand(indices)], output: input.type, count: indices.count)
      runs.run(kernelCase, expecting: input.taken(Self.pointed(dims, axis, size, strides, indices)), seed: seed)
      expectBadIndex(kernelCase, indices: indices, size: size, seed: seed)
    }
  }

  @Test func gatherNDTakesSlicesOfTuples() {
    var runs = VariantRuns(ck_operator_gather_nd)
    for seed: UInt64 in 0..<200 {
      var random = SeededRandom(seed: seed)
      let (batch, count) = (Int.random(in: 1...3, using: &random), Int.random(in: 1...6, using: &random))
      let sizes = (0..<Int.random(in: 1...4, using: &random)).map { _ in Int.random(in: 1...5, using: &random) }
      let slice = Int.random(in: 1...20, using: &random), slices = sizes.reduce(1, *)
      let input = Elements(batch * slices * slice, Self.type(seed), &random)
      let tuples = (0..<batch * count).map { _ in sizes.map { Self.index($0, &random) } }
      let places = tuples.enumerated().flatMap { row, tuple in
        let place = zip(tuple, sizes).reduce(row / count) { $0 * $1.1 + Self.resolved($1.0, $1.1) }
        return (0..<slice).map { place * slice + $0 }
      }
      var p = ck_gather_nd_parameters()
      (p.batch, p.count, p.depth, p.slice) = (UInt32(batch), UInt32(count), UInt32(sizes.count), UInt32(slice))
      p.element_bytes = UInt32(input.unit)
      fill(&p.size, sizes, rest: UInt32(1))
      let indices = tuples.flatMap { $0 }
      let kernelCase = KernelCase(
        ck_operator_gather_nd, p, inputs: [input.operand, Self.operand(indices)], output: input.type, count: places.count)
      runs.run(kernelCase, expecting: input.taken(places), seed: seed)
      if sizes.count == 1, batch * count == 1 { expectBadIndex(kernelCase, indices: indices, size: sizes[0], seed: seed) }
    }
  }

  private static func joined(_ kind: ck_scatter_kind, _ a: Float, _ b: Float) -> Float {
    switch kind {
    case CK_SCATTER_SET: b
    case CK_SCATTER_ADD: a + b
    case CK_SCATTER_MULTIPLY: a * b
    case CK_SCATTER_MAXIMUM: max(a, b)
    default: min(a, b)
    }
  }
  private static let kinds = [CK_SCATTER_SET, CK_SCATTER_ADD, CK_SCATTER_MULTIPLY, CK_SCATTER_MAXIMUM, CK_SCATTER_MINIMUM]
  private static func numbers(_ elements: Elements) -> [Float] {
    (0..<elements.bytes.count / 4).map { index in
      Float(bitPattern: elements[index].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
  }
  /// `data` after element i of `updates` joined element `places[i]`, in their order.
  private static func scattered(_ data: Elements, _ updates: Elements, _ places: [Int], _ kind: ck_scatter_kind) -> [UInt8] {
    guard data.type == CK_DTYPE_F32 else {
      var bytes = data.bytes
      for (place, update) in zip(places, updates.bytes) { bytes[place] = update }
      return bytes
    }
    var result = numbers(data)
    for (place, update) in zip(places, numbers(updates)) { result[place] = joined(kind, result[place], update) }
    return Operand.f32(result).bytes
  }

  @Test func scatterElementsJoinsInOrder() {
    var runs = VariantRuns(ck_operator_scatter_elements)
    for seed: UInt64 in 0..<200 {
      var random = SeededRandom(seed: seed)
      let (dims, axis, size, strides, count) = Self.elementWalk(&random), type = Self.type(seed)
      let kind = type == CK_DTYPE_F32 ? Self.kinds[Int(seed / 2) % 5] : CK_SCATTER_SET
      let data = Elements(count, type, &random), updates = Elements(dims.reduce(1, *), type, &random)
      let indices = (0..<dims.reduce(1, *)).map { _ in Self.index(size, &random) }
      var p = ck_scatter_elements_parameters()
      (p.count, p.kind, p.type, p.element_bytes) = (UInt64(count), kind.rawValue, type.rawValue, UInt32(data.unit))
      (p.rank, p.index_axis, p.axis_size) = (UInt32(dims.count), UInt32(axis), UInt32(size))
      fill(&p.dims, dims, rest: UInt32(1))
      fill(&p.output_stride, strides, rest: UInt32(0))
      let kernelCase = KernelCase(
        ck_operator_scatter_elements, p, inputs: [data.operand, Self.operand(indices), updates.operand], output: type, count: count)
      let places = Self.pointed(dims, axis, size, strides, indices)
      runs.run(kernelCase, expecting: Self.scattered(data, updates, places, kind), seed: seed)
      expectBadIndex(kernelCase, indices: indices, size: size, seed: seed)
    }
  }

  @Test func scatterNDJoinsSlicesInOrder() {
    var runs = VariantRuns(ck_operator_scatter_nd)
    for seed: UInt64 in 0..<200 {
      var random = SeededRandom(seed: seed)
      let type = Self.type(seed), kind = type == CK_DTYPE_F32 ? Self.kinds[Int(seed / 2) % 5] : CK_SCATTER_SET
      let sizes = (0..<Int.random(in: 1...3, using: &random)).map { _ in Int.random(in: 1...5, using: &random) }
      let slice = Int.random(in: 1...20, using: &random), count = Int.random(in: 1...6, using: &random)
      let data = Elements(sizes.reduce(slice, *), type, &random), updates = Elements(count * slice, type, &random)
      let tuples = (0..<count).map { _ in sizes.map { Self.index($0, &random) } }
      let places = tuples.flatMap { tuple in
        let place = zip(tuple, sizes).reduce(0) { $0 * $1.1 + Self.resolved($1.0, $1.1) }
        return (0..<slice).map { place * slice + $0 }
      }
      var p = ck_scatter_nd_parameters()
      (p.kind, p.type, p.element_bytes) = (kind.rawValue, type.rawValue, UInt32(data.unit))
      (p.count, p.depth, p.slice) = (UInt32(count), UInt32(sizes.count), UInt32(slice))
      fill(&p.size, sizes, rest: UInt32(1))
      let indices = tuples.flatMap { $0 }
      let kernelCase = KernelCase(
        ck_operator_scatter_nd, p, inputs: [data.operand, Self.operand(indices), updates.operand], output: type,
        count: data.bytes.count / data.unit)
      runs.run(kernelCase, expecting: Self.scattered(data, updates, places, kind), seed: seed)
      if sizes.count == 1 { expectBadIndex(kernelCase, indices: indices, size: sizes[0], seed: seed) }
    }
  }

  @Test func selectTakesOneOrTheOther() {
    var runs = VariantRuns(ck_operator_select)
    for seed: UInt64 in 0..<300 {
      var random = SeededRandom(seed: seed)
      let (dims, operand) = IntegerTests.walk(&random), type = Self.type(seed)
      let (condition, a, b) = (operand(), operand(), operand())
      let truths = (0..<condition.count).map { _ in Bool.random(using: &random) }
      let ones = Elements(a.count, type, &random), others = Elements(b.count, type, &random)
      var p = ck_select_parameters()
      (p.element_bytes, p.rank) = (UInt32(ones.unit), UInt32(dims.count))
      fill(&p.dims, dims, rest: UInt32(1))
      fill(&p.condition_stride, condition.strides, rest: UInt32(0))
      fill(&p.a_stride, a.strides, rest: UInt32(0))
      fill(&p.b_stride, b.strides, rest: UInt32(0))
      let places = (0..<3).map { IntegerTests.places(dims, [condition, a, b][$0].strides) }
      let expected = places[0].indices.flatMap { truths[places[0][$0]] ? ones[places[1][$0]] : others[places[2][$0]] }
      let inputs = [Operand.bool(truths), ones.operand, others.operand]
      runs.run(KernelCase(ck_operator_select, p, inputs: inputs, output: type, count: places[0].count), expecting: expected, seed: seed)
    }
  }
}
