import CKernels

/// The strings section under construction: each string once.
struct StringTable {
  private(set) var bytes: [UInt8] = []
  private var places: [String: ck_string] = [:]

  /// - Returns: nil where the section outgrows 32 bits.
  mutating func add(_ string: String) -> ck_string? {
    if let place = places[string] { return place }
    let content = Array(string.utf8)
    guard let offset = UInt32(exactly: bytes.count), let count = UInt32(exactly: content.count) else { return nil }
    let place = ck_string(offset: offset, bytes: count)
    bytes += content
    places[string] = place
    return place
  }
}
