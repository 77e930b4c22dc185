import CKernels
import ModelGraph

/// Operands read together over the shape of an output with as few axes as it takes, at least one: what the records of element-wise
/// operators hold. Strides in elements, 0 where an operand repeats.
struct BroadcastWalk {
  /// 1 to 6.
  private(set) var rank: UInt32
  /// Six entries, 1 past the rank; strides 0 there.
  private(set) var dims: [UInt32] = []
  private(set) var strides: [[UInt32]]

  /// - Throws: `too-large` where more than six axes remain or 32 bits do not hold one.
  init(_ operands: [[Int]], over output: [Int]) throws(LoweringError) {
    let full = operands.map { broadcastStrides($0, rank: output.count) }
    var axes: [(size: Int, strides: [Int])] = []
    for axis in output.indices where output[axis] != 1 {
      let (size, steps) = (output[axis], full.map { $0[axis] })
      if let last = axes.last, zip(last.strides, steps).allSatisfy({ $0 == $1 * size }) {
        axes[axes.count - 1] = (last.size * size, steps)
      } else {
        axes.append((size, steps))
      }
    }
    if axes.isEmpty { axes = [(1, operands.map { _ in 0 })] }
    guard axes.count <= Int(CK_MAX_RANK) else {
      throw LoweringError("too-large", "broadcasting takes \(axes.count) axes, at most \(CK_MAX_RANK) are supported")
    }
    rank = UInt32(axes.count)
    strides = operands.map { _ in [] }
    for axis in 0..<Int(CK_MAX_RANK) {
      dims.append(axis < axes.count ? try field(axes[axis].size) : 1)
      for operand in operands.indices { strides[operand].append(axis < axes.count ? try field(axes[axis].strides[operand]) : 0) }
    }
  }
}

/// Strides in elements of a tensor seen with `rank` axes; 0 along those of length 1.
func broadcastStrides(_ shape: [Int], rank: Int) -> [Int] {
  let padded = Array(repeating: 1, count: max(0, rank - shape.count)) + shape
  return zip(padded, rowMajorStrides(padded)).map { $0 == 1 ? 0 : $1 }
}

extension LoweringContext {
  func walk(_ operands: [TensorID], over output: TensorID) throws(LoweringError) -> BroadcastWalk {
    try BroadcastWalk(operands.map { program[$0].shape }, over: program[output].shape)
  }
}

extension ElementType {
  /// The type that results of integer arithmetic wrap around to: 64-bit integers are held in 32 bits.
  var wrapCode: ck_dtype {
    switch self {
    case .int8: CK_DTYPE_S8
    case .uint8: CK_DTYPE_U8
    case .int16: CK_DTYPE_S16
    case .bool: CK_DTYPE_BOOL
    case .int32, .int64, .float32, .float16: CK_DTYPE_S32
    }
  }
}
