import CKernels
import _TestSupport

/// CK_SAME_PLACE, whose type the importer leaves open.
let samePlace = UInt64.max - 1

extension KernelCase {
  /// The same layer with a random residual (CK_FLAG_ADD) whose parameters begin at byte `offset`, and the sum computed from the layer's own output
  /// `layer`; nil where the layer takes none: of float output, or with bounds that leave out its zero point.
  func addingResidual(to layer: [UInt8], at offset: Int, using random: inout SeededRandom) -> (KernelCase, [UInt8])? {
    // Both structs end in output_zero_point, output_min, output_max and the two bounds of floats.
    func field(_ bytesBefore: Int) -> Int32 {
      withUnsafeBytes(of: instruction.parameters) { $0.loadUnaligned(fromByteOffset: offset - bytesBefore, as: Int32.self) }
    }
    let (layerZeroPoint, least, greatest) = (field(20), field(16), field(12))
    guard outputType == CK_DTYPE_S8, (least...greatest).contains(layerZeroPoint) else { return nil }
    func zeroPoint() -> Int32 { [-128, 127, 0, Int32.random(in: -128...127, using: &random)].randomElement(using: &random) ?? 0 }
    func scale() -> Float { Int.random(in: 0..<8, using: &random) == 0 ? 16383.5 : Float.random(in: 0.01...2, using: &random) }
    var add = ck_add_parameters(
      layer_scale: scale(), residual_scale: scale(), residual_zero_point: zeroPoint(), sum_zero_point: zeroPoint(), sum_min: -128, sum_max: 127)
    if Bool.random(using: &random) {
      let ends = [Int32.random(in: -128...127, using: &random), Int32.random(in: -128...127, using: &random)].sorted()
      (add.sum_min, add.sum_max) = (ends[0], ends[1])
    }
    let residual = randomS8(outputBytes, using: &random)
    let sums = zip(layer, residual).map { level, other in
      let first = Float(Int32(Int8(bitPattern: level)) - layerZeroPoint) * add.layer_scale
      let second = Float(Int32(other) - add.residual_zero_point) * add.residual_scale
      return UInt8(bitPattern: quantized(first + second, zeroPoint: Int(add.sum_zero_point), in: Int(add.sum_min)...Int(add.sum_max)))
    }
    var result = self
    result.inputs.append(.s8(residual))
    result.instruction.flags |= UInt16(CK_FLAG_ADD.rawValue)
    result.instruction.input_count = 2
    result.instruction.operand.2 = 2
    withUnsafeMutableBytes(of: &result.instruction.parameters) { $0.storeBytes(of: add, toByteOffset: offset, as: ck_add_parameters.self) }
    return (result, sums)
  }
}

/// Where the residual's parameters begin: right behind the layer's.
let convolutionResidual = MemoryLayout<ck_conv2d_parameters>.size, gemmResidual = MemoryLayout<ck_gemm_parameters>.size
