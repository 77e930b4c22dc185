public import CSwiftlet

/// Leaves an error where the caller asked for it; its code.
func report(_ error: FormatError, _ target: UnsafeMutablePointer<swl_error>?) -> Int32 {
  let code = Int32(error.code.rawValue)
  unsafe target?.pointee = swl_error(code: code, index: 0, offset: error.offset, need: error.expected, have: error.found)
  return code
}

func report(_ fault: RunFault, _ target: UnsafeMutablePointer<swl_error>?) -> Int32 {
  let code = Int32(fault.code.rawValue)
  unsafe target?.pointee = swl_error(
    code: code, index: Int32(truncatingIfNeeded: fault.index), offset: 0, need: fault.need, have: fault.have)
  return code
}

/// Name of a status: "ok", a format or run code, or "unknown".
@c @implementation
public func swl_code_name(_ code: Int32) -> UnsafePointer<CChar> {
  let number = UInt32(bitPattern: code)
  let name = FormatError.Code(rawValue: number)?.name ?? RunFault.Code(rawValue: number)?.name ?? (code == 0 ? "ok" : "unknown")
  return unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
}

extension FormatError.Code {
  var name: StaticString {
    switch self {
    case .truncated: "truncated"
    case .magic: "magic"
    case .version: "version"
    case .length: "length"
    case .sectionTable: "sectionTable"
    case .missingSection: "missingSection"
    case .unknownSection: "unknownSection"
    case .reserved: "reserved"
    case .recordSize: "recordSize"
    case .structureDigest: "structureDigest"
    case .constantsDigest: "constantsDigest"
    case .string: "string"
    case .tensorShape: "tensorShape"
    case .tensorBytes: "tensorBytes"
    case .tensorPlace: "tensorPlace"
    case .quantization: "quantization"
    case .program: "program"
    case .binding: "binding"
    case .permutation: "permutation"
    case .normalization: "normalization"
    case .state: "state"
    case .instruction: "instruction"
    case .unknownOperator: "unknownOperator"
    case .operand: "operand"
    case .constant: "constant"
    case .operatorCheck: "operatorCheck"
    case .scratch: "scratch"
    case .overlap: "overlap"
    case .unwritten: "unwritten"
    case .overwritten: "overwritten"
    case .complexity: "complexity"
    case .misaligned: "misaligned"
    case .metadata: "metadata"
    }
  }
}

extension RunFault.Code {
  var name: StaticString {
    switch self {
    case .noSuchProgram: "noSuchProgram"
    case .arenaTooSmall: "arenaTooSmall"
    case .arenaMisaligned: "arenaMisaligned"
    case .workspaceTooSmall: "workspaceTooSmall"
    case .isaUnavailable: "isaUnavailable"
    case .noSuchInput: "noSuchInput"
    case .noSuchOutput: "noSuchOutput"
    case .noSuchTensor: "noSuchTensor"
    case .elementCount: "elementCount"
    case .byteCount: "byteCount"
    case .notANumber: "notANumber"
    case .outOfRange: "outOfRange"
    case .inputNotSet: "inputNotSet"
    case .badIndex: "badIndex"
    case .outOfMemory: "outOfMemory"
    case .unknownISA: "unknownISA"
    case .inputCount: "inputCount"
    case .threadCount: "threadCount"
    case .noThread: "noThread"
    }
  }
}
