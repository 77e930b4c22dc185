/// The opposite of each truth value; of an integer, every bit of it.
package struct Not: Operator {
  package init() {}

  package func outputTypes(of inputs: [TensorType?]) throws(ShapeError) -> [TensorType] { [try required(inputs, 0, "input")] }

  package func computes(on elementClass: ElementClass, input: Int) -> Bool { elementClass != .float }
}
