/// Why a file was refused: a case, the byte of the file at which, and what was expected and found there. The hosted module words it.
package struct FormatError: Error, Equatable {
  /// Stable numbers: the C interface and the hosted error codes both show them.
  package enum Code: UInt32 {
    /// Fewer bytes than the header or a section needs.
    case truncated = 1
    /// Not a .swl file, or one that a text-mode copy changed.
    case magic = 2
    /// The file needs a newer runtime.
    case version = 3
    /// The header's length is not the file's.
    case length = 4
    /// Sections out of order, misaligned, overlapping or outside the file.
    case sectionTable = 5
    /// A section that every file has is absent.
    case missingSection = 6
    /// A section of unknown kind that is not marked optional.
    case unknownSection = 7
    /// A reserved field is not zero.
    case reserved = 8
    /// A section is not a whole number of records.
    case recordSize = 9
    /// The structure sections do not match their digest.
    case structureDigest = 10
    /// The weights do not match their digest.
    case constantsDigest = 11
    /// A string outside its section, or not UTF-8.
    case string = 12
    /// Element type, rank or dimensions of a tensor.
    case tensorShape = 13
    /// A tensor's bytes are not the product of its dimensions and element size.
    case tensorBytes = 14
    /// A tensor is misaligned, or outside the arena or the constants.
    case tensorPlace = 15
    /// Scale or zero point out of range.
    case quantization = 16
    /// A program's ranges, plan or sizes.
    case program = 17
    /// An input, output or state.
    case binding = 18
    /// An axis order that is not a permutation.
    case permutation = 19
    /// Mean and standard deviation of an input.
    case normalization = 20
    /// A state's place, initial value or linked output.
    case state = 21
    /// An instruction's counts or flags.
    case instruction = 22
    /// No operator of that number in the table; found is the opcode.
    case unknownOperator = 23
    /// An operand's index or storage.
    case operand = 24
    /// A constant's range or alignment.
    case constant = 25
    /// The operator refuses the instruction; found is its `ck_status`.
    case operatorCheck = 26
    /// Scratch too small, misaligned or outside the arena.
    case scratch = 27
    /// Operands of one instruction share bytes in a way that the operator does not allow.
    case overlap = 28
    /// An operand is read that nothing wrote.
    case unwritten = 29
    /// An operand's bytes were overwritten before it is read.
    case overwritten = 30
    /// Proving the order of reads and writes would take too long.
    case complexity = 31
    /// The bytes of the file do not start at a multiple of 64.
    case misaligned = 32
    /// The metadata section is damaged.
    case metadata = 33
  }

  package var code: Code
  /// Byte of the file.
  package var offset: UInt64
  package var expected: UInt64
  package var found: UInt64

  package init(_ code: Code, at offset: UInt64, expected: UInt64 = 0, found: UInt64 = 0) {
    self.code = code
    self.offset = offset
    self.expected = expected
    self.found = found
  }
}
