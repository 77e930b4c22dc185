package import ModelGraph

/// The position of a tensor in `Program.tensors`, and in the file.
package struct TensorID: Hashable, Sendable {
  package var index: Int
}

/// How the elements of a tensor lie in the arena.
package enum TensorFormat: Hashable, Sendable {
  case float32
  case int8(AffineQuantization)

  package var elementBytes: Int {
    switch self {
    case .float32: 4
    case .int8: 1
    }
  }

  var quantization: AffineQuantization? {
    if case .int8(let quantization) = self { quantization } else { nil }
  }
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
