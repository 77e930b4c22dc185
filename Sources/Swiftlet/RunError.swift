internal import SwiftletCore

/// Why a session refused to be made, to take an input, to run or to give an output. Prints as one line.
public struct RunError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Stable codes.
  public enum Code: String, Sendable {
    /// The model has no program of that index.
    case noSuchProgram
    /// The memory given is smaller than the program's arena.
    case arenaTooSmall
    /// The memory given does not start at a multiple of 64.
    case arenaMisaligned
    /// The memory given cannot hold the bound instructions.
    case workspaceTooSmall
    /// This CPU lacks the instruction set.
    case isaUnavailable
    /// The program has no input of that index.
    case noSuchInput
    /// The program has no output of that index.
    case noSuchOutput
    /// The program has no tensor of that index in its arena.
    case noSuchTensor
    /// More or fewer elements than the tensor has.
    case elementCount
    /// More or fewer bytes than the tensor has.
    case byteCount
    /// Not-a-number where the input is quantized.
    case notANumber
    /// A value that the input's integer type cannot hold.
    case outOfRange
    /// An input was not set since the last run.
    case inputNotSet
    /// A value of an integer input points outside the table that it indexes.
    case badIndex
    /// The system refused memory.
    case outOfMemory
    /// SWIFTLET_ISA names no instruction set.
    case unknownISA
    /// More or fewer inputs than the program has.
    case inputCount
    /// A number of threads that no session runs on.
    case threadCount
    /// The system refused a thread.
    case noThread
  }

  /// What went wrong.
  public let code: Code
  /// What was expected and what was found.
  public let message: String
  /// What to do about it.
  public let hint: String?
  /// Bytes, elements or count needed; 0 where it does not apply.
  public let need: UInt64
  /// What there was instead.
  public let have: UInt64

  /// An error with its wording; observers of a run may throw their own.
  package init(_ code: Code, _ message: String, hint: String? = nil, need: UInt64 = 0, have: UInt64 = 0) {
    (self.code, self.message, self.hint, self.need, self.have) = (code, message, hint, need, have)
  }

  /// `code: message (hint)`.
  public var description: String { "\(code.rawValue): \(message)" + (hint.map { " (\($0))" } ?? "") }
}

extension RunError {
  /// Words a fault of the core with the names of the model.
  init(_ fault: RunFault, _ model: Model, program: Int, isOutput: Bool = false) {
    func name(_ tensors: [TensorDescription]) -> String {
      tensors.indices.contains(fault.index) ? "'\(tensors[fault.index].name)' \(tensors[fault.index].shape)" : "\(fault.index)"
    }
    let inputs = isOutput ? model.outputs(ofProgram: program) : model.inputs(ofProgram: program)
    let need = fault.need
    let have = fault.have
    func make(_ code: Code, _ message: String, _ hint: String? = nil) -> RunError {
      RunError(code, message, hint: hint, need: need, have: have)
    }
    switch fault.code {
    case .noSuchProgram: self = make(.noSuchProgram, "there is no program \(fault.index)", "the model has \(need)")
    case .arenaTooSmall: self = make(.arenaTooSmall, "the arena has \(have) bytes, the program needs \(need)")
    case .arenaMisaligned: self = make(.arenaMisaligned, "the arena must start at a multiple of \(need)")
    case .workspaceTooSmall: self = make(.workspaceTooSmall, "the workspace has \(have) bytes, the program needs \(need), aligned to 16")
    case .isaUnavailable: self = make(.isaUnavailable, "this CPU cannot run the kernels asked for")
    case .noSuchInput: self = make(.noSuchInput, "there is no input \(fault.index)", "the program has \(need), counted from 0")
    case .noSuchOutput: self = make(.noSuchOutput, "there is no output \(fault.index)", "the program has \(need), counted from 0")
    case .noSuchTensor: self = make(.noSuchTensor, "tensor \(fault.index) is not in this program's arena", "the model has \(need)")
    case .elementCount:
      self = make(.elementCount, "\(have) elements for \(isOutput ? "output" : "input") \(name(inputs)), \(need) expected")
    case .byteCount: self = make(.byteCount, "\(have) bytes for \(isOutput ? "output" : "input") \(name(inputs)), \(need) expected")
    case .notANumber: self = make(.notANumber, "input \(name(inputs)): element \(have) is not a number")
    case .outOfRange:
      let type = inputs.indices.contains(fault.index) ? inputs[fault.index].elementType.rawValue : "integer"
      self = make(
        .outOfRange, "input \(name(inputs)): element \(have) is no value of \(type) that the runtime holds",
        "whole numbers in the type's range, and within 32 bits, are expected")
    case .inputNotSet:
      self = make(
        .inputNotSet, "input \(name(inputs)) was not set since the last run", "a run uses its inputs up: set each before every run")
    case .badIndex:
      let node = model.instructions.indices.contains(fault.index) ? model.instructions[fault.index] : nil
      self = make(
        .badIndex, "instruction \(fault.index) (\(node?.operatorName ?? "?") '\(node?.name ?? "")') met an index outside its table",
        "check the values of the integer inputs")
    case .outOfMemory: self = make(.outOfMemory, "no memory for \(need) bytes")
    case .unknownISA: self = make(.unknownISA, "unknown instruction set")
    case .inputCount: self = make(.inputCount, "\(have) inputs given, \(need) expected")
    case .threadCount:
      let (least, most) = (Session.threadCounts.lowerBound, Session.threadCounts.upperBound)
      self = make(
        .threadCount, "\(fault.index) threads asked for, a session runs on \(least) to \(most)", "1 thread, or as many as there are cores")
    case .noThread:
      self = make(.noThread, "the system started \(have) of \(need) threads", "ask for fewer, or raise the limit of threads (ulimit -u)")
    }
  }
}
