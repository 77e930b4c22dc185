internal import CKernels

/// Instruction set of the kernels. All give the same bytes in int8 programs; they differ in speed.
public enum ISA: String, Sendable, CaseIterable {
  /// Plain C: on every CPU, and the one that all others agree with.
  case scalar
  /// Armv8-A: Cortex-A53, A72.
  case neon
  /// Armv8.2-A with SDOT: Cortex-A55, A76.
  case dotprod
  /// Armv8.6-A with SMMLA.
  case i8mm
  /// x86-64 with AVX2.
  case avx2
  /// x86-64 with AVX-VNNI.
  case avxvnni
  /// x86-64 with AVX-512 VNNI.
  case avx512vnni

  /// Those that this CPU and operating system can run, slowest first.
  public static var available: [ISA] { allCases.filter { ck_isa_available() >> $0.code.rawValue & 1 == 1 } }

  /// The fastest available one.
  public static var best: ISA { available.last ?? .scalar }

  var code: ck_isa {
    switch self {
    case .scalar: CK_ISA_SCALAR
    case .neon: CK_ISA_NEON
    case .dotprod: CK_ISA_DOTPROD
    case .i8mm: CK_ISA_I8MM
    case .avx2: CK_ISA_AVX2
    case .avxvnni: CK_ISA_AVXVNNI
    case .avx512vnni: CK_ISA_AVX512VNNI
    }
  }

  /// What a session runs on: the environment's choice before the caller's, before the best. An unknown or unsupported name is an
  /// error, never a silent fallback, or a benchmark would measure what it did not ask for.
  package static func resolve(_ requested: ISA?, environment: String?) throws(RunError) -> ISA {
    var choice = requested ?? best
    if let name = environment, !name.isEmpty {
      guard let named = ISA(rawValue: name) else {
        throw RunError(
          .unknownISA, "SWIFTLET_ISA=\(name) names no instruction set", hint: "known: \(list(allCases)); this CPU has: \(list(available))")
      }
      choice = named
    }
    guard available.contains(choice) else {
      throw RunError(
        .isaUnavailable, "this CPU cannot run \(choice.rawValue) kernels\(environment == nil ? "" : " (SWIFTLET_ISA)")",
        hint: "it has: \(list(available))")
    }
    return choice
  }

  private static func list(_ sets: [ISA]) -> String { sets.map(\.rawValue).joined(separator: ", ") }
}
