import CKernels
import ModelGraph

extension ck_binding {
  /// The record of an input; normalization constants go into the pool.
  init(
    _ input: GraphInput, _ tensor: TensorID, _ strings: inout StringTable, _ constants: inout ConstantPool
  ) throws(LoweringError) {
    try self.init(CK_BINDING_INPUT, input.name, input.type.shape, input.permutation, tensor, &strings)
    guard let normalization = input.normalization else { return }
    let count = normalization.mean.count
    channel_count = try field(count)
    channel_axis = count > 1 ? UInt8(truncatingIfNeeded: normalization.channelAxis) : 0
    self.normalization = constants.add(normalization.mean + normalization.std.map { 1 / $0 }).offset
  }

  init(_ output: GraphOutput, _ tensor: TensorID, _ strings: inout StringTable) throws(LoweringError) {
    try self.init(CK_BINDING_OUTPUT, output.name, output.type.shape, output.permutation, tensor, &strings)
  }

  private init(
    _ kind: ck_binding_kind, _ name: String, _ shape: [Int], _ permutation: [Int], _ tensor: TensorID, _ strings: inout StringTable
  ) throws(LoweringError) {
    self.init()
    self.kind = kind.rawValue
    self.tensor = try field(tensor.index)
    self.name = try strings.place(name)
    dtype = UInt8(CK_DTYPE_F32.rawValue)
    rank = UInt8(truncatingIfNeeded: shape.count)
    var sizes: [UInt32] = []
    for axis in 0..<Int(CK_MAX_RANK) { sizes.append(axis < shape.count ? try field(shape[axis]) : 1) }
    setArray(&dims, sizes)
    setArray(&self.permutation, (0..<Int(CK_MAX_RANK)).map { UInt8(truncatingIfNeeded: $0 < permutation.count ? permutation[$0] : $0) })
    linked_output = CK_NONE
  }
}
