package import CKernels

/// What the planner asks of the kernels.
package struct OperatorContracts: Sendable {
  /// Scratch bytes of an instruction.
  package var scratch: @Sendable (ck_instruction) -> Int
  /// The output may overlap an input where its offset + ahead <= the input's; nil forbids it.
  package var ahead: @Sendable (ck_instruction, _ input: Int) -> Int?
  /// What is wrong with an instruction whose operands are these records.
  package var fault: @Sendable (ck_instruction, _ operands: [ck_tensor]) -> ck_fault?

  package init(
    scratch: @escaping @Sendable (ck_instruction) -> Int, ahead: @escaping @Sendable (ck_instruction, _ input: Int) -> Int?,
    fault: @escaping @Sendable (ck_instruction, _ operands: [ck_tensor]) -> ck_fault?
  ) {
    (self.scratch, self.ahead, self.fault) = (scratch, ahead, fault)
  }

  /// Nothing overlaps, nothing needs scratch.
  package static let kernels = OperatorContracts(scratch: { _ in 0 }, ahead: { _, _ in nil }, fault: { _, _ in nil })
}
