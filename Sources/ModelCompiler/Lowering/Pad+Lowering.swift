import CKernels
package import ModelGraph

extension Pad: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    guard !value.isNaN else { throw LoweringError("not-finite", "the padding value is NaN") }
    let shape = try context.shape(node, 0)
    var input = try context.input(node, 0)
    let output = try context.output(node)
    let format = context.program[output].format
    if context.program[input].format != format {
      input = try context.converted(input, to: format, name: node.name, for: node)
    }
    let strides = rowMajorStrides(context.program[output].shape)
    let parameters = ck_fill_parameters(
      count: UInt64(context.program[output].elementCount), element_bytes: UInt32(format.elementBytes), value: try fillValue(format))
    context.emit(Instruction(CK_OP_FILL, node.name, inputs: [], outputs: [output], parameters: parameters))
    try context.emitCopy(
      node,
      StridedCopy(
        dims: shape, inputStrides: rowMajorStrides(shape), outputStrides: strides,
        outputOffset: zip(strides, before).reduce(0) { $0 + $1.0 * $1.1 }),
      from: input, to: output)
  }

  private func fillValue(_ format: TensorFormat) throws(LoweringError) -> UInt32 {
    switch format {
    case .float32: return value.bitPattern
    case .int32:
      guard let word = Int32(exactly: value) else { throw LoweringError("too-large", "it pads integers with \(value)") }
      return UInt32(bitPattern: word)
    case .bool: return value == 0 ? 0 : 1
    case .int8(let quantization), .int16(let quantization): return UInt32(bitPattern: quantization.level(of: Double(value)))
    }
  }
}
