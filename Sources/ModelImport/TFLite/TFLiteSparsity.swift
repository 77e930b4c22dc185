import ModelGraph

/// How a constant that holds few of its elements says which: levels of expanded axes in the order that they are walked.
///
/// An axis of a tensor may be split into blocks: the expanded axes are the tensor's (counted in blocks where they are split), then one within the
/// block for each entry of `blockMap`. A dense level has every index of its axis, a sparse one those that `indices` lists for each parent,
/// from `segments[parent]` to `segments[parent + 1]`.
///
/// Source: tables SparsityParameters and DimensionMetadata of tensorflow/lite/schema/schema.fbs, and the paper they name, "TACO: the tensor
/// algebra compiler" (Kjolstad et al. 2017).
struct TFLiteSparsity {
  struct Level {
    /// The axis's length where it is dense.
    var size: Int
    /// Nil where it is dense.
    var sparse: (segments: [Int], indices: [Int])?
  }
  var traversalOrder: [Int]
  var blockMap: [Int]
  var levels: [Level] = []

  init(_ table: FlatTable) throws(DiagnosticError) {
    traversalOrder = try table.integers(0, of: Int32.self)
    blockMap = try table.integers(1, of: Int32.self)
    for level in try table.tables(2) {
      let size = Int(try level.integer(1, default: Int32(0)))
      let isSparse: Int8 = try level.integer(0, default: 0)
      guard isSparse != 0 else {
        levels.append(Level(size: size))
        continue
      }
      levels.append(Level(size: size, sparse: (try Self.vector(level, 2), try Self.vector(level, 4))))
    }
  }

  /// A union of vectors of int32, uint16 or uint8: its tag at `field`, the table that holds them behind it.
  private static func vector(_ table: FlatTable, _ field: Int) throws(DiagnosticError) -> [Int] {
    let kind: UInt8 = try table.integer(field, default: 0)
    guard let values = try table.table(field + 1) else { return [] }
    switch kind {
    case 1: return try values.integers(0, of: Int32.self)
    case 2: return try values.integers(0, of: UInt16.self)
    case 3: return try values.integers(0, of: UInt8.self)
    default: return []
    }
  }

  /// Where each stored element belongs in a tensor of `shape`, in the order in which they are stored.
  /// - Parameter count: of the elements that are stored.
  /// - Throws: a message where the levels contradict each other, the shape or the count.
  func places(in shape: [Int], count: Int) throws(ShapeError) -> [Int] {
    let rank = shape.count
    guard traversalOrder.sorted() == Array(0..<rank + blockMap.count), levels.count == traversalOrder.count,
      Set(blockMap).count == blockMap.count, blockMap.allSatisfy({ (0..<rank).contains($0) })
    else { throw ShapeError("an order \(traversalOrder) of \(levels.count) levels with blocks of axes \(blockMap) does not fit \(shape)") }
    var lengths = shape
    var blocks = Array(repeating: 1, count: blockMap.count)
    for (level, axis) in zip(levels, traversalOrder) where axis >= rank {
      blocks[axis - rank] = level.size
      let split = blockMap[axis - rank]
      guard level.sparse == nil, level.size >= 1, lengths[split].isMultiple(of: level.size) else {
        throw ShapeError("blocks of \(level.size) do not divide axis \(split) of \(shape)")
      }
      lengths[split] /= level.size
    }
    lengths += blocks
    // The stride of each expanded axis in the dense tensor.
    let own = (0..<rank).map { axis in shape[(axis + 1)...].reduce(1, *) }
    let strides = (0..<rank).map { axis in own[axis] * (blockMap.firstIndex(of: axis).map { blocks[$0] } ?? 1) } + blockMap.map { own[$0] }
    let total = try checkedProduct(shape)
    guard total <= Self.maximumElements else { throw ShapeError("\(total) elements, at most \(Self.maximumElements) are unfolded from a sparse constant") }
    var places = [0]
    for (level, axis) in zip(levels, traversalOrder) {
      places = try expanded(places, level, length: lengths[axis], stride: strides[axis], limit: total)
    }
    guard places.count == count else { throw ShapeError("\(count) elements are stored, the levels name \(places.count)") }
    return places
  }

  /// A few bytes could name a tensor of any size.
  private static let maximumElements = 1 << 26

  /// - Parameter limit: elements of the dense tensor: no level has more.
  private func expanded(_ parents: [Int], _ level: Level, length: Int, stride: Int, limit: Int) throws(ShapeError) -> [Int] {
    guard let (segments, indices) = level.sparse else {
      guard level.size == length, length == 0 || parents.count <= limit / length else {
        throw ShapeError("a dense level of \(level.size) does not fit an axis of \(length), or there are too few elements")
      }
      return parents.flatMap { parent in (0..<length).map { parent + $0 * stride } }
    }
    guard segments.count == parents.count + 1, segments.first == 0, segments.last == indices.count, indices.count <= limit,
      zip(segments, segments.dropFirst()).allSatisfy({ $0 <= $1 }), indices.allSatisfy((0..<length).contains)
    else { throw ShapeError("a sparse level of \(indices.count) indices does not fit its \(parents.count) parents and an axis of \(length)") }
    var places: [Int] = []
    places.reserveCapacity(indices.count)
    for (position, parent) in parents.enumerated() {
      for index in indices[segments[position]..<segments[position + 1]] { places.append(parent + index * stride) }
    }
    return places
  }
}
