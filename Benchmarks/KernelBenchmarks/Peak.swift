import CKernels
import PeakRate

/// The highest rates that product instructions on registers alone have reached in this process, in MAC/ns.
struct Peak {
  private var rates: [ck_isa: Double] = [:]

  /// Measures again, some 2 ms, and keeps the higher rate; nil for an instruction set without a product instruction.
  mutating func measure(_ isa: ck_isa) -> Double? {
    guard let loop = Self.loop(isa) else { return nil }
    for _ in 0..<20 {
      let start = ContinuousClock.now
      let macs = peak_rate_run(loop, 10_000)
      rates[isa] = max(rates[isa] ?? 0, Double(macs) / nanoseconds(ContinuousClock.now - start))
    }
    return rates[isa].flatMap { $0 > 0 ? $0 : nil }
  }

  private static func loop(_ isa: ck_isa) -> peak_isa? {
    switch isa {
    case CK_ISA_NEON: PEAK_NEON
    case CK_ISA_DOTPROD: PEAK_DOTPROD
    case CK_ISA_I8MM: PEAK_I8MM
    case CK_ISA_AVX2: PEAK_AVX2
    case CK_ISA_AVXVNNI: PEAK_AVXVNNI
    case CK_ISA_AVX512VNNI: PEAK_AVX512VNNI
    default: nil
    }
  }
}

extension ck_isa: @retroactive Hashable {}

func nanoseconds(_ duration: Duration) -> Double {
  let (seconds, attoseconds) = duration.components
  return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
}
