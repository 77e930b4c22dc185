import CKernels
package import ModelGraph

extension Binary: Lowerable {
  package var hasInt8Form: Bool { kind.hasInt8Form }
  package var hasInt16Form: Bool { kind.hasInt8Form }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    var (a, b) = (try context.input(node, 0), try context.input(node, 1))
    let output = try context.output(node)
    let isInt16 = [a, b, output].contains { context.program[$0].format.isInt16 }
    if isInt16 { (a, b) = (try context.widened(a, for: node), try context.widened(b, for: node)) }
    if context.program[output].format != .float32, context.program[output].format.quantization == nil {
      return try emitOnIntegers(node, a, b, output, &context)
    }
    let walk = try context.walk([a, b], over: output)
    var parameters = ck_binary_parameters()
    (parameters.kind, parameters.rank) = (try kindCode().rawValue, walk.rank)
    setArray(&parameters.dims, walk.dims)
    setArray(&parameters.a_stride, walk.strides[0])
    setArray(&parameters.b_stride, walk.strides[1])
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
    context.emit(
      Instruction(isInt16 ? CK_OP_BINARY_S16 : CK_OP_BINARY_S8, node.name, inputs: [a, b], outputs: [output], parameters: parameters),
      flags: isInt16 ? context.wordFlags(output) : 0)
  }

  private func scales(
    _ a: AffineQuantization, _ b: AffineQuantization, _ to: AffineQuantization
  ) throws(LoweringError) -> (Float, Float) {
    let (sa, sb, so) = (Double(a.scale), Double(b.scale), Double(to.scale))
    let scales =
      switch kind {
      case .multiply: (Float(sa * sb / so), Float(1))
      case .divide: (Float(sa / sb / so), Float(1))
      default: (Float(sa / so), Float(sb / so))
      }
    guard scales.0.isFinite, scales.1.isFinite else {
      throw LoweringError("bad-quantization", "scales \(a.scale), \(b.scale) and \(to.scale) give no finite factor")
    }
    return (max(scales.0, .leastNormalMagnitude), max(scales.1, .leastNormalMagnitude))
  }

  func emitOnIntegers(
    _ node: Node, _ a: TensorID, _ b: TensorID, _ output: TensorID, _ context: inout LoweringContext
  ) throws(LoweringError) {
    let walk = try context.walk([a, b], over: output)
    var parameters = ck_binary_int_parameters()
    (parameters.kind, parameters.rank) = (kind.integerCode.rawValue, walk.rank)
    setArray(&parameters.dims, walk.dims)
    setArray(&parameters.a_stride, walk.strides[0])
    setArray(&parameters.b_stride, walk.strides[1])
    parameters.type = context.graph[node.outputs[0]].type.elementType.wrapCode.rawValue
    context.emit(Instruction(CK_OP_BINARY_INT, node.name, inputs: [a, b], outputs: [output], parameters: parameters))
  }

  private func kindCode() throws(LoweringError) -> ck_binary_kind {
    guard let code = kind.codeS8 ?? kind.codeF32 else { throw LoweringError("unsupported-type", "\(kind) is a function of integers") }
    return code
  }
}

extension Binary.Kind {
  /// nil where int8 has none.
  fileprivate var codeS8: ck_binary_kind? {
    switch self {
    case .add: CK_BINARY_ADD
    case .subtract: CK_BINARY_SUBTRACT
    case .multiply: CK_BINARY_MULTIPLY
    case .divide: CK_BINARY_DIVIDE
    case .maximum: CK_BINARY_MAXIMUM
    case .minimum: CK_BINARY_MINIMUM
    default: nil
    }
  }

  /// Beyond those of int8.
  fileprivate var codeF32: ck_binary_kind? {
    switch self {
    case .power: CK_BINARY_POWER
    case .remainder: CK_BINARY_REMAINDER
    case .modulo: CK_BINARY_MODULO
    default: nil
    }
  }

  fileprivate var integerCode: ck_binary_int_kind {
    switch self {
    case .add: CK_BINARY_INT_ADD
    case .subtract: CK_BINARY_INT_SUBTRACT
    case .multiply: CK_BINARY_INT_MULTIPLY
    case .divide: CK_BINARY_INT_DIVIDE
    case .floorDivide: CK_BINARY_INT_FLOOR_DIVIDE
    case .remainder: CK_BINARY_INT_REMAINDER
    case .modulo: CK_BINARY_INT_FLOOR_REMAINDER
    case .maximum: CK_BINARY_INT_MAXIMUM
    case .minimum: CK_BINARY_INT_MINIMUM
    case .power: CK_BINARY_INT_POWER
    case .and: CK_BINARY_INT_AND
    case .or: CK_BINARY_INT_OR
    case .xor: CK_BINARY_INT_XOR
    case .shiftLeft: CK_BINARY_INT_SHIFT_LEFT
    case .shiftRight: CK_BINARY_INT_SHIFT_RIGHT
    }
  }
}
