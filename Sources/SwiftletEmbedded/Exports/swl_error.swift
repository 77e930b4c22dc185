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

/// What only C can do wrong. After the codes of `RunFault`.
enum CallFault: Int32 {
  case badPointer = 201
  case notOpen = 202

  var name: StaticString {
    switch self {
    case .badPointer: "badPointer"
    case .notOpen: "notOpen"
    }
  }
}

func report(_ fault: CallFault, _ target: UnsafeMutablePointer<swl_error>?, argument: Int32 = 0, need: UInt64 = 0, have: UInt64 = 0) -> Int32 {
  unsafe target?.pointee = swl_error(code: fault.rawValue, index: argument, offset: 0, need: need, have: have)
  return fault.rawValue
}

/// Whether C passed no address, or one that is no multiple of `alignment`. The header promises neither, so only the bits are looked at.
@inline(__always)
func isBad(_ pointer: UnsafeRawPointer?, _ alignment: UInt = 1) -> Bool {
  let address = UInt(bitPattern: pointer)
  return address == 0 || address % alignment != 0
}

/// Reports the pointer that is argument number `argument`.
func badPointer(
  _ pointer: UnsafeRawPointer?, _ argument: Int32, _ target: UnsafeMutablePointer<swl_error>?, _ alignment: UInt = 1
) -> Int32 {
  unsafe report(.badPointer, target, argument: argument, need: UInt64(alignment), have: UInt64(UInt(bitPattern: pointer) % alignment))
}

private func codeName(_ code: Int32) -> StaticString {
  let number = UInt32(bitPattern: code)
  return FormatError.Code(rawValue: number)?.name ?? RunFault.Code(rawValue: number)?.name ?? CallFault(rawValue: code)?.name
    ?? (code == 0 ? "ok" : "unknown")
}

/// Name of a status: "ok", a format or run code, or "unknown".
@c @implementation
public func swl_code_name(_ code: Int32) -> UnsafePointer<CChar> { unsafe cString(codeName(code)) }

/// The header's version: both are of one source tree.
@c @implementation
public func swl_version() -> UnsafePointer<CChar> { unsafe cString("0.1.0") }

private func cString(_ string: StaticString) -> UnsafePointer<CChar> {
  unsafe UnsafeRawPointer(string.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// Writes what an error says, without the C library; the length it has whole.
@c @implementation
public func swl_error_text(_ error: UnsafePointer<swl_error>, _ text: UnsafeMutablePointer<CChar>?, _ bytes: Int) -> Int {
  let room = unsafe isBad(text) ? 0 : max(bytes, 0)
  if room > 0 { unsafe text.unsafelyUnwrapped[0] = 0 }
  guard unsafe !isBad(error) else { return 0 }
  let values = unsafe error.pointee
  var length = 0
  func put(_ byte: UInt8) {
    if length + 1 < room {
      unsafe text.unsafelyUnwrapped[length] = CChar(bitPattern: byte)
      unsafe text.unsafelyUnwrapped[length + 1] = 0
    }
    length += 1
  }
  func put(_ string: StaticString) {
    for index in 0..<string.utf8CodeUnitCount { put(unsafe string.utf8Start[index]) }
  }
  func putNumber(_ number: UInt64) {
    var divisor: UInt64 = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      put(48 + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }
  func putSigned(_ number: Int32) {
    if number < 0 { put(45) }
    putNumber(UInt64(number.magnitude))
  }
  put(codeName(values.code))
  put(" (")
  putSigned(values.code)
  put("): index ")
  putSigned(values.index)
  put(", byte ")
  putNumber(values.offset)
  put(", need ")
  putNumber(values.need)
  put(", have ")
  putNumber(values.have)
  return length
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
