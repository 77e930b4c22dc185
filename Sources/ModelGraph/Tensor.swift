package enum ElementType: String, Hashable, Sendable, CaseIterable {
  case float32, float16, int8, uint8, int16, int32, int64, bool

  package var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .int16: 2
    case .float32, .int32: 4
    case .int64: 8
    }
  }
}

/// What the runtime tells apart: floats (float32 or quantized), integers (32 bits), truth values.
package enum ElementClass: String, Hashable, Sendable { case float, integer, boolean }

extension ElementType {
  package var elementClass: ElementClass {
    switch self {
    case .float32, .float16: .float
    case .int8, .uint8, .int16, .int32, .int64: .integer
    case .bool: .boolean
    }
  }

  /// The value modulo 2^bits, in the type's range; of bool whether it is not 0, of floats the value.
  package func wrapped(_ value: Int64) -> Int64 {
    switch self {
    case .bool: value == 0 ? 0 : 1
    case .int8: Int64(Int8(truncatingIfNeeded: value))
    case .uint8: Int64(UInt8(truncatingIfNeeded: value))
    case .int16: Int64(Int16(truncatingIfNeeded: value))
    case .int32: Int64(Int32(truncatingIfNeeded: value))
    case .int64, .float16, .float32: value
    }
  }
}

/// Element type and static shape. A scalar has the empty shape.
package struct TensorType: Hashable, Sendable, CustomStringConvertible {
  package var elementType: ElementType
  package var shape: [Int]

  package init(_ elementType: ElementType = .float32, _ shape: [Int]) {
    (self.elementType, self.shape) = (elementType, shape)
  }

  package var rank: Int { shape.count }
  package var elementCount: Int { shape.reduce(1, *) }
  package var description: String { "\(elementType.rawValue)[\(shape.map(String.init).joined(separator: ","))]" }
}

/// Constant data in row-major order. Every float type is held as Float, every integer type and bool as Int64.
package struct Tensor: Hashable, Sendable {
  package enum Elements: Hashable, Sendable {
    case floats([Float])
    case integers([Int64])
  }
  package let type: TensorType
  package let elements: Elements
  /// What the floats stand for, where the source model holds them quantized. Movement keeps it.
  package private(set) var quantized: QuantizedElements?

  /// - Precondition: `floats.count` is the shape's element count.
  package init(shape: [Int], floats: [Float], elementType: ElementType = .float32) {
    precondition(floats.count == shape.reduce(1, *), "element count does not match the shape")
    type = TensorType(elementType, shape)
    elements = .floats(floats)
  }

  /// - Precondition: `integers.count` is the shape's element count.
  package init(shape: [Int], integers: [Int64], elementType: ElementType = .int64) {
    precondition(integers.count == shape.reduce(1, *), "element count does not match the shape")
    type = TensorType(elementType, shape)
    elements = .integers(integers)
  }

  /// The floats of quantized elements: (level - zero point) * scale, rounded once.
  /// - Precondition: there are as many levels as the shape has elements, and one scale or one an index of the axis.
  package init(shape: [Int], quantized: QuantizedElements) {
    let floats = quantized.levels.indices.map { index in
      let channel = quantized.channel(of: index, in: shape)
      return Float(Double(quantized.levels[index] - Int64(quantized.zeroPoints[channel])) * Double(quantized.scales[channel]))
    }
    self.init(shape: shape, floats: floats)
    self.quantized = quantized
  }

  package var shape: [Int] { type.shape }
  package var count: Int {
    switch elements {
    case .floats(let values): values.count
    case .integers(let values): values.count
    }
  }

  /// The elements as Float, converted where they are integers.
  package var floats: [Float] {
    switch elements {
    case .floats(let values): values
    case .integers(let values): values.map(Float.init)
    }
  }

  /// The elements where they are integers.
  package var integers: [Int64]? {
    if case .integers(let values) = elements { values } else { nil }
  }

  /// The same elements with another shape.
  /// - Precondition: the element counts agree.
  package func reshaped(_ shape: [Int]) -> Tensor {
    var result =
      switch elements {
      case .floats(let values): Tensor(shape: shape, floats: values, elementType: type.elementType)
      case .integers(let values): Tensor(shape: shape, integers: values, elementType: type.elementType)
      }
    result.quantized = quantized?.reshaped(from: self.shape, to: shape)
    return result
  }

  /// The elements at `indices` in the new shape, whose axis `axis` is the one that channels of quantized elements lie along; -1 takes `fill`.
  func gathered(_ indices: [Int], shape: [Int], fill: Float = 0, channelAxis: Int? = nil) -> Tensor? {
    var result: Tensor
    switch elements {
    case .floats(let values):
      result = Tensor(shape: shape, floats: indices.map { $0 < 0 ? fill : values[$0] }, elementType: type.elementType)
    case .integers(let values):
      guard let filler = Int64(exactly: fill) else { return nil }
      result = Tensor(shape: shape, integers: indices.map { $0 < 0 ? filler : values[$0] }, elementType: type.elementType)
    }
    if var quantized, quantized.scales.count == 1 || channelAxis != nil, fill == 0 || !indices.contains(-1) {
      quantized.levels = indices.map { $0 < 0 ? Int64(quantized.zeroPoints[0]) : quantized.levels[$0] }
      quantized.axis = quantized.scales.count == 1 ? 0 : channelAxis ?? 0
      result.quantized = quantized
    }
    return result
  }

  /// Output axis i is axis `permutation[i]`.
  /// - Precondition: a permutation of the axes.
  package func transposed(_ permutation: [Int]) -> Tensor {
    let strides = rowMajorStrides(shape)
    let newShape = permutation.map { shape[$0] }
    let indices = stridedIndices(newShape, permutation.map { strides[$0] })
    let axis = quantized.flatMap { permutation.firstIndex(of: $0.axis) }
    return gathered(indices, shape: newShape, channelAxis: axis) ?? self
  }
}
