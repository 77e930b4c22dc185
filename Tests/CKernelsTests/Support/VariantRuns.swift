import CKernels
import Testing
import _TestSupport

/// Every instruction set that this CPU has, scalar first.
let availableISAs = (0..<UInt32(CK_ISA_COUNT)).filter { ck_isa_available() >> $0 & 1 != 0 }.map(ck_isa.init(rawValue:))

/// Runs cases on every instruction set: exact against `reference`, whole and in parts, apart and overlapped; and remembers the kernels.
struct VariantRuns {
  let op: ck_operator
  private var chosen: Set<UInt> = []
  init(_ op: ck_operator) { self.op = op }

  mutating func run(_ kernelCase: KernelCase, expecting reference: [UInt8], seed: UInt64) {
    #expect(kernelCase.check().status == 0, "the case is valid, seed \(seed)")
    var random = SeededRandom(seed: seed)
    for isa in availableISAs {
      let note: Comment = "\(String(cString: ck_isa_name(isa))), seed \(seed)"
      let whole = kernelCase.run(isa: isa)
      #expect(whole.output == reference, note)
      chosen.insert(whole.kernel)
      let parts = kernelCase.run(isa: isa) { rows, panels in split(rows, panels, &random) }
      #expect(parts.output == reference, "in parts, \(note)")
      for input in kernelCase.inputs.indices where !kernelCase.inputs[input].isConstant {
        let ahead = kernelCase.ahead(of: input)
        if ahead == samePlace {
          #expect(kernelCase.run(isa: isa, distance: 0, overlapping: input).output == reference, "in the place of input \(input), \(note)")
          let parts = kernelCase.run(isa: isa, distance: 0, overlapping: input) { rows, panels in split(rows, panels, &random) }
          #expect(parts.output == reference, "in the place of input \(input), in parts, \(note)")
        }
        guard ahead < samePlace else { continue }
        for distance in [Int(ahead), Int(ahead) + Int.random(in: 1...40, using: &random)] {
          let overlapped = kernelCase.run(isa: isa, distance: distance, overlapping: input)
          #expect(overlapped.output == reference, "output \(distance) bytes before input \(input), \(note)")
        }
      }
    }
  }

  /// Fails for a kernel that this CPU can run and that no case has chosen; prints what ran and what was skipped.
  func report() {
    let name = String(cString: op.name)
    for variant in UnsafeBufferPointer(start: op.variants, count: Int(op.variant_count)) {
      let kernel = String(cString: variant.name)
      guard let function = variant.kernel, ck_isa_available() >> variant.isa.rawValue & 1 != 0 else {
        print("\(name): skipped \(kernel), this CPU lacks \(String(cString: ck_isa_name(variant.isa)))")
        continue
      }
      #expect(chosen.contains(unsafeBitCast(function, to: UInt.self)), "no case chose \(kernel)")
      print("\(name): ran \(kernel)")
    }
  }

  /// The whole range in up to four rectangles, in random order.
  private func split(_ rows: UInt32, _ panels: UInt32, _ random: inout SeededRandom) -> [ck_range] {
    let row = UInt32.random(in: 0...rows, using: &random), panel = UInt32.random(in: 0...panels, using: &random)
    return [
      ck_range(row_begin: row, row_end: rows, panel_begin: 0, panel_end: panel),
      ck_range(row_begin: 0, row_end: row, panel_begin: panel, panel_end: panels),
      ck_range(row_begin: 0, row_end: row, panel_begin: 0, panel_end: panel),
      ck_range(row_begin: row, row_end: rows, panel_begin: panel, panel_end: panels),
    ].shuffled(using: &random)
  }
}

/// CK_DISJOINT, whose cast the importer does not follow.
let disjoint = UInt64.max
