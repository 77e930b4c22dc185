import CKernels
import Testing

/// An operand in the file's domain: s8 values as they are, whatever the arena holds.
struct Operand {
  var dtype: ck_dtype
  var bytes: [UInt8]
  var isConstant = false

  static func s8(_ values: [Int8], isConstant: Bool = false) -> Operand {
    Operand(dtype: CK_DTYPE_S8, bytes: values.map(UInt8.init(bitPattern:)), isConstant: isConstant)
  }
  static func f32(_ values: [Float]) -> Operand { Operand(dtype: CK_DTYPE_F32, bytes: littleEndian(values.map(\.bitPattern))) }

  static func s16(_ values: [Int16]) -> Operand { Operand(dtype: CK_DTYPE_S16, bytes: littleEndian(values)) }
  static func s32(_ values: [Int32]) -> Operand { Operand(dtype: CK_DTYPE_S32, bytes: littleEndian(values)) }
  static func bool(_ values: [Bool]) -> Operand { Operand(dtype: CK_DTYPE_BOOL, bytes: values.map { $0 ? 1 : 0 }) }

  /// What turns file bytes into those that memory holds.
  var domain: UInt8 { dtype == CK_DTYPE_S8 && !isConstant ? ck_arena_xor() : 0 }
}

/// Bytes of an element of the types that operators take.
func elementBytes(_ type: ck_dtype) -> UInt32 {
  switch type {
  case CK_DTYPE_F32, CK_DTYPE_S32: 4
  case CK_DTYPE_S16: 2
  default: 1
  }
}

func littleEndian<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
  values.flatMap { value in withUnsafeBytes(of: value.littleEndian, Array.init) }
}

/// An instruction with everything it touches, ready to be checked and run between guard pages.
struct KernelCase {
  let op: ck_operator
  var instruction = ck_instruction()
  var inputs: [Operand]
  var outputType: ck_dtype
  var outputBytes: Int
  var constants: [[UInt8]]
  /// What each range is to answer.
  var status = CK_OK

  init<Parameters: BitwiseCopyable>(
    _ op: ck_operator, _ parameters: Parameters, inputs: [Operand], output: ck_dtype, count: Int, constants: [[UInt8]] = [],
    flags: Int = 0
  ) {
    (self.op, self.inputs, self.outputType, self.constants) = (op, inputs, output, constants)
    outputBytes = count * Int(elementBytes(output))
    instruction.opcode = op.opcode
    instruction.flags = UInt16(flags)
    instruction.input_count = UInt8(inputs.count)
    instruction.output_count = 1
    instruction.constant_count = UInt8(constants.count)
    withUnsafeMutableBytes(of: &instruction.operand) { bytes in
      let indices = bytes.bindMemory(to: UInt32.self)
      for index in indices.indices { indices[index] = index <= inputs.count ? UInt32(index) : UInt32.max }
    }
    withUnsafeMutableBytes(of: &instruction.constant) { bytes in
      let records = bytes.bindMemory(to: ck_constant.self)
      for (index, constant) in constants.enumerated() { records[index] = ck_constant(offset: 4096, bytes: UInt64(constant.count)) }
    }
    withUnsafeMutableBytes(of: &instruction.parameters) { $0.storeBytes(of: parameters, as: Parameters.self) }
    instruction.scratch_bytes = withUnsafePointer(to: instruction) { op.scratch($0) }
  }

  /// Reads or changes the parameters.
  mutating func with<Parameters: BitwiseCopyable>(_ type: Parameters.Type, _ body: (inout Parameters) -> Void) {
    withUnsafeMutableBytes(of: &instruction.parameters) { bytes in
      var parameters = bytes.load(as: Parameters.self)
      body(&parameters)
      bytes.storeBytes(of: parameters, as: Parameters.self)
    }
  }

  func parameters<Parameters: BitwiseCopyable>(_ type: Parameters.Type) -> Parameters {
    withUnsafeBytes(of: instruction.parameters) { $0.load(as: Parameters.self) }
  }

  var ahead: UInt64 { ahead(of: 0) }
  func ahead(of input: Int) -> UInt64 { withUnsafePointer(to: instruction) { op.ahead($0, UInt32(input)) } }

  /// What the operator says of the instruction and of its constants.
  func check() -> ck_fault {
    var tensors = inputs.map { input in
      var tensor = ck_tensor()
      tensor.dtype = UInt8(input.dtype.rawValue)
      tensor.storage = UInt8((input.isConstant ? CK_STORAGE_CONSTANTS : CK_STORAGE_ARENA).rawValue)
      tensor.bytes = UInt64(input.bytes.count)
      return tensor
    }
    var output = ck_tensor()
    output.dtype = UInt8(outputType.rawValue)
    output.bytes = UInt64(outputBytes)
    tensors.append(output)
    return withUnsafePointer(to: instruction) { instruction in
      tensors.withUnsafeBufferPointer { tensors in
        let pointers = tensors.indices.map { index in tensors.baseAddress.map { $0 + index } }
        let fault = op.check(instruction, pointers)
        guard fault.status == 0, let checkConstants = op.check_constants else { return fault }
        let buffers = constants.map(GuardedBuffer.init)
        defer { for buffer in buffers { _ = buffer.close() } }
        let addresses: [UnsafePointer<UInt8>?] = buffers.map { UnsafePointer($0.start) }
        return checkConstants(instruction, addresses)
      }
    }
  }

  struct Result {
    var output: [UInt8]
    var kernel: UInt
    var rows: UInt32
    var panels: UInt32
  }

  /// Runs `ranges` in turn (nil: everything at once) on guarded buffers of the sizes that the operator proved.
  ///
  /// With `distance` the output begins that many bytes before input `overlapping`, in one buffer. The output in the file's domain.
  func run(
    isa: ck_isa = CK_ISA_SCALAR, distance: Int? = nil, overlapping: Int = 0,
    ranges: (_ rows: UInt32, _ panels: UInt32) -> [ck_range] = { [ck_range(row_begin: 0, row_end: $0, panel_begin: 0, panel_end: $1)] }
  ) -> Result {
    var memory = inputs.map { input in input.bytes.map { $0 ^ input.domain } }
    var output = [UInt8](repeating: 0xCC, count: outputBytes)
    if let distance {
      let shared = memory[overlapping]
      output += [UInt8](repeating: 0xCC, count: max(0, distance + shared.count - outputBytes))
      output.replaceSubrange(distance..<distance + shared.count, with: shared)
      memory[overlapping] = []
    }
    let inputBuffers = memory.map(GuardedBuffer.init), constantBuffers = constants.map(GuardedBuffer.init)
    let outputBuffer = GuardedBuffer(output)
    let scratch = GuardedBuffer(count: Int(withUnsafePointer(to: instruction) { op.scratch($0) }), filling: 0x5C)
    let outputDomain: UInt8 = outputType == CK_DTYPE_S8 ? ck_arena_xor() : 0

    let result = withUnsafePointer(to: instruction) { instruction in
      var bound = ck_bound()
      bound.instruction = instruction
      bound.scratch = scratch.start
      withUnsafeMutableBytes(of: &bound.operand) { bytes in
        let pointers = bytes.bindMemory(to: UnsafeMutablePointer<UInt8>?.self)
        for (index, buffer) in (inputBuffers + [outputBuffer]).enumerated() { pointers[index] = buffer.start }
        if let distance { pointers[overlapping] = outputBuffer.start + distance }
      }
      withUnsafeMutableBytes(of: &bound.operand_xor) { bytes in
        for (index, domain) in (inputs.map(\.domain) + [outputDomain]).enumerated() { bytes[index] = domain }
      }
      withUnsafeMutableBytes(of: &bound.constant) { bytes in
        let pointers = bytes.bindMemory(to: UnsafePointer<UInt8>?.self)
        for (index, buffer) in constantBuffers.enumerated() { pointers[index] = UnsafePointer(buffer.start) }
      }
      op.bind(instruction, isa, &bound)
      for range in ranges(bound.rows, bound.panels) { #expect(bound.run(&bound, range) == status) }
      return Result(output: [], kernel: unsafeBitCast(bound.kernel, to: UInt.self), rows: bound.rows, panels: bound.panels)
    }

    for buffer in inputBuffers + constantBuffers + [scratch] { #expect(buffer.close().strayWrites == 0) }
    let (bytes, strayWrites) = outputBuffer.close()
    #expect(strayWrites == 0)
    var finished = result
    finished.output = bytes.prefix(outputBytes).map { $0 ^ outputDomain }
    return finished
  }
}
