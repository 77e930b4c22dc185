import CKernels

/// A layer in memory, with pseudo-random input and weights, bound to the kernel of an instruction set.
final class BoundLayer {
  let isa: ck_isa
  let work: Recipe.Work
  /// Of the kernel that the layer is bound to.
  let kernelName: String
  private let output: UnsafeMutableRawBufferPointer
  private var buffers: [UnsafeMutableRawBufferPointer] = []
  private let instruction: UnsafeMutablePointer<ck_instruction>
  private var bound = ck_bound()

  init(_ layer: Layer, isa: ck_isa) {
    let recipe = Recipe(layer)
    self.isa = isa
    work = recipe.work
    instruction = .allocate(capacity: 1)
    instruction.initialize(to: recipe.instruction)
    output = Self.copy(recipe.output.bytes)
    bound.instruction = UnsafePointer(instruction)
    for (index, operand) in (recipe.inputs + [recipe.output]).enumerated() {
      let bytes = index < recipe.inputs.count ? Self.copy(operand.bytes) : output
      if index < recipe.inputs.count { buffers.append(bytes) }
      withUnsafeMutableBytes(of: &bound.operand) { $0.storeBytes(of: Self.address(bytes), toByteOffset: index * 8, as: Int.self) }
      withUnsafeMutableBytes(of: &bound.operand_xor) { $0[index] = operand.isInt8 ? ck_arena_xor() : 0 }
    }
    for (index, constant) in recipe.constants.enumerated() {
      let bytes = Self.copy(constant)
      buffers.append(bytes)
      withUnsafeMutableBytes(of: &bound.constant) { $0.storeBytes(of: Self.address(bytes), toByteOffset: index * 8, as: Int.self) }
    }
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(recipe.instruction.scratch_bytes) + 1, alignment: 64)
    buffers.append(scratch)
    bound.scratch = scratch.baseAddress?.assumingMemoryBound(to: UInt8.self)
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

  private static func copy(_ values: [UInt8]) -> UnsafeMutableRawBufferPointer {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(values.count, 1), alignment: 64)
    copy.copyBytes(from: values)
    return copy
  }

  private static func address(_ buffer: UnsafeMutableRawBufferPointer) -> Int { Int(bitPattern: buffer.baseAddress) }
}
