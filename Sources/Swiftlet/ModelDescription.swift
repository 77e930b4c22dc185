internal import CKernels
internal import SwiftletCore

/// What the records say, in Swift's own types. Only made of validated views: numbers fit, indices exist.
struct ModelDescription {
  let view: ModelView

  init(_ view: ModelView) { self.view = view }

  var tensors: [TensorDescription] {
    (0..<view.tensors.count).map { index in
      let tensor = view.tensors[index]
      let shape = (0..<Int(tensor.rank)).map { Int(element(tensor.dims, $0)) }
      return describe(tensor, name: tensor.name, shape: shape, rawType: tensor.dtype, sourceType: ElementType(tensor.dtype))
    }
  }

  func bindings(_ range: Range<Int>) -> [TensorDescription] {
    range.map { index in
      let binding = view.bindings[index]
      let tensor = view.tensors[Int(binding.tensor)]
      let shape = (0..<Int(binding.rank)).map { Int(element(binding.dims, $0)) }
      return describe(
        binding.seenByCaller(tensor), name: binding.name, shape: shape, rawType: rawType(binding, tensor),
        sourceType: ElementType(binding.dtype))
    }
  }

  var programs: [ProgramDescription] {
    (0..<view.programs.count).map { index in
      let program = view.programs[index]
      return ProgramDescription(
        name: text(program.name), plan: program.plan == CK_PLAN_RAM.rawValue ? .ram : .latency, arenaBytes: Int(program.arena_bytes),
        lowerBoundBytes: Int(clamping: program.lower_bound_bytes), persistentBytes: Int(program.persistent_bytes), macs: program.macs,
        instructions: view.instructions(program))
    }
  }

  var instructions: [InstructionDescription] {
    // A file may hold instructions outside every program; nothing validated those, and nothing shows them as more than records.
    (0..<view.instructions.count).map { index in
      let instruction = view.instructions[index]
      let inputs = min(Int(instruction.input_count), Int(CK_MAX_OPERANDS))
      let end = min(inputs + Int(instruction.output_count), Int(CK_MAX_OPERANDS))
      let constants = (0..<Int(CK_MAX_CONSTANTS)).reduce(UInt64(0)) { $0 &+ element(instruction.constant, $1).bytes }
      let operands = (0..<end).map { Int(element(instruction.operand, $0)) }
      return InstructionDescription(
        operatorName: operatorName(instruction.opcode), name: text(instruction.name), precision: precision(operands),
        macs: multiplyAccumulates(view.instructions.pointer(index)), inputs: Array(operands[..<inputs]),
        outputs: Array(operands[inputs...]), constantBytes: Int(clamping: constants),
        scratchBytes: Int(clamping: instruction.scratch_bytes))
    }
  }

  /// By what the operands hold: a step between levels and float belongs to the levels, one between int8 and int16 to int16.
  private func precision(_ operands: [Int]) -> Precision {
    let types = operands.filter { $0 < view.tensors.count }.map { ck_dtype(UInt32(view.tensors[$0].dtype)) }
    if types.contains(CK_DTYPE_S16) { return .int16 }
    if types.contains(where: { $0 == CK_DTYPE_S8 || $0 == CK_DTYPE_U8 }) { return .int8 }
    return types.contains(CK_DTYPE_F32) ? .float32 : .integer
  }

  private func describe(
    _ tensor: ck_tensor, name: ck_string, shape: [Int], rawType: UInt8, sourceType: ElementType
  ) -> TensorDescription {
    TensorDescription(
      name: text(name), shape: shape, elementType: ElementType(rawType), sourceType: sourceType, scale: tensor.scale,
      zeroPoint: Int(tensor.zero_point), byteCount: Int(tensor.elementCount * elementBytes(rawType)), elementCount: Int(tensor.elementCount),
      arenaOffset: tensor.isConstant ? nil : Int(clamping: tensor.offset))
  }

  private func text(_ string: ck_string) -> String { String(decoding: view.string(string), as: UTF8.self) }

  private func operatorName(_ opcode: UInt16) -> String {
    guard let operation = ck_find_operator(view.operators, opcode), let name = operation.pointee.name else { return "opcode \(opcode)" }
    return String(cString: name)
  }
}

/// Multiply-accumulates of one instruction, from its parameters; 0 for operators that only move or map values.
func multiplyAccumulates(_ record: UnsafePointer<ck_instruction>) -> UInt64 {
  let parameters = UnsafeRawPointer(record) + 128
  func product(_ factors: UInt32...) -> UInt64 {
    factors.reduce(1) { product, factor in
      let (value, overflow) = product.multipliedReportingOverflow(by: UInt64(factor))
      return overflow ? UInt64.max : value
    }
  }
  switch ck_opcode(UInt32(record.pointee.opcode)) {
  case CK_OP_CONV2D_S8, CK_OP_CONV2D_S16, CK_OP_CONV2D_F32:
    let p = parameters.loadUnaligned(as: ck_conv2d_parameters.self)
    return p.groups == 0 ? 0 : product(p.batch, p.out_h, p.out_w, p.out_c, p.kernel_h, p.kernel_w, p.in_c / p.groups)
  case CK_OP_DWCONV2D_S8, CK_OP_DWCONV2D_S16, CK_OP_DWCONV2D_F32:
    let p = parameters.loadUnaligned(as: ck_conv2d_parameters.self)
    return product(p.batch, p.out_h, p.out_w, p.out_c, p.kernel_h, p.kernel_w)
  case CK_OP_GEMM_S8, CK_OP_GEMM_S16, CK_OP_GEMM_F32:
    let p = parameters.loadUnaligned(as: ck_gemm_parameters.self)
    return product(p.m, p.n, p.k)
  case CK_OP_MATMUL_S8, CK_OP_MATMUL_F32:
    let p = parameters.loadUnaligned(as: ck_matmul_parameters.self)
    return product(p.batch.0, p.batch.1, p.batch.2, p.batch.3, p.m, p.n, p.k)
  default: return 0
  }
}
