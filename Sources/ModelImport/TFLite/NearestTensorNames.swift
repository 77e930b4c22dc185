/// The candidates that read most like `name`: at most three, nearest first.
func nearestTensorNames(to name: String, in candidates: [String]) -> [String] {
  let target = Array(name.utf8.prefix(64))
  let scored = candidates.map { ($0, editDistance(target, Array($0.utf8.prefix(64)))) }
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
