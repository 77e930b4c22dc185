import CKernels
import ModelGraph

extension LoweringContext {
  /// A tensor of its own with the elements of `source` in another format: DEQUANTIZE, QUANTIZE, or TABLE between two scales.
  mutating func converted(
    _ source: TensorID, to format: TensorFormat, name: String, for node: Node
  ) throws(LoweringError) -> TensorID {
    let suffix = format == .float32 ? "float" : "quantized"
    let target = temporary("\(name)/\(suffix)", format, program[source].shape)
    try convert(source, into: target, for: node)
    return target
  }

  /// Writes the elements of `source` in the format of `target`, which differs.
  mutating func convert(_ source: TensorID, into target: TensorID, for node: Node) throws(LoweringError) {
    switch (program[source].format, program[target].format) {
    case (.int8(let from), .int8):
      emitTable(node, source, target) { from.real($0) }
    case (.int8(let from), .float32):
      let parameters = ck_quantize_parameters(
        count: UInt64(program[source].elementCount), scale: from.scale, zero_point: from.zeroPoint)
      emit(Instruction(CK_OP_DEQUANTIZE_S8_F32, node.name, inputs: [source], outputs: [target], parameters: parameters))
    case (.float32, .int8(let to)):
      let parameters = ck_quantize_parameters(
        count: UInt64(program[source].elementCount), scale: Float(1 / Double(to.scale)), zero_point: to.zeroPoint)
      emit(Instruction(CK_OP_QUANTIZE_F32_S8, node.name, inputs: [source], outputs: [target], parameters: parameters))
    case (.float32, .float32), (.int32, .int32), (.bool, .bool):
      try emitCopy(node, StridedCopy(contiguous: program[source].elementCount), from: source, to: target)
    case (let from, let to):
      throw LoweringError("bad-graph", "'\(program[source].name)' holds \(from) where \(to) is read")
    }
  }

  /// The node's input in the format of its output: nothing, QUANTIZE, DEQUANTIZE or a table between two scales.
  mutating func lowerIdentity(_ node: Node) throws(LoweringError) {
    let (source, value) = (try inputID(node, 0), node.outputs[0])
    let input: TensorID
    if let computed = tensors[source] { input = computed } else { input = try self.input(node, 0) }
    let format = try format(of: value, precision(of: node))
    if program[input].format != format {
      try convert(input, into: try output(node), for: node)
    } else if keepsAllValues || program[input].buffer == nil {
      try emitCopy(node, StridedCopy(contiguous: program[input].elementCount), from: input, to: try output(node))
    } else {
      define(value, as: program.addView(of: input, graph[value].name, program[input].shape))
    }
  }

  /// A table instruction: each level of the int8 tensor `source` becomes the level of what `real` says of it.
  mutating func emitTable(_ node: Node, _ source: TensorID, _ target: TensorID, _ real: (Int8) -> Double) {
    guard let quantization = program[target].format.quantization else { return }
    let table = (Int8.min...Int8.max).map { quantization.level(of: real($0)) }
    emit(
      Instruction(
        CK_OP_TABLE_S8, node.name, inputs: [source], outputs: [target], constants: [program.constants.add(table)],
        parameters: ck_table_parameters(count: UInt64(program[source].elementCount))))
  }

  /// FAST_FLOAT where the whole program is float.
  var floatFlags: UInt16 { plan == nil ? UInt16(CK_FLAG_FAST_FLOAT.rawValue) : 0 }
}
