import CKernels
package import ModelGraph

extension Cast: Lowerable {
  package var hasInt8Form: Bool { false }

  package func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError) {
    let input = try context.input(node, 0)
    let from = context.graph[try context.inputID(node, 0)].type.elementType
    guard !elementType.holdsAll(of: from) else { return try context.lowerView(node, of: input) }
    let parameters = ck_cast_parameters(
      count: UInt64(context.program[input].elementCount), from: context.program[input].format.dtype.rawValue,
      type: (elementType.elementClass == .float ? CK_DTYPE_F32 : elementType.wrapCode).rawValue)
    let output = try context.output(node)
    context.emit(Instruction(CK_OP_CAST, node.name, inputs: [input], outputs: [output], parameters: parameters))
  }
}

extension ElementType {
  /// Whether every element of the other type is the same in this one as the arena holds them, so that a cast moves nothing.
  fileprivate func holdsAll(of other: ElementType) -> Bool {
    guard elementClass == other.elementClass else { return false }
    switch (self, other) {
    case (.int32, _), (.int64, _), (.float32, _), (.float16, _), (.bool, _): return true
    case (.int16, .int8), (.int16, .uint8): return true
    default: return self == other
    }
  }
}
