package import CKernels
package import ModelGraph

/// The position of a tensor in `Program.tensors`, and in the file.
package struct TensorID: Hashable, Sendable {
  package var index: Int
}

/// How the elements of a tensor lie in the arena.
package enum TensorFormat: Hashable, Sendable {
  case float32
  case int8(AffineQuantization)
  case int16(AffineQuantization)
  /// Integers that are not quantized, whatever their width in the source model.
  case int32
  /// A byte each, 0 or 1.
  case bool

  /// How elements that are not quantized lie.
  package init(_ elementType: ElementType) {
    self =
      switch elementType.elementClass {
      case .float: .float32
      case .integer: .int32
      case .boolean: .bool
      }
  }

  /// Levels, of the quantization's width.
  package init(_ quantization: AffineQuantization) { self = quantization.width == .int8 ? .int8(quantization) : .int16(quantization) }

  package var elementBytes: Int {
    switch self {
    case .float32, .int32: 4
    case .int16: 2
    case .int8, .bool: 1
    }
  }

  /// Its code in the file.
  package var dtype: ck_dtype {
    switch self {
    case .float32: CK_DTYPE_F32
    case .int8: CK_DTYPE_S8
    case .int16: CK_DTYPE_S16
    case .int32: CK_DTYPE_S32
    case .bool: CK_DTYPE_BOOL
    }
  }

  var quantization: AffineQuantization? {
    switch self {
    case .int8(let quantization), .int16(let quantization): quantization
    case .float32, .int32, .bool: nil
    }
  }

  var isInt8: Bool { quantization?.width == .int8 }
  var isInt16: Bool { quantization?.width == .int16 }
}

/// A tensor of the program: some bytes of a buffer of the arena, or of the constants section.
package struct ProgramTensor: Hashable, Sendable {
  package enum Storage: Hashable, Sendable {
    /// Bytes from `offset` of a buffer: views of one buffer share its lifetime.
    case arena(buffer: Int, offset: Int)
    case constants(offset: Int)
  }

  package var name: String
  package var format: TensorFormat
  package var shape: [Int]
  package var storage: Storage

  package var elementCount: Int { shape.reduce(1, *) }
  package var byteCount: Int { elementCount * format.elementBytes }
  package var buffer: Int? {
    if case .arena(let buffer, _) = storage { buffer } else { nil }
  }
}
