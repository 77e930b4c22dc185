import SwiftletCore
import Testing

/// Vectors of FIPS 180-2, appendix B, and of NIST's long-message note.
@Suite struct SHA256Tests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ]) func vector(_ message: String, _ digest: String) {
    #expect(hex(SwlBuilder.sha256(Array(message.utf8))) == digest)
  }

  @Test func piecesOfAnySizeGiveTheSameDigest() {
    let message = (0..<517).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let whole = SwlBuilder.sha256(message)
    for piece in [1, 3, 63, 64, 65, 128, 200] {
      var hash = SHA256()
      for start in stride(from: 0, to: message.count, by: piece) {
        Array(message[start..<min(start + piece, message.count)]).withUnsafeBytes { hash.update($0) }
      }
      let digest = hash.finalize()
      #expect((0..<32).map { digest[$0] } == whole, "pieces of \(piece)")
    }
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
