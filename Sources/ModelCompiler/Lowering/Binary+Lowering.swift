import CKernels
package import ModelGraph

extension Binary: Lowerable {
  package var hasInt8Form: Bool { kind.hasInt8Form }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let (a, b) = (try context.input(node, 0), try context.input(node, 1))
    let output = try context.output(node)
    let walk = BroadcastWalk(context.program[a].shape, context.program[b].shape, context.program[output].shape)
    guard walk.dims.count <= Int(CK_MAX_RANK) else {
      throw LoweringError("too-large", "broadcasting takes \(walk.dims.count) axes, at most \(CK_MAX_RANK) are supported")
    }
    var parameters = ck_binary_parameters()
    parameters.kind = kindCode.rawValue
    parameters.rank = UInt32(walk.dims.count)
    var fields: (dims: [UInt32], a: [UInt32], b: [UInt32]) = ([], [], [])
    for axis in 0..<Int(CK_MAX_RANK) {
      let isUsed = axis < walk.dims.count
      fields.dims.append(try field(isUsed ? walk.dims[axis] : 1))
      fields.a.append(try field(isUsed ? walk.aStrides[axis] : 0))
      fields.b.append(try field(isUsed ? walk.bStrides[axis] : 0))
    }
    setArray(&parameters.dims, fields.dims)
    setArray(&parameters.a_stride, fields.a)
    setArray(&parameters.b_stride, fields.b)
    guard let from = context.program[a].format.quantization, let other = context.program[b].format.quantization,
      let to = context.program[output].format.quantization
    else {
      (parameters.a_scale, parameters.b_scale) = (1, 1)
      (parameters.float_min, parameters.float_max) = (clamp.lower, clamp.upper)
      context.emit(
        Instruction(CK_OP_BINARY_F32, node.name, inputs: [a, b], outputs: [output], parameters: parameters), flags: context.floatFlags)
      return
    }
    (parameters.a_scale, parameters.b_scale) = try scales(from, other, to)
    parameters.a_zero_point = Int8(truncatingIfNeeded: from.zeroPoint)
    parameters.b_zero_point = Int8(truncatingIfNeeded: other.zeroPoint)
    parameters.output_zero_point = Int8(truncatingIfNeeded: to.zeroPoint)
    let levels = to.levels(in: clamp)
    (parameters.output_min, parameters.output_max) = (levels.lowerBound, levels.upperBound)
    (parameters.float_min, parameters.float_max) = (ClampRange.none.lower, ClampRange.none.upper)
    context.emit(Instruction(CK_OP_BINARY_S8, node.name, inputs: [a, b], outputs: [output], parameters: parameters))
  }

  private func scales(
    _ a: AffineQuantization, _ b: AffineQuantization, _ to: AffineQuantization
  ) throws(LoweringError) -> (Float, Float) {
    let (sa, sb, so) = (Double(a.scale), Double(b.scale), Double(to.scale))
    let scales =
      switch kind {
      case .multiply: (Float(sa * sb / so), Float(1))
      case .divide: (Float(sa / sb / so), Float(1))
      case .add, .subtract, .maximum, .minimum, .power, .remainder, .modulo: (Float(sa / so), Float(sb / so))
      }
    guard scales.0.isFinite, scales.1.isFinite else {
      throw LoweringError("bad-quantization", "scales \(a.scale), \(b.scale) and \(to.scale) give no finite factor")
    }
    return (max(scales.0, .leastNormalMagnitude), max(scales.1, .leastNormalMagnitude))
  }

  private var kindCode: ck_binary_kind {
    switch kind {
    case .add: CK_BINARY_ADD
    case .subtract: CK_BINARY_SUBTRACT
    case .multiply: CK_BINARY_MULTIPLY
    case .divide: CK_BINARY_DIVIDE
    case .maximum: CK_BINARY_MAXIMUM
    case .minimum: CK_BINARY_MINIMUM
    case .power: CK_BINARY_POWER
    case .remainder: CK_BINARY_REMAINDER
    case .modulo: CK_BINARY_MODULO
    }
  }
}

/// Two operands walked over their broadcast shape with as few axes as it takes, at least one; strides in elements, 0 repeats.
private struct BroadcastWalk {
  var dims: [Int] = []
  var aStrides: [Int] = []
  var bStrides: [Int] = []

  init(_ a: [Int], _ b: [Int], _ output: [Int]) {
    let (stridesOfA, stridesOfB) = (broadcastStrides(a, rank: output.count), broadcastStrides(b, rank: output.count))
    for axis in output.indices where output[axis] != 1 {
      let (size, strideA, strideB) = (output[axis], stridesOfA[axis], stridesOfB[axis])
      if let last = dims.indices.last, aStrides[last] == strideA * size, bStrides[last] == strideB * size {
        dims[last] *= size
        (aStrides[last], bStrides[last]) = (strideA, strideB)
      } else {
        dims.append(size)
        aStrides.append(strideA)
        bStrides.append(strideB)
      }
    }
    if dims.isEmpty { (dims, aStrides, bStrides) = ([1], [0], [0]) }
  }
}

/// Strides in elements of a tensor seen with `rank` axes; 0 along those of length 1.
func broadcastStrides(_ shape: [Int], rank: Int) -> [Int] {
  let padded = Array(repeating: 1, count: max(0, rank - shape.count)) + shape
  return zip(padded, rowMajorStrides(padded)).map { $0 == 1 ? 0 : $1 }
}
