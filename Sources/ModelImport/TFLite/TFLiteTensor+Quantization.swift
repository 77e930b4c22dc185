import ModelGraph

extension TFLiteTensor {
  /// The levels of an activation, 8-bit ones in the s8 domain; nil where it is not quantized.
  /// - Throws: `bad-file` for scales and zero points that no tensor can have, `unsupported-type` for other integers than int8, uint8
  ///   and int16, and for int16 levels with a zero point, which the format's specification of quantization forbids.
  func activationQuantization() throws(DiagnosticError) -> AffineQuantization? {
    guard isQuantized else { return nil }
    guard typeCode == 9 || typeCode == 3 || typeCode == 7 else {
      throw fault(
        "unsupported-type", "activations of \(Self.name(ofType: typeCode)) are not supported",
        "int8, uint8 and int16 quantization are; or give the float model")
    }
    guard typeCode != 7 || zeroPoints.allSatisfy({ $0 == 0 }) else {
      throw fault(
        "unsupported-type", "an int16 activation has zero point \(zeroPoints.first { $0 != 0 } ?? 0), expected 0",
        "int16 activations are symmetric: convert the model with the standard int16x8 scheme")
    }
    guard scales.count == 1 else {
      throw fault("unsupported-type", "an activation has \(scales.count) scales, expected one", "quantize activations per tensor")
    }
    let elements = try quantizedElements([])
    return elements.affine
  }

  /// A constant of these integers, which stand for floats.
  func quantizedConstant(_ levels: [Int64]) throws(DiagnosticError) -> Tensor {
    let elements = try quantizedElements(levels)
    guard elements.scales.count == 1 || (shape.indices.contains(elements.axis) && shape[elements.axis] == elements.scales.count) else {
      throw fault("bad-file", "\(scales.count) scales along axis \(quantizedAxis) do not fit its shape \(shape)", "export the model again")
    }
    return Tensor(shape: shape, quantized: elements)
  }

  /// uint8 levels and zero points shifted by 128, into int8.
  private func quantizedElements(_ levels: [Int64]) throws(DiagnosticError) -> QuantizedElements {
    let range: ClosedRange<Int>
    switch typeCode {
    case 9: range = -128...127
    case 3: range = 0...255
    case 7: range = -32768...32767
    default: throw fault("unsupported-type", "\(Self.name(ofType: typeCode)) data are not supported", "give the float model, or one in int8")
    }
    let zeroPoints = zeroPoints.isEmpty ? [0] : zeroPoints
    guard scales.allSatisfy({ $0 > 0 && $0.isFinite && (1 / $0).isFinite }), zeroPoints.allSatisfy(range.contains),
      zeroPoints.count == 1 || zeroPoints.count == scales.count
    else {
      throw fault(
        "bad-file", "\(scales.count) scales from \(scales[0]) on and \(zeroPoints.count) zero points from \(zeroPoints[0]) on: expected "
          + "positive scales and as many zero points within \(range)", "export the model again")
    }
    let shift = typeCode == 3 ? 128 : 0
    let shifted = zeroPoints.count == scales.count ? zeroPoints : Array(repeating: zeroPoints[0], count: scales.count)
    return QuantizedElements(
      levels: shift == 0 ? levels : levels.map { $0 - Int64(shift) }, scales: scales, zeroPoints: shifted.map { Int32($0 - shift) },
      axis: scales.count == 1 ? 0 : quantizedAxis, width: typeCode == 7 ? .int16 : .int8)
  }

  private func fault(_ code: String, _ message: String, _ hint: String) -> DiagnosticError {
    DiagnosticError(Diagnostic(code: code, node: name, message: "tensor \(index): \(message)", hint: hint))
  }
}
