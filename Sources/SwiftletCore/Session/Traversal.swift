import CKernels

/// Every element of a binding, in the caller's order, as blocks of two loops: its place in the arena is a sum of index times stride.
///
/// Axes that lie together both for the caller and in the arena are one loop, so that an image is one block in either layout.
struct Traversal {
  /// One block: `outer` x `inner` elements, contiguous for the caller from `source` on.
  struct Block {
    var source: Int
    var target: Int
    var outer: Int, outerStride: Int, outerChannels: Bool
    var inner: Int, innerStride: Int, innerChannels: Bool
    /// Channel of the first element, where the channel axis is an axis outside the block.
    var channel: Int
  }

  private var rank = 0
  private var dims = InlineArray<8, Int>(repeating: 1)
  private var strides = InlineArray<8, Int>(repeating: 0)
  private var channels = InlineArray<8, Bool>(repeating: false)

  /// Elements in the arena's own order.
  init(count: Int) { (rank, dims[0], strides[0]) = (1, count, 1) }

  init(_ binding: ck_binding) {
    let axes = Int(binding.rank)
    var arenaStride = InlineArray<6, Int>(repeating: 0)
    var stride = 1
    for position in (0..<axes).reversed() {
      let axis = Int(element(binding.permutation, position))
      arenaStride[axis] = stride
      stride *= Int(element(binding.dims, axis))
    }
    for axis in 0..<axes {
      let dim = Int(element(binding.dims, axis))
      let isChannel = binding.channel_count > 1 && axis == Int(binding.channel_axis)
      guard dim > 1 else { continue }
      if rank > 0, !isChannel, !channels[rank - 1], strides[rank - 1] == dim * arenaStride[axis] {
        dims[rank - 1] *= dim
        strides[rank - 1] = arenaStride[axis]
      } else {
        (dims[rank], strides[rank], channels[rank]) = (dim, arenaStride[axis], isChannel)
        rank += 1
      }
    }
  }

  /// Calls `body` for each block in the caller's order.
  @inline(__always)
  func forEachBlock(_ body: (Block) throws(RunFault) -> Void) throws(RunFault) {
    let outerAxis = rank - 2
    let innerAxis = rank - 1
    var block = Block(
      source: 0, target: 0,
      outer: outerAxis >= 0 ? dims[outerAxis] : 1, outerStride: outerAxis >= 0 ? strides[outerAxis] : 0,
      outerChannels: outerAxis >= 0 && channels[outerAxis],
      inner: innerAxis >= 0 ? dims[innerAxis] : 1, innerStride: innerAxis >= 0 ? strides[innerAxis] : 1,
      innerChannels: innerAxis >= 0 && channels[innerAxis], channel: 0)
    var index = InlineArray<8, Int>(repeating: 0)
    while true {
      try body(block)
      block.source += block.outer * block.inner
      var axis = outerAxis - 1
      while axis >= 0 {
        index[axis] += 1
        block.target += strides[axis]
        if channels[axis] { block.channel += 1 }
        if index[axis] < dims[axis] { break }
        index[axis] = 0
        block.target -= strides[axis] * dims[axis]
        if channels[axis] { block.channel = 0 }
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
