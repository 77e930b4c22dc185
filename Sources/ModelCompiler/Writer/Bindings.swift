import CKernels
import ModelGraph

extension ck_binding {
  /// The record of an input; normalization constants go into the pool.
  init(
    _ input: GraphInput, _ tensor: TensorID, _ strings: inout StringTable, _ constants: inout ConstantPool
  ) throws(LoweringError) {
    try self.init(CK_BINDING_INPUT, input.name, input.type, input.permutation, tensor, &strings)
    if let levelType = input.levelType { dtype = UInt8(levelType.callersDtype.rawValue) }
    guard let normalization = input.normalization else { return }
    let count = normalization.mean.count
    channel_count = try field(count)
    channel_axis = count > 1 ? UInt8(truncatingIfNeeded: normalization.channelAxis) : 0
    self.normalization = constants.add(normalization.mean + normalization.std.map { 1 / $0 }).offset
  }

  init(_ output: GraphOutput, _ tensor: TensorID, _ strings: inout StringTable) throws(LoweringError) {
    try self.init(CK_BINDING_OUTPUT, output.name, output.type, output.permutation, tensor, &strings)
    if let levelType = output.levelType { dtype = UInt8(levelType.callersDtype.rawValue) }
  }

  private init(
    _ kind: ck_binding_kind, _ name: String, _ type: TensorType, _ permutation: [Int], _ tensor: TensorID, _ strings: inout StringTable
  ) throws(LoweringError) {
    self.init()
    self.kind = kind.rawValue
    self.tensor = try field(tensor.index)
    self.name = try strings.place(name)
    let shape = type.shape
    dtype = UInt8(type.elementType.callersDtype.rawValue)
    rank = UInt8(truncatingIfNeeded: shape.count)
    var sizes: [UInt32] = []
    for axis in 0..<Int(CK_MAX_RANK) { sizes.append(axis < shape.count ? try field(shape[axis]) : 1) }
    setArray(&dims, sizes)
    setArray(&self.permutation, (0..<Int(CK_MAX_RANK)).map { UInt8(truncatingIfNeeded: $0 < permutation.count ? permutation[$0] : $0) })
    linked_output = CK_NONE
  }
}

extension ElementType {
  /// What the caller sees: every float type is float32.
  fileprivate var callersDtype: ck_dtype {
    switch self {
    case .float32, .float16: CK_DTYPE_F32
    case .int8: CK_DTYPE_S8
    case .uint8: CK_DTYPE_U8
    case .int16: CK_DTYPE_S16
    case .int32: CK_DTYPE_S32
    case .int64: CK_DTYPE_S64
    case .bool: CK_DTYPE_BOOL
    }
  }
}
