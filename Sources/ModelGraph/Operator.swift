/// What a node computes, with its attributes. One file an operator here (attributes, shape inference), one in each
/// later stage: `extension X: Quantizable` in Quantizer, `extension X: Lowerable` in ModelCompiler.
package protocol Operator: Sendable, Hashable {
  /// The name in messages and reports: the type's own.
  static var name: String { get }

  /// The types of the outputs for inputs of these types; absent optional inputs are nil.
  /// - Throws: `ShapeError` where a rank, a dimension or an element type does not fit. Never traps, whatever the attributes.
  func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType]

  /// Whether it can compute at run time on elements of this class as its input `input`. Constants are folded whatever their type.
  func computes(on elementClass: ElementClass, input: Int) -> Bool

  /// Multiply-accumulates of one run; 0 for operators without weights.
  func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int
}

extension Operator {
  package static var name: String { String(describing: Self.self) }
  package func computes(on elementClass: ElementClass, input: Int) -> Bool { elementClass == .float }
  package func multiplyAccumulates(inputs: [TensorType?], outputs: [TensorType]) -> Int { 0 }

  /// The first of these inputs whose elements it cannot compute on at run time.
  package func inputItCannotComputeOn(_ inputs: [TensorType?]) -> TensorType? {
    for (index, input) in inputs.enumerated() {
      if let input, !computes(on: input.elementType.elementClass, input: index) { return input }
    }
    return nil
  }
}

/// Why an operator cannot take its inputs: one sentence that names the expectation, without the node (the caller adds it).
package struct ShapeError: Error, Hashable, Sendable {
  package var message: String
  package init(_ message: String) { self.message = message }
}
