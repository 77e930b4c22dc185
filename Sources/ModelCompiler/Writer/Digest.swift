internal import SwiftletCore

/// SHA-256: the 32 bytes of the digest of `bytes`.
package func sha256(_ bytes: [UInt8]) -> [UInt8] {
  var hash = SHA256()
  bytes.withUnsafeBytes { hash.update($0) }
  let digest = hash.finalize()
  return (0..<32).map { digest[$0] }
}
