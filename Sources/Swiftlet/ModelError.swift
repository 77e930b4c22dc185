internal import CKernels
internal import SwiftletCore

/// Why a file is no model that can be run: nothing of it was executed. Prints as one line.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Stable code: `truncated`, `magic`, `version` ... as in docs/format.md, or `unreadable` where the system refused the file.
  public let code: String
  /// Byte of the file at which it shows, nil where it has no place.
  public let byteOffset: UInt64?
  /// What is wrong, and what was expected.
  public let message: String
  /// What to do about it.
  public let hint: String?
  /// The file, where there is one.
  public internal(set) var path: String?

  init(code: String, byteOffset: UInt64? = nil, _ message: String, hint: String? = nil) {
    (self.code, self.byteOffset, self.message, self.hint) = (code, byteOffset, message, hint)
  }

  /// `path: code: message at byte N (hint)`.
  public var description: String {
    (path.map { "\($0): " } ?? "") + "\(code): \(message)" + (byteOffset.map { ", at byte \($0)" } ?? "") + (hint.map { " (\($0))" } ?? "")
  }
}

extension ModelError {
  /// Words a fault of the core. `place` says in which record the byte lies.
  init(_ error: FormatError, place: String?) {
    let (message, hint) = Self.wording(error)
    self.init(code: "\(error.code)", byteOffset: error.offset, (place.map { "\($0): " } ?? "") + message, hint: hint)
  }

  private static let damaged = "the file is damaged or was made by a faulty writer: convert the model again"

  private static func wording(_ error: FormatError) -> (String, String?) {
    let (expected, found) = (error.expected, error.found)
    return switch error.code {
    case .truncated: ("the file ends after \(found) bytes, \(expected) expected", "copy or convert it again")
    case .magic: ("not a .swl model", "`quantize model.onnx` makes one; a text-mode transfer destroys it")
    case .version: ("the file needs format version \(found), this runtime reads 1 to \(expected)", "update the runtime or convert again")
    case .length: ("the header says \(expected) bytes, the file has \(found)", "copy or convert it again")
    case .sectionTable: ("the section table is wrong: \(found) against \(expected)", damaged)
    case .missingSection: ("section \(expected) is missing", damaged)
    case .unknownSection: ("section kind \(found) is unknown and not optional", "a newer runtime may know it")
    case .reserved: ("a reserved field is not zero", "a newer runtime may know it")
    case .recordSize: ("a section of \(found) bytes is not a whole number of \(expected)-byte records", damaged)
    case .structureDigest: ("the structure does not match its SHA-256 digest", damaged)
    case .constantsDigest: ("the weights do not match their SHA-256 digest", damaged)
    case .string: ("a string lies outside its section or is not UTF-8", damaged)
    case .tensorShape: ("type, rank or dimension \(found) is out of range", damaged)
    case .tensorBytes: ("the tensor has \(found) bytes, its shape needs \(expected)", damaged)
    case .tensorPlace: ("the tensor's place \(found) is misaligned or outside the \(expected) bytes there are", damaged)
    case .quantization: ("scale or zero point is out of range", damaged)
    case .program: ("the program's field is \(found), against \(expected)", damaged)
    case .binding: ("the input, output or state does not fit its tensor: \(found), expected \(expected)", damaged)
    case .permutation: ("the axis order is no permutation", damaged)
    case .normalization: ("mean or deviation is not finite, or outside the constants", damaged)
    case .state: ("the state's place, initial value or linked output is wrong", damaged)
    case .instruction: ("counts or flags are out of range (\(found))", damaged)
    case .unknownOperator: ("operator \(found) is not in this build", "a newer runtime, or a table with more operators, may have it")
    case .operand: ("operand \(found) is no tensor that can stand there", damaged)
    case .constant: ("constant at \(found) is misaligned or outside the \(expected) bytes there are", damaged)
    case .operatorCheck: ("the operator refuses it: \(status(found))", damaged)
    case .scratch: ("scratch of \(found) against \(expected)", damaged)
    case .overlap: ("operands share memory that the operator needs apart", damaged)
    case .unwritten: ("reads tensor \(expected) before it is written", damaged)
    case .overwritten: ("reads tensor \(expected) after instruction \(found) wrote over it", damaged)
    case .complexity: ("the order of reads and writes takes more than \(found) steps to prove", damaged)
    case .misaligned: ("the model's bytes must start at a multiple of \(expected)", nil)
    case .metadata: ("the metadata section is damaged", "convert the model again, or strip it")
    }
  }

  private static func status(_ status: UInt64) -> String {
    switch ck_status(UInt32(truncatingIfNeeded: status)) {
    case CK_BAD_FLAGS: "flags that it does not take"
    case CK_BAD_OPERANDS: "count, type or rank of an operand"
    case CK_BAD_EXTENT: "an operand's bytes disagree with the geometry"
    case CK_BAD_CONSTANT: "a constant array's size or contents"
    case CK_BAD_PARAMETER: "a parameter out of its range"
    case CK_BAD_SCRATCH: "scratch too small or misaligned"
    default: "status \(status)"
    }
  }
}
