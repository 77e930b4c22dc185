import CKernels
import ModelGraph

extension LoweringContext {
  /// A tensor of its own with the elements of `source` in another format: DEQUANTIZE, QUANTIZE, REQUANTIZE, or TABLE between two int8 scales.
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
    case (.int8, .int16(let to)), (.int16, .int8(let to)), (.int16, .int16(let to)):
      try emitRequantize(node, source, target, levels: to.width.levels)
    case (.int16(let from), .float32):
      let parameters = ck_quantize_parameters(count: UInt64(program[source].elementCount), scale: from.scale, zero_point: 0)
      emit(Instruction(CK_OP_DEQUANTIZE_S16_F32, node.name, inputs: [source], outputs: [target], parameters: parameters))
    case (.float32, .int16(let to)):
      let parameters = ck_quantize_parameters(
        count: UInt64(program[source].elementCount), scale: Float(1 / Double(to.scale)), zero_point: 0)
      emit(Instruction(CK_OP_QUANTIZE_F32_S16, node.name, inputs: [source], outputs: [target], parameters: parameters))
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
    let format = try writtenFormat(of: value, precision(of: node))
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
    let table = (Int8.min...Int8.max).map { Int8(truncatingIfNeeded: quantization.level(of: real($0))) }
    emit(
      Instruction(
        CK_OP_TABLE_S8, node.name, inputs: [source], outputs: [target], constants: [program.constants.add(table)],
        parameters: ck_table_parameters(count: UInt64(program[source].elementCount))))
  }

  /// A REQUANTIZE between levels of which one side at least is int16; the target's stay within `levels`.
  mutating func emitRequantize(
    _ node: Node, _ source: TensorID, _ target: TensorID, levels: ClosedRange<Int32>
  ) throws(LoweringError) {
    let (input, output) = (program[source].format, program[target].format)
    guard let from = input.quantization, let to = output.quantization else { return }
    let scale = Float(Double(from.scale) / Double(to.scale))
    guard scale.isFinite else {
      throw LoweringError("bad-quantization", "scales \(from.scale) and \(to.scale) give no finite factor")
    }
    let parameters = ck_requantize_parameters(
      count: UInt64(program[source].elementCount), from: input.dtype.rawValue, to: output.dtype.rawValue,
      scale: max(scale, .leastNormalMagnitude), input_zero_point: from.zeroPoint, output_zero_point: to.zeroPoint,
      output_min: levels.lowerBound, output_max: levels.upperBound, reserved: 0)
    emit(Instruction(CK_OP_REQUANTIZE, node.name, inputs: [source], outputs: [target], parameters: parameters))
  }

  /// The tensor itself where it holds int16 levels, else one with its int8 levels as such, exactly.
  mutating func widened(_ source: TensorID, for node: Node) throws(LoweringError) -> TensorID {
    guard case .int8(let levels) = program[source].format else { return source }
    return try converted(source, to: .int16(levels.widened), name: program[source].name, for: node)
  }

  /// S8_OUTPUT for an operator on s16 that writes int8 levels.
  func wordFlags(_ output: TensorID) -> UInt16 { program[output].format.isInt8 ? UInt16(CK_FLAG_S8_OUTPUT.rawValue) : 0 }

  /// FAST_FLOAT where the whole program is float.
  var floatFlags: UInt16 { plan == nil ? UInt16(CK_FLAG_FAST_FLOAT.rawValue) : 0 }
}
