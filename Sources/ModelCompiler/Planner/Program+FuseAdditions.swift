package import CKernels

extension Program {
  /// Lets convolutions and matrix products of int8 add what a sum right behind them adds: the same bytes, without writing and reading the layer's
  /// own output. Takes a sum whose operand that is computed last is the output of such a layer, which nothing else reads.
  package mutating func fuseAdditions() {
    var writers: [Int: [Int]] = [:]
    var readers: [Int: Int] = [:]
    for (index, instruction) in instructions.enumerated() {
      for buffer in instruction.outputs.compactMap({ self[$0].buffer }) { writers[buffer, default: []].append(index) }
      for buffer in instruction.inputs.compactMap({ self[$0].buffer }) { readers[buffer, default: 0] += 1 }
    }
    for binding in outputs { if let buffer = self[binding.tensor].buffer { readers[buffer, default: 0] += 1 } }
    var isRemoved = Array(repeating: false, count: instructions.count)
    for index in instructions.indices {
      guard let addition = Addition(instructions[index], in: self) else { continue }
      // Which of the two is written last; a constant, an input: never.
      let written = addition.operands.map { self[$0.tensor].buffer.flatMap { writers[$0]?.last } ?? -1 }
      let position = written[0] > written[1] ? 0 : 1
      let (layer, residual) = (addition.operands[position], addition.operands[1 - position])
      guard let buffer = self[layer.tensor].buffer, let residualBuffer = self[residual.tensor].buffer, buffer != residualBuffer,
        writers[buffer] == [written[position]], readers[buffer] == 1, buffers[buffer] == self[layer.tensor].byteCount,
        instructions[written[position]].add(addition, to: layer, residual, sum: instructions[index].outputs[0])
      else { continue }
      isRemoved[index] = true
      // The layer's own output is nowhere: its records show the sum's place.
      for tensor in tensors.indices where tensors[tensor].buffer == buffer { tensors[tensor].storage = self[instructions[index].outputs[0]].storage }
      buffers[buffer] = 0
      // The sum is written earlier now, and may in turn be the residual or the layer's output of one behind it.
      if let sum = self[instructions[index].outputs[0]].buffer {
        writers[sum] = (writers[sum] ?? []).map { $0 == index ? written[position] : $0 }.sorted()
      }
    }
    instructions = zip(instructions, isRemoved).filter { !$0.1 }.map(\.0)
  }
}

/// A BINARY_S8 that adds two tensors of the output's shape.
private struct Addition {
  struct Operand {
    var tensor: TensorID
    var scale: Float
    var zeroPoint: Int32
  }
  var operands: [Operand]
  var zeroPoint: Int32
  var levels: (Int32, Int32)

  init?(_ instruction: Instruction, in program: Program) {
    guard instruction.opcode == UInt16(CK_OP_BINARY_S8.rawValue) else { return nil }
    let p = instruction.parameters.withUnsafeBytes { $0.loadUnaligned(as: ck_binary_parameters.self) }
    let count = program[instruction.outputs[0]].elementCount
    guard p.kind == CK_BINARY_ADD.rawValue, p.isContiguous(p.a_stride, count: count), p.isContiguous(p.b_stride, count: count),
      instruction.inputs.allSatisfy({ program[$0].byteCount == count }), max(p.a_scale, p.b_scale) < CK_ADD_LARGEST_SCALE
    else { return nil }
    operands = [
      Operand(tensor: instruction.inputs[0], scale: p.a_scale, zeroPoint: Int32(p.a_zero_point)),
      Operand(tensor: instruction.inputs[1], scale: p.b_scale, zeroPoint: Int32(p.b_zero_point)),
    ]
    (zeroPoint, levels) = (Int32(p.output_zero_point), (p.output_min, p.output_max))
  }
}

extension Instruction {
  /// Makes the sum the output of this layer. False, and nothing is changed, where it is none that can add.
  fileprivate mutating func add(_ addition: Addition, to layer: Addition.Operand, _ residual: Addition.Operand, sum: TensorID) -> Bool {
    guard flags & ~UInt16(CK_FLAG_FULL_RANGE.rawValue | CK_FLAG_LARGE_SCALE.rawValue) == 0 else { return false }
    let (least, zeroPoint, greatest): (Int32, Int32, Int32)
    switch UInt32(opcode) {
    case CK_OP_CONV2D_S8.rawValue:
      let p = parameters.withUnsafeBytes { $0.loadUnaligned(as: ck_conv2d_parameters.self) }
      (least, zeroPoint, greatest) = (p.output_min, p.output_zero_point, p.output_max)
    case CK_OP_GEMM_S8.rawValue:
      let p = parameters.withUnsafeBytes { $0.loadUnaligned(as: ck_gemm_parameters.self) }
      (least, zeroPoint, greatest) = (p.output_min, p.output_zero_point, p.output_max)
    default: return false
    }
    guard zeroPoint == layer.zeroPoint, least <= zeroPoint, zeroPoint <= greatest else { return false }
    flags |= UInt16(CK_FLAG_ADD.rawValue)
    inputs.append(residual.tensor)
    outputs = [sum]
    parameters += recordBytes(
      ck_add_parameters(
        layer_scale: layer.scale, residual_scale: residual.scale, residual_zero_point: residual.zeroPoint, sum_zero_point: addition.zeroPoint,
        sum_min: addition.levels.0, sum_max: addition.levels.1))
    return true
  }
}

extension ck_binary_parameters {
  /// Whether an operand of these strides lies like the output of `count` elements.
  fileprivate func isContiguous<Dimensions>(_ stride: Dimensions, count: Int) -> Bool {
    withUnsafeBytes(of: dims) { dims in
      withUnsafeBytes(of: stride) { stride in
        var expected = 1
        for axis in (0..<Int(rank)).reversed() {
          let (size, step) = (dims.load(fromByteOffset: 4 * axis, as: UInt32.self), stride.load(fromByteOffset: 4 * axis, as: UInt32.self))
          guard size == 1 || Int(step) == expected else { return false }
          expected *= Int(size)
        }
        return expected == count
      }
    }
  }
}
