package import CKernels

/// What the compiler asks of the kernels.
package struct OperatorContracts: Sendable {
  /// Scratch bytes of an instruction.
  package var scratch: @Sendable (ck_instruction) -> Int
  /// The output may overlap an input where its offset + ahead <= the input's; nil forbids it.
  package var ahead: @Sendable (ck_instruction, _ input: Int) -> Int?
  /// The output may lie exactly where an input of its size does, and overlap it nowhere else.
  package var takesPlace: @Sendable (ck_instruction, _ input: Int) -> Bool
  /// What is wrong with an instruction whose operands are these records.
  package var fault: @Sendable (ck_instruction, _ operands: [ck_tensor]) -> ck_fault?

  package init(
    scratch: @escaping @Sendable (ck_instruction) -> Int, ahead: @escaping @Sendable (ck_instruction, _ input: Int) -> Int?,
    takesPlace: @escaping @Sendable (ck_instruction, _ input: Int) -> Bool,
    fault: @escaping @Sendable (ck_instruction, _ operands: [ck_tensor]) -> ck_fault?
  ) {
    (self.scratch, self.ahead, self.takesPlace, self.fault) = (scratch, ahead, takesPlace, fault)
  }

  /// The operators of this build.
  package static let kernels = OperatorContracts(
    scratch: { instruction in
      withUnsafePointer(to: instruction) { Int(clamping: kernel(instruction)?.scratch?($0) ?? 0) }
    },
    ahead: { instruction, input in
      withUnsafePointer(to: instruction) { kernel(instruction)?.ahead?($0, UInt32(input)) }.flatMap { Int(exactly: $0) }
    },
    takesPlace: { instruction, input in
      withUnsafePointer(to: instruction) { kernel(instruction)?.ahead?($0, UInt32(input)) } == CK_SAME_PLACE
    },
    fault: { instruction, operands in
      guard let check = kernel(instruction)?.check else { return ck_fault(status: UInt16(CK_BAD_PARAMETER.rawValue), offset: 0) }
      let fault = operands.withUnsafeBufferPointer { records in
        let pointers = records.indices.map { index in records.baseAddress.map { $0 + index } }
        return withUnsafePointer(to: instruction) { check($0, pointers) }
      }
      return fault.status == UInt16(CK_OK.rawValue) ? nil : fault
    })

  private static func kernel(_ instruction: ck_instruction) -> ck_operator? {
    ck_find_operator(ck_default_table(), instruction.opcode)?.pointee
  }
}
