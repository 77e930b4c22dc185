/// What the caller decides about a model before it is read.
package struct ImportOptions: Sendable {
  /// Static dimensions by input name, in the caller's layout; an input without an entry keeps the model's own (an unknown batch is 1).
  package var shapes: [String: [Int]]
  /// Tensors to cut the net at; empty keeps the model's outputs.
  package var outputs: [String]

  package init(shapes: [String: [Int]] = [:], outputs: [String] = []) {
    (self.shapes, self.outputs) = (shapes, outputs)
  }
}
