import ModelGraph
import RealModule

/// HannWindow, HammingWindow, BlackmanWindow: sums of cosines over a constant number of places; periodic ones repeat after it.
/// - Parameter terms: the window is terms[0] - terms[1] cos(t) + terms[2] cos(2t) ..., t from 0 to a whole turn.
func convertSignalWindow(_ terms: [Double]) -> ONNXConverter {
  { (c: inout ONNXConversion) throws(DiagnosticError) -> [ValueID] in
    guard let sizes = try c.optionalIntegers(0, "size"), sizes.count == 1, (1...maximumFoldedCount).contains(sizes[0]) else {
      throw c.failure("bad-node", "its size must be one positive integer")
    }
    let (size, code) = (sizes[0], try c.node.integer("output_datatype") ?? 1)
    guard let type = Int32(exactly: code).flatMap({ ElementType(onnx: $0) }), type.elementClass == .float else {
      throw c.unsupported("makes elements of type \(code), floats are supported")
    }
    let turn = try c.node.flag("periodic", default: true) ? size : size - 1
    let values = (0..<size).map { index -> Float in
      guard turn > 0 else { return 1 }
      return Float(terms.enumerated().reduce(0.0) { sum, term in
        let cosine = Double.cos(2 * .pi * Double(term.offset * index) / Double(turn))
        return sum + (term.offset % 2 == 0 ? 1 : -1) * term.element * cosine
      })
    }
    return [c.emitConstant(Tensor(shape: [size], floats: values))]
  }
}
