/// How the reshape of a permuted tensor acts on the tensor as it is stored.
///
/// A logical tensor has axes in the model's order; it is stored with its axes permuted: logical axis i is stored axis `order[i]`.
struct StoredReshape: Hashable {
  /// The new stored shape.
  var shape: [Int]
  /// The new logical axes' places in it.
  var order: [Int]

  /// Both shapes are cut into the smallest runs of axes with equal products. The reshape needs no data movement where the
  /// axes of every run lie in the same order and side by side in the stored tensor; axes of length 1 are free.
  init?(logical: [Int], order: [Int], to target: [Int]) {
    guard let runs = Self.runs(logical, target) else { return nil }
    var placed: [(position: Int, axes: [Int])] = []
    let stored = order.indices.filter { logical[order.inverse[$0]] != 1 }
    for run in runs {
      let places = run.from.map { axis in stored.firstIndex(of: order[axis]) ?? 0 }
      guard let first = places.first, places == Array(first..<(first + places.count)) else { return nil }
      placed.append((first, run.to))
    }
    placed.sort { $0.position < $1.position }
    // Axes of length 1 travel with the axis after them, so that an image keeps its rank-4 form; leading ones stay in front.
    let leading = target.prefix { $0 == 1 }.count
    var axes = Array(0..<leading)
    for (_, run) in placed {
      for axis in run {
        var start = axis
        while start > leading, target[start - 1] == 1 { start -= 1 }
        axes += start..<(axis + 1)
      }
    }
    axes += target.indices.filter { !axes.contains($0) }
    shape = axes.map { target[$0] }
    self.order = axes.inverse
  }

  /// The stored order nearest to `order` in which the reshape needs no movement; nil where the shapes hold no element.
  static func nearestOrder(logical: [Int], order: [Int], to target: [Int]) -> [Int]? {
    guard let runs = runs(logical, target) else { return nil }
    let units = logical.indices.filter { logical[$0] == 1 }
    let sorted = runs.map(\.from).sorted { ($0.map { order[$0] }.min() ?? 0) < ($1.map { order[$0] }.min() ?? 0) }
    return (units + sorted.flatMap { $0 }).inverse
  }

  /// Axes of length other than 1; nil where the shapes hold no element.
  private static func runs(_ from: [Int], _ to: [Int]) -> [(from: [Int], to: [Int])]? {
    let (a, b) = (from.indices.filter { from[$0] != 1 }, to.indices.filter { to[$0] != 1 })
    guard !from.contains(0), !to.contains(0) else { return nil }
    var runs: [(from: [Int], to: [Int])] = []
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      var run = (from: [a[i]], to: [b[j]])
      var (left, right) = (from[a[i]], to[b[j]])
      (i, j) = (i + 1, j + 1)
      while left != right {
        if left < right {
          guard i < a.count else { return nil }
          left *= from[a[i]]
          run.from.append(a[i])
          i += 1
        } else {
          guard j < b.count else { return nil }
          right *= to[b[j]]
          run.to.append(b[j])
          j += 1
        }
      }
      runs.append(run)
    }
    return i == a.count && j == b.count ? runs : nil
  }
}
