package import ModelGraph

/// An operator that the compiler can turn into instructions. One file an operator.
package protocol Lowerable: Operator {
  /// False where no int8 opcode computes it: it then runs as a float island.
  var hasInt8Form: Bool { get }

  /// Whether it takes int16 levels, where it takes int8 ones; else it is a float island among them.
  var hasInt16Form: Bool { get }

  /// Appends the instructions of `node`, whose operator this is, and gives its outputs their tensors.
  /// - Throws: what keeps the node from running, without its name (the caller adds it).
  func lower(_ node: Node, into context: inout LoweringContext) throws(LoweringError)
}

extension Lowerable {
  package var hasInt8Form: Bool { true }
  package var hasInt16Form: Bool { false }
}

/// Why a node cannot be lowered; the caller makes a `Diagnostic` of it.
package struct LoweringError: Error, Hashable, Sendable {
  package var code: String
  package var message: String
  package var hint: String

  package init(_ code: String, _ message: String, hint: String = "") {
    (self.code, self.message, self.hint) = (code, message, hint)
  }
}

/// A field of a record.
/// - Throws: `too-large` where 32 bits do not hold it.
func field(_ value: Int) throws(LoweringError) -> UInt32 {
  guard let field = UInt32(exactly: value) else { throw LoweringError("too-large", "\(value) does not fit the file's 32 bits") }
  return field
}
