import CKernels
package import ModelGraph

extension Program {
  /// Asks every instruction's own operator whether it can run, before a file that no runtime would open is written.
  /// - Throws: one diagnostic for each instruction that is refused.
  package func check(_ contracts: OperatorContracts = .kernels) throws(DiagnosticError) {
    var diagnostics: [Diagnostic] = []
    for instruction in instructions {
      var record = instruction.record
      record.scratch_bytes = UInt64(contracts.scratch(record))
      let operands = (instruction.inputs + instruction.outputs).map { ck_tensor(self[$0], place: 0) }
      guard let fault = contracts.fault(record, operands) else { continue }
      diagnostics.append(
        Diagnostic(
          code: "refused-instruction", node: instruction.name, inputs: instruction.inputs.map { TensorType(.float32, self[$0].shape) },
          message: "opcode \(instruction.opcode) cannot run it: status \(fault.status) at byte \(fault.offset) of the instruction",
          hint: "cut the net before this node with --outputs, and report the model"))
    }
    guard diagnostics.isEmpty else { throw DiagnosticError(diagnostics) }
  }
}
