/// The hint for a name that a model does not have: the three of `candidates` at most that read most like it, nearest first; "" where
/// there are none.
func nearestNamesHint(to name: String, in candidates: some Sequence<String>) -> String {
  let nearest = nearestNames(to: name, in: candidates)
  return nearest.isEmpty ? "" : "the nearest names are \(nearest.map { "'\($0)'" }.joined(separator: ", "))"
}

private func nearestNames(to name: String, in candidates: some Sequence<String>) -> [String] {
  let target = Array(name.utf8.prefix(64))
  let scored = Set(candidates).map { ($0, editDistance(target, Array($0.utf8.prefix(64)))) }
  return scored.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3).map(\.0)
}

private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let substitution = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[b.count]
}
