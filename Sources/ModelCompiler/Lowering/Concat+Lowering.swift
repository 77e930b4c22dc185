import CKernels
package import ModelGraph

extension Concat: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    var inputs: [TensorID] = []
    for index in node.inputs.indices { inputs.append(try context.input(node, index)) }
    let output = try context.output(node)
    let target = context.program[output]
    let strides = rowMajorStrides(target.shape)
    var offset = 0
    for var input in inputs {
      if context.program[input].format != target.format {
        input = try context.converted(input, to: target.format, name: context.program[input].name, for: node)
      }
      let shape = context.program[input].shape
      try context.emitCopy(
        node,
        StridedCopy(dims: shape, inputStrides: rowMajorStrides(shape), outputStrides: strides, outputOffset: offset * strides[axis]),
        from: input, to: output)
      offset += shape[axis]
    }
  }
}
