import CKernels
import Testing

@Suite struct ISATests {
  @Test func scalarIsAlwaysAvailableAndTheBestIsAvailable() {
    #expect(ck_isa_available() & 1 == 1)
    #expect(ck_isa_available() >> ck_isa_best().rawValue & 1 == 1)
    #expect(ck_isa_available() < 1 << CK_ISA_COUNT)
    print("available: \(availableISAs.map { String(cString: ck_isa_name($0)) }.joined(separator: " "))")
  }

  @Test func namesAreUnique() {
    let names = (0..<UInt32(CK_ISA_COUNT)).map { String(cString: ck_isa_name(ck_isa(rawValue: $0))) }
    #expect(Set(names).count == Int(CK_ISA_COUNT))
    #expect(String(cString: ck_isa_name(ck_isa(rawValue: 99))) == "unknown")
  }
}
