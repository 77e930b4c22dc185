import CTestSupport
import Testing
import _TestSupport

@preconcurrency import CKernels

/// One instruction with its float data, taken through an operator's own check, bind and run between guard pages.
struct FloatCall {
  let operation: ck_operator
  var instruction = ck_instruction()
  var inputs: [[Float]]
  var outputCount: Int
  var constants: [[Float]]

  init<Parameters>(
    _ operation: ck_operator, _ parameters: Parameters, inputs: [[Float]], outputCount: Int, constants: [[Float]] = [],
    fast: Bool = false
  ) {
    (self.operation, self.inputs, self.outputCount, self.constants) = (operation, inputs, outputCount, constants)
    instruction.opcode = operation.opcode
    instruction.flags = fast ? UInt16(CK_FLAG_FAST_FLOAT.rawValue) : 0
    instruction.input_count = UInt8(inputs.count)
    instruction.output_count = 1
    instruction.constant_count = UInt8(constants.count)
    withUnsafeMutableBytes(of: &instruction.operand) { bytes in
      for index in 0..<Int(CK_MAX_OPERANDS) {
        bytes.storeBytes(of: index <= inputs.count ? UInt32(index) : CK_NONE, toByteOffset: 4 * index, as: UInt32.self)
      }
    }
    withUnsafeMutableBytes(of: &instruction.constant) { bytes in
      for (index, values) in constants.enumerated() {
        bytes.storeBytes(of: UInt64(4 * values.count), toByteOffset: 16 * index + 8, as: UInt64.self)
      }
    }
    withUnsafeMutableBytes(of: &instruction.parameters) { bytes in
      withUnsafeBytes(of: parameters) { bytes.copyMemory(from: $0) }
    }
    instruction.scratch_bytes = scratchBytes
  }

  var scratchBytes: UInt64 { withUnsafePointer(to: instruction) { operation.scratch?($0) ?? 0 } }
  func ahead(_ input: UInt32) -> UInt64 { withUnsafePointer(to: instruction) { operation.ahead?($0, input) ?? 0 } }

  /// What the operator's `check` says.
  func check() -> ck_fault {
    let tensors = (inputs.map(\.count) + [outputCount]).map { count in
      var tensor = ck_tensor()
      tensor.dtype = UInt8(CK_DTYPE_F32.rawValue)
      tensor.storage = UInt8(CK_STORAGE_ARENA.rawValue)
      tensor.bytes = UInt64(4 * count)
      return tensor
    }
    return tensors.withUnsafeBufferPointer { records in
      let pointers: [UnsafePointer<ck_tensor>?] = records.indices.map { records.baseAddress?.advanced(by: $0) }
      return pointers.withUnsafeBufferPointer { table in
        withUnsafePointer(to: instruction) { operation.check?($0, table.baseAddress) ?? ck_fault() }
      }
    }
  }

  /// The ranges to run for so many rows and panels.
  typealias Split = (_ rows: UInt32, _ panels: UInt32) -> [ck_range]
  static func whole(_ rows: UInt32, _ panels: UInt32) -> [ck_range] {
    [ck_range(row_begin: 0, row_end: rows, panel_begin: 0, panel_end: panels)]
  }

  /// Checks, then runs on every instruction set; the output, or nil where check refuses. Fails the test where a buffer's surroundings
  /// were written, and where two instruction sets disagree.
  func run(sourceLocation: SourceLocation = #_sourceLocation, split: Split = whole) -> [Float]? {
    onEveryISA(sourceLocation) { isa in
      let buffers = inputs.map { Guarded($0) } + [Guarded([Float](repeating: .nan, count: outputCount))]
      defer { expectUntouched(buffers, sourceLocation) }
      guard execute(buffers.map(\.base), isa, split, sourceLocation) else { return nil }
      return buffers[inputs.count].floats(outputCount)
    }
  }

  /// The same with the output in the memory of input 0, beginning `shift` elements before it.
  func runOverInput(shift: Int, sourceLocation: SourceLocation = #_sourceLocation) -> [Float]? {
    onEveryISA(sourceLocation) { isa in
      let shared = Guarded([Float](repeating: .nan, count: shift) + inputs[0]), others = inputs.dropFirst().map { Guarded($0) }
      defer { expectUntouched([shared] + others, sourceLocation) }
      let first = shared.base?.advanced(by: 4 * shift)
      guard execute([first] + others.map(\.base) + [shared.base], isa, Self.whole, sourceLocation) else { return nil }
      return shared.floats(outputCount)
    }
  }

  /// The output of the best instruction set: the scalar one's to the bit (any NaN for a NaN), nearly so in a fast program.
  private func onEveryISA(_ sourceLocation: SourceLocation, _ body: (ck_isa) -> [Float]?) -> [Float]? {
    guard let reference = body(CK_ISA_SCALAR) else { return nil }
    let isFast = instruction.flags & UInt16(CK_FLAG_FAST_FLOAT.rawValue) != 0
    func agree(_ a: Float, _ b: Float) -> Bool {
      a.bitPattern == b.bitPattern || a.isNaN && b.isNaN || isFast && abs(a - b) <= 1e-4 * (1 + abs(b))
    }
    var last = reference
    for isa in availableISAs.dropFirst() {
      last = body(isa) ?? []
      let agrees = last.count == reference.count && zip(last, reference).allSatisfy(agree)
      #expect(agrees, "\(String(cString: ck_isa_name(isa)))", sourceLocation: sourceLocation)
    }
    return last
  }

  private func execute(
    _ operands: [UnsafeMutableRawPointer?], _ isa: ck_isa, _ split: Split, _ sourceLocation: SourceLocation
  ) -> Bool {
    guard check().status == UInt16(CK_OK.rawValue) else { return false }
    let sides = constants.map { Guarded($0) }, scratch = Guarded([Float](repeating: .nan, count: Int(scratchBytes / 4)))
    defer { expectUntouched(sides + [scratch], sourceLocation) }
    withUnsafePointer(to: instruction) { pointer in
      var bound = ck_bound()
      bound.instruction = pointer
      withUnsafeMutableBytes(of: &bound.operand) { $0.store(operands) }
      withUnsafeMutableBytes(of: &bound.constant) { $0.store(sides.map(\.base)) }
      bound.scratch = scratch.base?.assumingMemoryBound(to: UInt8.self)
      operation.bind?(pointer, isa, &bound)
      for range in split(bound.rows, bound.panels) {
        #expect(bound.run(&bound, range) == CK_OK, sourceLocation: sourceLocation)
      }
    }
    return true
  }

  private func expectUntouched(_ buffers: [Guarded], _ sourceLocation: SourceLocation) {
    #expect(buffers.map { $0.release() }.reduce(0, +) == 0, "bytes before a buffer were written", sourceLocation: sourceLocation)
  }
}

extension UnsafeMutableRawBufferPointer {
  fileprivate func store(_ pointers: [UnsafeMutableRawPointer?]) {
    for (index, pointer) in pointers.enumerated() {
      storeBytes(of: pointer, toByteOffset: MemoryLayout<UnsafeMutableRawPointer?>.stride * index, as: UnsafeMutableRawPointer?.self)
    }
  }
}

/// Floats that end at a guard page.
struct Guarded {
  let base: UnsafeMutableRawPointer?
  let count: Int
  init(_ values: [Float]) {
    count = values.count
    base = guarded_allocate(4 * values.count)
    values.withUnsafeBytes { bytes in
      if let base, let source = bytes.baseAddress { base.copyMemory(from: source, byteCount: bytes.count) }
    }
  }
  func floats(_ count: Int) -> [Float] { (0..<count).map { base?.load(fromByteOffset: 4 * $0, as: Float.self) ?? .nan } }
  func release() -> Int { base.map { guarded_free($0, 4 * count) } ?? 0 }
}

extension SeededRandom {
  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -2...2) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
  mutating func size(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  /// The whole of rows x panels in pieces, shuffled.
  mutating func pieces(_ rows: UInt32, _ panels: UInt32) -> [ck_range] {
    func cuts(_ end: UInt32, _ random: inout SeededRandom) -> [UInt32] {
      ([0, end] + (0..<2).map { _ in UInt32.random(in: 0...end, using: &random) }).sorted()
    }
    var ranges: [ck_range] = []
    let (rowCuts, panelCuts) = (cuts(rows, &self), cuts(panels, &self))
    for (top, bottom) in zip(rowCuts, rowCuts.dropFirst()) where top < bottom {
      for (left, right) in zip(panelCuts, panelCuts.dropFirst()) where left < right {
        ranges.append(ck_range(row_begin: top, row_end: bottom, panel_begin: left, panel_end: right))
      }
    }
    return ranges.shuffled(using: &self)
  }
}

/// The largest |actual - expected| / (tolerance of that element); over 1 is wrong. NaN and infinity must agree.
func worstError(_ actual: [Float], _ expected: [Double], tolerance: (Int) -> Double) -> Double {
  guard actual.count == expected.count else { return .infinity }
  var worst = 0.0
  for index in actual.indices {
    let (value, reference) = (Double(actual[index]), expected[index])
    if value.isNaN && reference.isNaN || value == reference { continue }
    let error = abs(value - reference) / tolerance(index)
    worst = error.isNaN ? .infinity : max(worst, error)
  }
  return worst
}
