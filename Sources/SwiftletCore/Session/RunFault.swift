/// Why a session refused a call: a case, what it is about (an input, an output, an instruction), and need against have.
package struct RunFault: Error, Equatable {
  /// Stable numbers, after those of `FormatError.Code`.
  package enum Code: UInt32 {
    /// No such program; need is the number of programs.
    case noSuchProgram = 101
    /// The arena is smaller than the program's.
    case arenaTooSmall = 102
    /// The arena does not start at a multiple of 64.
    case arenaMisaligned = 103
    /// The workspace is too small or not aligned to 16.
    case workspaceTooSmall = 104
    /// The CPU lacks the instruction set; have is its bit mask.
    case isaUnavailable = 105
    /// No such input; need is the number of inputs.
    case noSuchInput = 106
    /// No such output; need is the number of outputs.
    case noSuchOutput = 107
    /// No such tensor in this program's arena.
    case noSuchTensor = 108
    /// A wrong number of elements.
    case elementCount = 109
    /// A wrong number of bytes.
    case byteCount = 110
    /// Not-a-number where a quantized or integer input is set; have is the element.
    case notANumber = 111
    /// A value that an integer input cannot hold; have is the element.
    case outOfRange = 112
    /// The input was not set since the last run.
    case inputNotSet = 113
    /// An index in a tensor's data is out of range; index is the instruction.
    case badIndex = 114
    /// The system has no memory for the arena or the workspace.
    case outOfMemory = 115
    /// An unknown name of an instruction set.
    case unknownISA = 116
    /// A wrong number of input arrays.
    case inputCount = 117
    /// A number of threads that no session takes; need is the nearest that one does, index what was asked for.
    case threadCount = 118
    /// The system has no more threads; need and have are those beside the caller's.
    case noThread = 119
  }

  package var code: Code
  /// Input, output, tensor, instruction or program.
  package var index: Int
  package var need: UInt64
  package var have: UInt64

  package init(_ code: Code, index: Int = 0, need: UInt64 = 0, have: UInt64 = 0) {
    self.code = code
    self.index = index
    self.need = need
    self.have = have
  }
}
