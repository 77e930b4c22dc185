import CKernels
import Testing
import _TestSupport

@Suite struct PoolTests {
  static func makeCase(seed: UInt64) -> (KernelCase, [UInt8])? {
    var random = SeededRandom(seed: seed)
    var shape = ConvolutionShape.random(dilated: seed % 3 == 0, maximumKernel: 4, using: &random)
    shape.channels = Int.random(in: 1...35, using: &random)
    let bottom = Int.random(in: 0...2, using: &random), right = Int.random(in: 0...2, using: &random)
    var p = ck_pool_parameters()
    p.kind = (seed % 2 == 0 ? CK_POOL_MAX : CK_POOL_AVERAGE).rawValue
    (p.batch, p.in_h, p.in_w, p.channels) = (UInt32(shape.batch), UInt32(shape.height), UInt32(shape.width), UInt32(shape.channels))
    (p.out_h, p.out_w) = (UInt32(shape.outHeight), UInt32(shape.outWidth))
    (p.kernel_h, p.kernel_w) = (UInt32(shape.kernelHeight), UInt32(shape.kernelWidth))
    (p.stride_h, p.stride_w) = (UInt32(shape.strideHeight), UInt32(shape.strideWidth))
    (p.dilation_h, p.dilation_w) = (UInt32(shape.dilationHeight), UInt32(shape.dilationWidth))
    (p.pad_top, p.pad_left, p.pad_bottom, p.pad_right) = (UInt32(shape.top), UInt32(shape.left), UInt32(bottom), UInt32(right))
    p.count_includes_pad = UInt32(seed / 2 % 2)
    p.scale = Float.random(in: 0.2...3, using: &random)
    p.input_zero_point = [-128, 127, 5].randomElement(using: &random) ?? 0
    p.output_zero_point = [-128, 127, -7].randomElement(using: &random) ?? 0
    (p.output_min, p.output_max) = seed % 5 == 0 ? (-50, 60) : (-128, 127)

    let x = randomS8(shape.batch * shape.height * shape.width * shape.channels, using: &random)
    guard let reference = reference(x, shape, p) else { return nil }
    let kernelCase = KernelCase(ck_operator_pool_s8, p, inputs: [.s8(x)], output: CK_DTYPE_S8, count: reference.count)
    return (kernelCase, reference)
  }

  /// nil where a window holds no tap.
  private static func reference(_ x: [Int8], _ shape: ConvolutionShape, _ p: ck_pool_parameters) -> [UInt8]? {
    var output: [UInt8] = []
    for image in 0..<shape.batch {
      for y in 0..<shape.outHeight {
        for column in 0..<shape.outWidth {
          for c in 0..<shape.channels {
            var taps: [Int] = [], counted = 0
            for ky in 0..<shape.kernelHeight {
              for kx in 0..<shape.kernelWidth {
                let row = y * shape.strideHeight + ky * shape.dilationHeight - shape.top
                let place = column * shape.strideWidth + kx * shape.dilationWidth - shape.left
                if row < shape.height + Int(p.pad_bottom), place < shape.width + Int(p.pad_right) { counted += 1 }
                guard (0..<shape.height).contains(row), (0..<shape.width).contains(place) else { continue }
                taps.append(Int(x[((image * shape.height + row) * shape.width + place) * shape.channels + c]))
              }
            }
            guard let largest = taps.max() else { return nil }
            let bounds = Int(p.output_min)...Int(p.output_max)
            if p.kind == CK_POOL_MAX.rawValue {
              output.append(UInt8(bitPattern: Int8(min(max(largest, bounds.lowerBound), bounds.upperBound))))
              continue
            }
            let sum = taps.reduce(0) { $0 + $1 - Int(p.input_zero_point) }
            let value = Float(sum) * (p.scale / Float(p.count_includes_pad != 0 ? counted : taps.count))
            output.append(UInt8(bitPattern: quantized(value, zeroPoint: Int(p.output_zero_point), in: bounds)))
          }
        }
      }
    }
    return output
  }

  @Test func everyShapeMatchesTheReference() {
    var runs = VariantRuns(ck_operator_pool_s8)
    var count = 0
    for seed: UInt64 in 0..<500 {
      guard let (kernelCase, reference) = Self.makeCase(seed: seed) else { continue }
      count += 1
      runs.run(kernelCase, expecting: reference, seed: seed)
    }
    #expect(count > 150)
    runs.report()
  }

  @Test func refusesAWindowWithoutATap() {
    for seed: UInt64 in 0..<500 where Self.makeCase(seed: seed) == nil {
      var random = SeededRandom(seed: seed)
      let shape = ConvolutionShape.random(dilated: seed % 3 == 0, maximumKernel: 4, using: &random)
      var p = ck_pool_parameters()
      (p.batch, p.in_h, p.in_w, p.channels) = (1, UInt32(shape.height), UInt32(shape.width), 1)
      (p.out_h, p.out_w) = (UInt32(shape.outHeight), UInt32(shape.outWidth))
      (p.kernel_h, p.kernel_w) = (UInt32(shape.kernelHeight), UInt32(shape.kernelWidth))
      (p.stride_h, p.stride_w) = (UInt32(shape.strideHeight), UInt32(shape.strideWidth))
      (p.dilation_h, p.dilation_w) = (UInt32(shape.dilationHeight), UInt32(shape.dilationWidth))
      (p.pad_top, p.pad_left, p.scale) = (UInt32(shape.top), UInt32(shape.left), 1)
      let x = [Int8](repeating: 0, count: shape.height * shape.width)
      let kernelCase = KernelCase(
        ck_operator_pool_s8, p, inputs: [.s8(x)], output: CK_DTYPE_S8, count: shape.outHeight * shape.outWidth)
      #expect(kernelCase.check().status == UInt16(CK_BAD_PARAMETER.rawValue), "seed \(seed), \(shape)")
    }
  }
}

@Suite struct ReduceTests {
  @Test func everyShapeMatchesTheReference() {
    var runs = VariantRuns(ck_operator_reduce_s8)
    let kinds = [CK_REDUCE_MEAN, CK_REDUCE_SUM, CK_REDUCE_MAX, CK_REDUCE_MIN]
    for seed: UInt64 in 0..<480 {
      let kind = kinds[Int(seed % 4)]
      var random = SeededRandom(seed: seed)
      let outer = Int.random(in: 1...4, using: &random), axis = Int.random(in: 1...70, using: &random)
      let inner = seed % 3 == 0 ? 1 : Int.random(in: 1...40, using: &random)
      var p = ck_reduce_parameters()
      (p.kind, p.outer, p.axis, p.inner) = (kind.rawValue, UInt32(outer), UInt32(axis), UInt32(inner))
      p.scale = Float.random(in: 0.3...2, using: &random) / (kind == CK_REDUCE_MEAN ? Float(axis) : 1)
      p.input_zero_point = [-128, 127, 9].randomElement(using: &random) ?? 0
      p.output_zero_point = [-128, 127, -30].randomElement(using: &random) ?? 0
      (p.output_min, p.output_max) = seed % 5 == 0 ? (-99, 99) : (-128, 127)
      let x = randomS8(outer * axis * inner, using: &random)
      var reference: [UInt8] = []
      for o in 0..<outer {
        for i in 0..<inner {
          let values = (0..<axis).map { Int(x[(o * axis + $0) * inner + i]) - Int(p.input_zero_point) }
          let reduced =
            switch kind {
            case CK_REDUCE_MAX: values.max() ?? 0
            case CK_REDUCE_MIN: values.min() ?? 0
            default: values.reduce(0, +)
            }
          let bounds = Int(p.output_min)...Int(p.output_max)
          let value = quantized(Float(reduced) * p.scale, zeroPoint: Int(p.output_zero_point), in: bounds)
          reference.append(UInt8(bitPattern: value))
        }
      }
      let kernelCase = KernelCase(ck_operator_reduce_s8, p, inputs: [.s8(x)], output: CK_DTYPE_S8, count: reference.count)
      runs.run(kernelCase, expecting: reference, seed: seed)
    }
    runs.report()
  }
}
