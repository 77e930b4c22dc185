import Foundation
import ModelGraph

/// Larger constants are refused before memory is taken for them.
let maximumConstantBytes = 1 << 31

extension ElementType {
  /// The graph's type for an ONNX data type: every float computes in float32, unsigned integers widen. Nil: not supported.
  init?(onnx code: Int32) {
    switch ONNXTensorProto.DataType(rawValue: Int(code)) {
    case .float, .float16, .double, .bfloat16: self = .float32
    case .uint8: self = .uint8
    case .int8: self = .int8
    case .int16: self = .int16
    case .uint16, .int32: self = .int32
    case .uint32, .uint64, .int64: self = .int64
    case .bool: self = .bool
    default: return nil
    }
  }
}

/// The name of an ONNX data type in messages.
func onnxTypeName(_ code: Int32) -> String {
  ONNXTensorProto.DataType(rawValue: Int(code)).map { "\($0)".uppercased() } ?? "data type \(code)"
}

extension ONNXTensorProto {
  /// The tensor's data as the graph holds constants.
  /// - Throws: where the type is not supported, the data do not match the dimensions, or an element is NaN.
  func decoded(_ external: ExternalData) throws(DiagnosticError) -> Tensor {
    func failure(_ code: String, _ message: String, _ hint: String = "export the model again") -> DiagnosticError {
      DiagnosticError(Diagnostic(code: code, node: name, sourceOperator: "tensor", message: message, hint: hint))
    }
    guard let kind = DataType(rawValue: Int(dataType)), let elementType = ElementType(onnx: dataType) else {
      throw failure("unsupported-type", "holds \(onnxTypeName(dataType)) elements", "export float32 weights")
    }
    let shape = dims.map { Int($0) }
    let count: Int
    do { count = try checkedProduct(shape) } catch { throw failure("bad-tensor", error.message) }
    let width = kind.byteCount
    guard count <= maximumConstantBytes / width else {
      throw failure("bad-tensor", "shape \(shape) is too large for a constant", "constants of up to 2 GiB are supported")
    }

    let elements: Tensor.Elements
    if dataLocation == .external {
      let bytes = try external.read(self, byteCount: count * width)
      elements = kind.elements(of: bytes)
    } else if hasRawData {
      guard rawData.count == count * width else {
        throw failure("bad-tensor", "shape \(shape) needs \(count * width) bytes, the file holds \(rawData.count)")
      }
      elements = kind.elements(of: [UInt8](rawData))
    } else {
      elements = typedElements(kind)
    }

    switch elements {
    case .floats(let values):
      guard values.count == count else {
        throw failure("bad-tensor", "shape \(shape) needs \(count) elements, the file holds \(values.count)")
      }
      guard !values.contains(where: \.isNaN) else { throw failure("not-a-number", "holds NaN", "train or export the model again") }
      return Tensor(shape: shape, floats: values, elementType: elementType)
    case .integers(let values):
      guard values.count == count else {
        throw failure("bad-tensor", "shape \(shape) needs \(count) elements, the file holds \(values.count)")
      }
      return Tensor(shape: shape, integers: values, elementType: elementType)
    }
  }

  /// Elements from the field that the specification names for the type.
  private func typedElements(_ kind: DataType) -> Tensor.Elements {
    switch kind {
    case .float: .floats(floatData)
    case .double: .floats(doubleData.map { Float($0) })
    case .float16: .floats(int32Data.map { Float(Float16(bitPattern: UInt16(truncatingIfNeeded: $0))) })
    case .bfloat16: .floats(int32Data.map { Float(bitPattern: UInt32(UInt16(truncatingIfNeeded: $0)) << 16) })
    case .int64: .integers(int64Data)
    case .uint32, .uint64: .integers(uint64Data.map { Int64(clamping: $0) })
    default: .integers(int32Data.map { Int64($0) })
    }
  }
}

extension ONNXTensorProto.DataType {
  fileprivate var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .double, .int64, .uint64: 8
    default: 4
    }
  }

  /// Little-endian elements; `bytes.count` is a multiple of the width.
  fileprivate func elements(of bytes: [UInt8]) -> Tensor.Elements {
    func each<Raw: FixedWidthInteger, Element>(_ raw: Raw.Type, _ element: (Raw) -> Element) -> [Element] {
      bytes.withUnsafeBytes { buffer in
        stride(from: 0, to: buffer.count, by: MemoryLayout<Raw>.size).map {
          element(Raw(littleEndian: buffer.loadUnaligned(fromByteOffset: $0, as: Raw.self)))
        }
      }
    }
    return switch self {
    case .float: .floats(each(UInt32.self) { Float(bitPattern: $0) })
    case .double: .floats(each(UInt64.self) { Float(Double(bitPattern: $0)) })
    case .float16: .floats(each(UInt16.self) { Float(Float16(bitPattern: $0)) })
    case .bfloat16: .floats(each(UInt16.self) { Float(bitPattern: UInt32($0) << 16) })
    case .uint8: .integers(each(UInt8.self) { Int64($0) })
    case .int8: .integers(each(Int8.self) { Int64($0) })
    case .bool: .integers(each(UInt8.self) { $0 == 0 ? 0 : 1 })
    case .uint16: .integers(each(UInt16.self) { Int64($0) })
    case .int16: .integers(each(Int16.self) { Int64($0) })
    case .int32: .integers(each(Int32.self) { Int64($0) })
    case .uint32: .integers(each(UInt32.self) { Int64($0) })
    case .uint64: .integers(each(UInt64.self) { Int64(clamping: $0) })
    default: .integers(each(Int64.self) { $0 })
    }
  }
}
