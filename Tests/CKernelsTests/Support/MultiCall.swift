import CKernels
import Testing

/// An instruction with several outputs, between guard pages.
struct MultiCall {
  let op: ck_operator
  var instruction = ck_instruction()
  var inputs: [Operand]
  /// Types and elements.
  var outputs: [(dtype: ck_dtype, count: Int)]

  init<Parameters: BitwiseCopyable>(_ op: ck_operator, _ parameters: Parameters, inputs: [Operand], outputs: [(dtype: ck_dtype, count: Int)]) {
    (self.op, self.inputs, self.outputs) = (op, inputs, outputs)
    instruction.opcode = op.opcode
    instruction.input_count = UInt8(inputs.count)
    instruction.output_count = UInt8(outputs.count)
    let count = inputs.count + outputs.count
    withUnsafeMutableBytes(of: &instruction.operand) { bytes in
      let indices = bytes.bindMemory(to: UInt32.self)
      for index in indices.indices { indices[index] = index < count ? UInt32(index) : UInt32.max }
    }
    withUnsafeMutableBytes(of: &instruction.parameters) { $0.storeBytes(of: parameters, as: Parameters.self) }
    instruction.scratch_bytes = scratchBytes
  }

  var scratchBytes: UInt64 { withUnsafePointer(to: instruction) { op.scratch($0) } }

  func check() -> ck_fault {
    let sizes = inputs.map { ($0.dtype, $0.bytes.count) } + outputs.map { ($0.dtype, $0.count * Int(elementBytes($0.dtype))) }
    let tensors = sizes.map { dtype, count in
      var tensor = ck_tensor()
      tensor.dtype = UInt8(dtype.rawValue)
      tensor.bytes = UInt64(count)
      return tensor
    }
    return withUnsafePointer(to: instruction) { instruction in
      tensors.withUnsafeBufferPointer { tensors in
        let pointers = tensors.indices.map { index in tensors.baseAddress.map { $0 + index } }
        return op.check(instruction, pointers)
      }
    }
  }

  /// The bytes of each output; nil where check refuses.
  func run() -> [[UInt8]]? {
    guard check().status == UInt16(CK_OK.rawValue) else { return nil }
    let buffers = inputs.map { GuardedBuffer($0.bytes.map(\.self)) }
    let results = outputs.map { GuardedBuffer(count: $0.count * Int(elementBytes($0.dtype)), filling: 0xCC) }
    let scratch = GuardedBuffer(count: Int(scratchBytes), filling: 0x5C)
    withUnsafePointer(to: instruction) { instruction in
      var bound = ck_bound()
      bound.instruction = instruction
      bound.scratch = scratch.start
      withUnsafeMutableBytes(of: &bound.operand) { bytes in
        let pointers = bytes.bindMemory(to: UnsafeMutablePointer<UInt8>?.self)
        for (index, buffer) in (buffers + results).enumerated() { pointers[index] = buffer.start }
      }
      op.bind(instruction, CK_ISA_SCALAR, &bound)
      #expect(ck_run(&bound) == CK_OK)
    }
    for buffer in buffers + [scratch] { #expect(buffer.close().strayWrites == 0) }
    return results.map { buffer in
      let (bytes, strayWrites) = buffer.close()
      #expect(strayWrites == 0)
      return bytes
    }
  }

  /// Runs it with each word of its record changed, and pairs of its parameters: check refuses, or everything stays inside the buffers.
  func expectNoChangeEscapes(parameterWords: Int) {
    #expect(run() != nil, "refused as it stands: \(check())")
    var (refused, ran) = (0, 0)
    func attempt(_ changed: MultiCall) { if changed.run() == nil { refused += 1 } else { ran += 1 } }
    for word in 0..<MemoryLayout<ck_instruction>.size / 4 {
      let original = withUnsafeBytes(of: instruction) { $0.load(fromByteOffset: 4 * word, as: UInt32.self) }
      for value in [0, 1, 2, 3, 5, 16, 65536, 0x7FFF_FFFF, 0x8000_0000, .max, 0x7FC0_0000, original &+ 1, original &- 1, original &* 2] {
        var changed = self
        withUnsafeMutableBytes(of: &changed.instruction) { $0.storeBytes(of: value, toByteOffset: 4 * word, as: UInt32.self) }
        attempt(changed)
      }
    }
    for first in 0..<parameterWords {
      for second in 0..<parameterWords {
        for (a, b) in [(0, 2), (1, 4), (3, UInt32.max), (2, 2), (6, 1)] as [(UInt32, UInt32)] {
          var changed = self
          withUnsafeMutableBytes(of: &changed.instruction.parameters) { bytes in
            bytes.storeBytes(of: a, toByteOffset: 4 * first, as: UInt32.self)
            bytes.storeBytes(of: b, toByteOffset: 4 * second, as: UInt32.self)
          }
          changed.instruction.scratch_bytes = 1 << 16
          attempt(changed)
        }
      }
    }
    #expect(refused > 200 && ran > 20, "\(refused) refused, \(ran) ran")
  }
}

extension [UInt8] {
  /// Little-endian floats.
  var floats: [Float] { words.map { Float(bitPattern: $0) } }
  var integers: [Int] { words.map { Int(Int32(bitPattern: $0)) } }
  private var words: [UInt32] {
    stride(from: 0, to: count, by: 4).map { place in (0..<4).reduce(0) { $0 | UInt32(self[place + $1]) << UInt32(8 * $1) } }
  }
}
