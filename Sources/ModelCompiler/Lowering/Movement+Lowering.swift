import CKernels
package import ModelGraph

extension LoweringContext {
  /// One COPY from a node's input to its output. Where their scales differ, a TABLE on the side with fewer elements comes with it.
  mutating func lowerMovement(_ node: Node, _ copy: StridedCopy) throws(LoweringError) {
    let input = try input(node, 0)
    let output = try output(node)
    let (source, target) = (program[input], program[output])
    if source.format == target.format {
      try emitCopy(node, copy, from: input, to: output)
    } else if source.elementCount <= target.elementCount {
      let scaled = try converted(input, to: target.format, name: node.name, for: node)
      try emitCopy(node, copy, from: scaled, to: output)
    } else {
      let moved = temporary("\(node.name)/moved", source.format, target.shape)
      try emitCopy(node, copy, from: input, to: moved)
      try convert(moved, into: output, for: node)
    }
  }
}

extension LoweringContext {
  /// The output of a node is its input's bytes under another shape or type: no instruction, unless it must have a place of its own.
  mutating func lowerView(_ node: Node, of input: TensorID) throws(LoweringError) {
    let value = node.outputs[0]
    if keepsAllValues || program[input].buffer == nil {
      try lowerMovement(node, StridedCopy(contiguous: program[input].elementCount))
    } else {
      define(value, as: program.addView(of: input, graph[value].name, graph[value].type.shape))
    }
  }
}

extension Reshape: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let value = node.outputs[0]
    let input = try context.input(node, 0)
    let format = try context.writtenFormat(of: value, context.precision(of: node))
    let tensor = context.program[input]
    if tensor.format != format {
      try context.convert(input, into: try context.output(node), for: node)
    } else {
      try context.lowerView(node, of: input)
    }
  }
}

extension Transpose: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    try context.lowerMovement(node, StridedCopy(transposing: try context.shape(node, 0), permutation))
  }
}

extension Slice: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let strides = rowMajorStrides(try context.shape(node, 0))
    try context.lowerMovement(
      node,
      StridedCopy(
        dims: counts, inputStrides: zip(strides, steps).map { $0 * $1 }, outputStrides: rowMajorStrides(counts),
        inputOffset: zip(strides, starts).reduce(0) { $0 + $1.0 * $1.1 }))
  }
}

extension Broadcast: Lowerable {
  package var hasInt16Form: Bool { true }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let strides = broadcastStrides(try context.shape(node, 0), rank: shape.count)
    try context.lowerMovement(node, StridedCopy(dims: shape, inputStrides: strides, outputStrides: rowMajorStrides(shape)))
  }
}
