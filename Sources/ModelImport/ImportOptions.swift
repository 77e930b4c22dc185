/// What the caller decides about a model before it is read.
package struct ImportOptions: Sendable {
  /// Static dimensions by input name, in the caller's layout; an input without an entry keeps the model's own (an unknown batch is 1).
  package var shapes: [String: [Int]]
  /// Tensors to cut the net at; empty keeps the model's outputs.
  package var outputs: [String]
  /// Of a TFLite model: the signature whose graph and names to take; nil for the first graph under its tensors' names.
  package var signature: String?

  package init(shapes: [String: [Int]] = [:], outputs: [String] = [], signature: String? = nil) {
    (self.shapes, self.outputs, self.signature) = (shapes, outputs, signature)
  }
}
