package import CKernels

/// An instruction before its operands have places.
package struct Instruction: Sendable {
  package var opcode: UInt16
  package var flags: UInt16 = 0
  /// The source model's node.
  package var name: String
  package var inputs: [TensorID]
  package var outputs: [TensorID]
  package var constants: [ck_constant]
  /// The opcode's struct of ck/parameters.h, without what follows it.
  package var parameters: [UInt8]
  /// What a COPY does, so that the planner can make it unnecessary.
  package var copy: StridedCopy?

  /// - Parameter byteCount: the bytes of `parameters` that are fields, where padding follows them.
  init<Parameters>(
    _ opcode: ck_opcode, _ name: String, inputs: [TensorID], outputs: [TensorID], constants: [ck_constant] = [],
    parameters: Parameters, byteCount: Int = MemoryLayout<Parameters>.size
  ) {
    self.opcode = UInt16(truncatingIfNeeded: opcode.rawValue)
    self.name = name
    (self.inputs, self.outputs, self.constants) = (inputs, outputs, constants)
    self.parameters = Array(recordBytes(parameters).prefix(byteCount))
  }

  /// The record, except for name and scratch.
  package var record: ck_instruction {
    var record = ck_instruction()
    record.opcode = opcode
    record.flags = flags
    record.input_count = UInt8(inputs.count)
    record.output_count = UInt8(outputs.count)
    record.constant_count = UInt8(constants.count)
    let operands = (inputs + outputs).map { UInt32($0.index) }
    let unused = Array(repeating: CK_NONE, count: max(0, Int(CK_MAX_OPERANDS) - operands.count))
    setArray(&record.operand, operands + unused)
    setArray(&record.constant, constants)
    setArray(&record.parameters, parameters)
    return record
  }

  /// Whether each output element is made of the input's at the same index, where inputs are not broadcast.
  package var isElementwise: Bool {
    [
      CK_OP_TABLE_S8, CK_OP_BINARY_S8, CK_OP_UNARY_F32, CK_OP_BINARY_F32, CK_OP_BINARY_INT, CK_OP_UNARY_INT, CK_OP_BINARY_S16, CK_OP_REQUANTIZE,
    ].contains { $0.rawValue == opcode }
  }

  /// Whether each output element is made of this input's at the same index, and of no other of its elements, where it is not broadcast.
  package func isElementwise(input position: Int) -> Bool {
    isElementwise || (UInt32(flags) & CK_FLAG_ADD.rawValue != 0 && position == 1)
  }
}
