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
    switch elements {
    case .floats(let values): Tensor(shape: shape, floats: values, elementType: type.elementType)
    case .integers(let values): Tensor(shape: shape, integers: values, elementType: type.elementType)
    }
  }
}
