import CKernels

/// A layer in memory, with pseudo-random input and weights, bound to the kernel of an instruction set.
final class BoundLayer {
  let isa: ck_isa
  let macs: Int
  /// Of the kernel that the layer is bound to.
  let kernelName: String
  private let output: UnsafeMutableRawBufferPointer
  private var buffers: [UnsafeMutableRawBufferPointer] = []
  private let instruction: UnsafeMutablePointer<ck_instruction>
  private var bound = ck_bound()

  init(_ layer: Layer, isa: ck_isa) {
    let recipe = Recipe(layer)
    self.isa = isa
    macs = recipe.macs
    var state: UInt32 = 1
    func next() -> Int8 {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int8(max(Int(state >> 24) - 128, -127))
    }
    let input = (0..<recipe.inputBytes).map { _ in UInt8(bitPattern: next()) ^ ck_arena_xor() }
    let channels = (recipe.outputs + 15) / 16 * 16
    var weights = [Int8](repeating: 0, count: channels * recipe.blocks * 4)
    var sums = [Int32](repeating: 0, count: channels)
    for channel in 0..<recipe.outputs {
      for block in 0..<recipe.blocks {
        for byte in 0..<4 where recipe.isWeight(block, byte) {
          let weight = next()
          weights[((channel / 16 * recipe.blocks + block) * 16 + channel % 16) * 4 + byte] = weight
          sums[channel] += Int32(weight)
        }
      }
    }
    let bias = [Int32](repeating: 100, count: channels)
    // Sums spread over the output's range, as a calibrated net's do.
    let scale = [Float](repeating: 1 / Float(recipe.taps).squareRoot() / 80, count: channels)

    instruction = .allocate(capacity: 1)
    instruction.initialize(to: recipe.instruction)
    output = .allocate(byteCount: recipe.outputBytes, alignment: 64)
    buffers = [
      Self.copy(input), Self.copy(weights), Self.copy(bias), Self.copy(sums), Self.copy(scale),
      .allocate(byteCount: Int(recipe.instruction.scratch_bytes) + 1, alignment: 64),
    ]
    bound.instruction = UnsafePointer(instruction)
    let places = buffers.map { $0.baseAddress?.assumingMemoryBound(to: UInt8.self) }
    bound.operand.0 = places[0]
    bound.operand.1 = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    (bound.operand_xor.0, bound.operand_xor.1) = (ck_arena_xor(), ck_arena_xor())
    bound.constant = (UnsafePointer(places[1]), UnsafePointer(places[2]), UnsafePointer(places[3]), UnsafePointer(places[4]))
    bound.scratch = places[5]
    recipe.op.bind(UnsafePointer(instruction), isa, &bound)
    let kernel = unsafeBitCast(bound.kernel, to: UInt.self)
    let variants = UnsafeBufferPointer(start: recipe.op.variants, count: Int(recipe.op.variant_count))
    kernelName = variants.first { unsafeBitCast($0.kernel, to: UInt.self) == kernel }.map { String(cString: $0.name) } ?? "?"
  }

  deinit {
    for buffer in buffers + [output] { buffer.deallocate() }
    instruction.deallocate()
  }

  func run(times: Int) {
    for _ in 0..<times { _ = ck_run(&bound) }
  }

  /// What one run writes.
  func result() -> [UInt8] {
    run(times: 1)
    return [UInt8](output)
  }

  private static func copy<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeMutableRawBufferPointer {
    values.withUnsafeBytes { source in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 64)
      copy.copyMemory(from: source)
      return copy
    }
  }
}
